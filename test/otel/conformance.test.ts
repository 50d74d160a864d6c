import { otel } from '@inmesh/otel'
import { conformance } from '@inmesh/testing'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { describe, expect, test } from 'vitest'
import { overDispatcher, overFetch } from '../conformance/http-adapters.ts'
import { ours, Sdk } from './sdk.ts'

const sdk = await Sdk.start({ instrumentations: [new UndiciInstrumentation()] })
const { tracer } = otel({ metrics: false })
if (tracer === undefined) throw new Error('otel() follows no calls')

// What calls are held to, they are held to while they are traced: bodies are read as late, errors are the same.
for (const adapter of [overFetch(false), overDispatcher(false), overDispatcher(true)]) {
  describe(`traced beside undici’s instrumentation, http by ${adapter.name}`, () => {
    conformance({ test }, { ...adapter, start: (options) => adapter.start({ tracer, ...options }) })
  })
}

test('and traced they were', async () => {
  const { calls, tries } = ours(await sdk.spans(1))
  expect(calls.length).toBeGreaterThan(0)
  expect(tries.length).toBeGreaterThanOrEqual(calls.length)
})
