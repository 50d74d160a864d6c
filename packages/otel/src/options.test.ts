import { expect, test } from 'vitest'
import { otel } from './otel.ts'

test('options that are wrong are refused whole, each with what is accepted', () => {
  const wrong = { endpoint: true, endpoints: 'yes', conventions: ['http.client', 'http'], meterProvider: {} }
  expect(() => otel(wrong as never)).toThrow(new TypeError([
    'otel.endpoint: unknown option; did you mean endpoints? (accepted: endpoints, conventions, meterProvider)',
    'otel.endpoints: got "yes" (accepted: true or false)',
    'otel.conventions: got a list of 2 (accepted: true, false, or a list of http.client, http.server, rpc.client, rpc.server)',
    'otel.meterProvider: got an empty object (accepted: a meter provider of OpenTelemetry)',
  ].join('\n')))
  expect(() => otel(null as never)).toThrow(TypeError)
})

test('every option has a default', () => {
  expect(otel()).toBeTypeOf('function')
  expect(otel({ endpoints: true, conventions: [] })).toBeTypeOf('function')
})
