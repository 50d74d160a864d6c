import { failWith, testService } from '@inmesh/testing'
import { trace, type Tracer, type TracerProvider } from '@opentelemetry/api'
import { describe, expect, test, vi } from 'vitest'
import { otel } from '../otel.ts'
import { Traced } from './traces.test-support.ts'

const broken = (): never => {
  throw new Error('on purpose')
}

describe('an API that throws', () => {
  test.each(['getTracer', 'startSpan', 'setAttributes', 'addEvent', 'end'])('in %s fails no call, is counted, and is told of once', (where) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const span = { ...spanOfNobody(), ...(where in spanOfNobody() ? { [where]: broken } : {}) }
    const tracer = { startSpan: where === 'startSpan' ? broken : () => span } as unknown as Tracer
    const tracerProvider: TracerProvider = { getTracer: where === 'getTracer' ? broken : () => tracer }
    const s = testService({ retry: { maxExtraTries: 1 }, eject: false })
    s.service.observers.add(otel({ metrics: false, tracerProvider }))
    s.backend.on().once.fail('UNAVAILABLE')
    s.series(5, 500, { repeat: 'always' })
    expect(s.calls.map(({ outcome }) => outcome?.kind)).toEqual(['success', 'success', 'success', 'success', 'success'])
    expect(s.service.observers.faults).toBeGreaterThanOrEqual(where === 'addEvent' ? 1 : 5)
    expect(warned).toHaveBeenCalledTimes(1)
    s.assertReleased()
  })
})

test('an exporter that throws, or that never answers, holds up no call', () => {
  for (const behaves of [broken, (): void => {}]) {
    const exported = vi.fn(behaves)
    const exporter = { export: exported, shutdown: () => Promise.resolve(), forceFlush: () => Promise.resolve() }
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const t = new Traced(true, {}, {}, undefined, exporter)
    t.s.series(10, 10)
    expect(exported).toHaveBeenCalled()
    expect(t.s.calls.filter(({ outcome }) => outcome?.kind === 'success')).toHaveLength(10)
    t.s.assertReleased()
    warned.mockRestore()
  }
})

test('what users and callees write is clean and short on a span', () => {
  const t = new Traced(true, { drop: { ratios: 0 } })
  const cause = Object.assign(new Error(`line\nline \ud800 ${'x'.repeat(100_000)}`), { code: 'E\nCODE' })
  t.s.backend.on().answer(() => failWith('UNAVAILABLE', { cause }))
  t.s.call({ operation: `GET\n/${'y'.repeat(10_000)}` })
  t.s.clock.advance(1000)
  for (const { name, attributes, error } of t.spans()) {
    for (const text of [name, error ?? '', ...Object.values(attributes)]) {
      if (typeof text !== 'string') continue
      expect(text.length).toBeLessThanOrEqual(1024)
      expect(text).not.toMatch(/[\n\ud800]/)
    }
  }
})

test('with no SDK a call is not followed, and nothing is written into its requests', () => {
  const s = testService({})
  s.service.observers.add(otel())
  const call = s.call()
  expect(call.trace).toBeUndefined()
  expect(s.backend.last.headers).toEqual({})
})

test('with traces off nothing is written into requests', () => {
  const t = new Traced(false, {})
  t.s.call()
  t.s.clock.advance(10)
  expect(t.s.backend.last.headers).toEqual({})
})

/** A span that records nothing and says that it does. */
function spanOfNobody(): Record<string, unknown> {
  const span = trace.wrapSpanContext({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 })
  return { spanContext: () => span.spanContext(), isRecording: () => true, setAttribute: () => {}, setAttributes: () => {}, addEvent: () => {}, setStatus: () => {}, end: () => {} }
}
