import { expect, test } from 'vitest'
import { otel } from './otel.ts'

test('options that are wrong are refused whole, each with what is accepted', () => {
  const wrong = {
    endpoint: true, endpoints: 'yes', conventions: ['http.client', 'http'], meterProvider: {}, metrics: 1, tracerProvider: null,
    traces: { sampled: 'no', keep: { slow: 1, failed: 0, retryed: true, perSecond: 0 } },
  }
  expect(() => otel(wrong as never)).toThrow(new TypeError([
    'otel.endpoint: unknown option; did you mean endpoints? (accepted: endpoints, conventions, metrics, traces, tracerProvider, meterProvider)',
    'otel.endpoints: got "yes" (accepted: true or false)',
    'otel.conventions: got a list of 2 (accepted: true, false, or a list of http.client, http.server, rpc.client, rpc.server)',
    'otel.meterProvider: got an empty object (accepted: a meter provider of OpenTelemetry)',
    'otel.metrics: got 1 (accepted: true or false)',
    'otel.tracerProvider: got null (accepted: a tracer provider of OpenTelemetry)',
    'otel.traces.sampled: got "no" (accepted: true or false)',
    'otel.traces.keep.slow: got 1 (accepted: a number above 0 and below 1, or false)',
    'otel.traces.keep.failed: got 0 (accepted: true or false)',
    'otel.traces.keep.retryed: unknown option; did you mean retried? (accepted: slow, failed, retried, refused, perSecond)',
    'otel.traces.keep.perSecond: got 0 (accepted: a number from 1 on)',
  ].join('\n')))
  expect(() => otel(null as never)).toThrow(TypeError)
})

test('every option has a default', () => {
  expect(otel()).toBeTypeOf('function')
  expect(otel({ endpoints: true, conventions: [], metrics: false, traces: { sampled: false, keep: { slow: false } } })).toBeTypeOf('function')
})
