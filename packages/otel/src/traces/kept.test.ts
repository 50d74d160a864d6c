import type { ServicePolicy } from '@inmesh/pipeline'
import { AlwaysOnSampler, type Sampler } from '@opentelemetry/sdk-trace'
import { describe, expect, test } from 'vitest'
import type { TraceOptions } from './options.ts'
import { beneath, nothingByItself, Traced } from './traces.test-support.ts'

const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', parent: 'b7ad6b7169203331' }

function kept(policy: ServicePolicy, traces: TraceOptions = { keep: true }, sampler: Sampler = nothingByItself): Traced {
  return new Traced(traces, policy, {}, sampler)
}

describe('of calls that nobody sampled', () => {
  test('those that went well leave nothing, and their callees hear that they are not sampled', () => {
    const t = kept({})
    t.s.series(50, 10)
    expect(t.spans()).toEqual([])
    expect(t.s.backend.sent.every(({ headers }) => /^00-[\da-f]{32}-[\da-f]{16}-00$/.test(headers['traceparent'] ?? ''))).toBe(true)
  })

  test('one that failed is kept whole, with the times at which things happened', () => {
    const t = kept({ retry: { maxExtraTries: 1 }, eject: false })
    t.s.backend.on().fail('UNAVAILABLE')
    const call = t.s.call({ repeat: 'always' })
    t.s.clock.advance(1000)
    const [span] = t.calls()
    const [first, retry] = t.tries()
    expect(span).toMatchObject({ name: 'test GET', ms: Math.round((call.latency ?? 0) * 100) / 100, error: 'scripted failure: UNAVAILABLE', attributes: { 'inmesh.kept': 'failed', 'inmesh.tries': 2, 'inmesh.outcome': 'failure' } })
    expect(first).toMatchObject({ parent: span?.id, traceId: span?.traceId, at: 0, ms: 1, attributes: { 'inmesh.cause': 'first', 'inmesh.pick.by': 'latency' } })
    expect(retry).toMatchObject({ parent: span?.id, ms: 1, attributes: { 'inmesh.cause': 'retry' } })
    expect(span?.events).toMatchObject([{ name: 'inmesh.extra_try.sent', at: retry?.at }, { name: 'inmesh.extra_try.refused', at: expect.closeTo((retry?.at ?? 0) + 1, 2), attributes: { 'inmesh.why': 'exhausted' } }])
    // What its callee heard of is in the same trace.
    expect(t.s.backend.sent[0]?.headers['traceparent']).toContain(span?.traceId)
  })

  test('one that was retried is kept though it went well, with its backup linked', () => {
    const t = kept({ backup: { after: 20, maxExtraLoad: 0.05 } })
    t.s.series(100, 10, { repeat: 'always' })
    t.s.backend.on().once.hang()
    t.s.call({ repeat: 'always' })
    t.s.clock.advance(1000)
    const [first, backup] = t.tries()
    expect(t.calls()).toMatchObject([{ error: undefined, attributes: { 'inmesh.kept': 'retried', 'inmesh.answered_by': 'backup' } }])
    expect(backup?.links).toEqual([first?.id])
  })

  test('one that was refused is kept, and says by what', () => {
    const t = kept({ limit: { rate: 1, per: 1000, burst: 1 } })
    t.s.series(2, 0)
    t.s.clock.advance(10)
    expect(t.spans()).toMatchObject([{ attributes: { 'inmesh.kept': 'refused', 'inmesh.policy': 'limit', 'inmesh.refused.rate': 1 } }])
  })

  test('one is slow that took longer than the percentile of its own operation, once enough is known', () => {
    const t = kept({ backup: false, rescue: false }, { keep: { slow: 0.9 } })
    t.s.series(40, 10, { operation: 'quick' })
    t.s.backend.on().once.reply(200, { after: 9 })
    t.s.series(1, 10, { operation: 'quick' })
    expect(t.spans(), '40 calls are too few').toEqual([])
    t.s.series(100, 10, { operation: 'quick' })
    t.s.backend.on().once.reply(200, { after: 9 })
    t.s.series(1, 10, { operation: 'quick' })
    t.s.backend.on().once.reply(200, { after: 9 })
    t.s.series(1, 10, { operation: 'of which nothing is known' })
    expect(t.calls()).toMatchObject([{ ms: 9, attributes: { 'inmesh.kept': 'slow', 'inmesh.operation': 'quick', 'inmesh.slow_over_ms': expect.closeTo(1, 1) } }])
  })

  test('each of these can be left out', () => {
    const t = kept({ retry: { maxExtraTries: 1 }, eject: false, limit: { rate: 1, per: 10_000, burst: 1 } }, { keep: { slow: false, failed: false, retried: false, refused: false } })
    t.s.backend.on().fail('UNAVAILABLE')
    t.s.series(2, 100, { repeat: 'always' })
    t.s.clock.advance(1000)
    expect(t.spans()).toEqual([])
  })

  test('no more are kept in a second than may be, and the others are counted', () => {
    const t = kept({ drop: { ratios: 1 } }, { keep: { perSecond: 3 } })
    for (let i = 0; i < 10; i++) t.s.call()
    t.s.clock.advance(1000)
    t.s.call()
    expect(t.calls()).toHaveLength(4)
    expect(t.otel.tracer).toMatchObject({ keeper: { dropped: 7 } })
  })

  test('one whose body broke off is kept, with what came before', () => {
    const t = kept({})
    t.s.backend.on().reply(200, { body: 'unread' })
    t.s.call()
    t.s.clock.advance(5)
    t.s.backend.last.end({ kind: 'failure', code: 'UNAVAILABLE', reach: 'processed' })
    expect(t.spans()).toMatchObject([{ error: 'UNAVAILABLE', attributes: { 'inmesh.kept': 'failed' } }, { error: 'UNAVAILABLE' }])
  })

  test('one waits for the try that it has beaten, whose end belongs to it', () => {
    const t = new Traced({ keep: true }, { backup: { after: 20, maxExtraLoad: 0.05 } }, { losers: 'drain' }, nothingByItself)
    t.s.series(100, 10, { repeat: 'always' })
    t.s.backend.on().once.reply(200, { after: 300 })
    t.s.call({ repeat: 'always' })
    t.s.clock.advance(100)
    const early = t.spans().length
    t.s.clock.advance(1000)
    expect([early, t.tries().length]).toEqual([0, 2])
  })
})

describe('what is around a call', () => {
  test('that is sampled has the call beneath it as it happens, and nothing is kept twice', () => {
    const t = kept({})
    t.s.backend.on().fail('UNAVAILABLE')
    beneath('sampled', () => t.s.call())
    t.s.clock.advance(1000)
    expect(t.calls()).toMatchObject([parent])
    expect(t.calls()[0]?.attributes).not.toHaveProperty('inmesh.kept')
  })

  test('that is not sampled has the call beneath it once it is worth keeping, in the same trace', () => {
    const t = kept({})
    beneath('unsampled', () => t.s.call())
    t.s.clock.advance(10)
    t.s.backend.on().fail('UNAVAILABLE')
    beneath('unsampled', () => t.s.call())
    t.s.clock.advance(1000)
    expect(t.calls()).toMatchObject([{ traceId: parent.traceId, attributes: { 'inmesh.kept': 'failed' } }])
    expect(t.s.backend.sent.every(({ headers }) => headers['traceparent']?.startsWith(`00-${parent.traceId}-`) && headers['traceparent'].endsWith('-00'))).toBe(true)
  })

  test('is what callees hear of where only bad calls are traced, whatever the sampler says', () => {
    const t = kept({ eject: false, retry: false }, { sampled: false, keep: true }, new AlwaysOnSampler())
    beneath('sampled', () => t.s.call())
    t.s.clock.advance(10)
    expect(t.spans()).toEqual([])
    t.s.backend.on().fail('UNAVAILABLE')
    beneath('sampled', () => t.s.call())
    t.s.call()
    t.s.clock.advance(1000)
    expect(t.calls()).toMatchObject([{ ...parent, attributes: { 'inmesh.kept': 'failed' } }, { parent: undefined, attributes: { 'inmesh.kept': 'failed' } }])
    expect(t.s.backend.sent.map(({ headers }) => headers['traceparent'])).toEqual([`00-${parent.traceId}-${parent.parent}-01`, `00-${parent.traceId}-${parent.parent}-01`, undefined])
  })
})

describe('traceAll', () => {
  test('traces every call of one service for a while, and has its callees trace theirs', () => {
    const t = kept({}, {})
    const stop = t.otel.traceAll('test', '1m')
    t.otel.traceAll('another', '1m')
    beneath('unsampled', () => t.s.call())
    t.s.call()
    t.s.clock.advance(10)
    expect(t.calls()).toMatchObject([{ ...parent, attributes: { 'inmesh.outcome': 'success' } }, { attributes: { 'inmesh.outcome': 'success' } }])
    expect(t.s.backend.sent.map(({ headers }) => headers['traceparent'])).toEqual(t.tries().map(({ traceId, id }) => `00-${traceId}-${id}-01`))
    stop()
    stop()
    t.s.call()
    t.s.clock.advance(10)
    expect(t.calls()).toHaveLength(2)
  })

  test('ends by itself', () => {
    const t = kept({}, {})
    t.otel.traceAll('test', 0)
    t.s.call()
    t.s.clock.advance(10)
    expect(t.spans()).toEqual([])
  })

  test('says what it does not take', () => {
    const t = kept({}, {})
    expect(() => t.otel.traceAll('', '1m')).toThrow(/^traceAll.service: got "" \(accepted: the name of a service\)$/)
    expect(() => t.otel.traceAll('test', 'soon' as never)).toThrow(/^traceAll.length: got "soon" \(accepted: milliseconds/)
    expect(() => t.otel.traceAll(10n as never, Number.NaN)).toThrow(/^traceAll.service: got 10n .*\ntraceAll.length: got NaN .*$/)
    expect(() => t.otel.traceAll(undefined as never, undefined as never)).toThrow(/^traceAll.service: got nothing .*\ntraceAll.length: got nothing .*$/)
    const none = new Traced(false, {})
    expect(() => none.otel.traceAll('test', '1m')).toThrow('traces: false')
  })
})
