import { composeWith, retry, type ServicePolicy } from '@inmesh/pipeline'
import type { TestServiceOptions } from '@inmesh/testing'
import { SpanKind } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import { beneath, Traced } from './traces.test-support.ts'

describe('a call that is sampled', () => {
  test('has one span, and beneath it one for its try, which tells why it went where it did', () => {
    const t = traced({ timeout: { total: 1000 } })
    const { s } = t
    s.call({ operation: 'GET /items/:id' })
    s.clock.advance(10)
    const [call, attempt] = t.spans()
    expect(t.spans()).toHaveLength(2)
    expect(call).toMatchObject({
      name: 'test GET /items/:id', kind: SpanKind.INTERNAL, parent: undefined, ms: 1, error: undefined, links: [], events: [],
      attributes: { 'inmesh.service': 'test', 'inmesh.operation': 'GET /items/:id', 'inmesh.criticality': 'CRITICAL', 'inmesh.deadline_ms': 1000, 'inmesh.tries': 1, 'inmesh.outcome': 'success', 'inmesh.code': 'OK', 'inmesh.answered_by': 'first' },
    })
    expect(attempt).toMatchObject({
      name: 'GET /items/:id', kind: SpanKind.INTERNAL, parent: call?.id, traceId: call?.traceId, ms: 1, at: 0,
      attributes: {
        'inmesh.service': 'test', 'inmesh.operation': 'GET /items/:id', 'inmesh.cause': 'first', 'inmesh.ordinal': 0, 'inmesh.endpoint': s.backend.last.endpoint, 'inmesh.deadline_ms': 1000,
        'inmesh.outcome': 'success', 'inmesh.code': 'OK', 'inmesh.pick.by': 'latency', 'inmesh.pick.among': 3, 'inmesh.pick.of': 3, 'inmesh.pick.cost': expect.any(Number), 'inmesh.pick.median': expect.any(Number),
      },
    })
  })

  test('is beneath what is around it, and each callee hears that it is called by its try', () => {
    const t = traced({ retry: { maxExtraTries: 1 }, eject: false })
    const { s } = t
    s.backend.on().once.fail('UNAVAILABLE')
    beneath('sampled', () => s.call({ repeat: 'always' }))
    s.clock.advance(1000)
    const [call] = t.calls()
    expect(call).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parent: 'b7ad6b7169203331' })
    expect(s.backend.sent.map(({ headers }) => headers['traceparent'])).toEqual(t.tries().map(({ id }) => `00-0af7651916cd43dd8448eb211c80319c-${id}-01`))
    expect(t.tries()).toHaveLength(2)
  })

  test('tells of a retry what it is for, when it went out, and to whom', () => {
    const t = traced({ retry: { maxExtraTries: 1 }, eject: false })
    const { s } = t
    s.backend.on().once.fail('UNAVAILABLE')
    s.call({ repeat: 'always' })
    s.clock.advance(1000)
    const [call] = t.calls()
    const [first, second] = t.tries()
    expect(first).toMatchObject({ error: 'scripted failure: UNAVAILABLE', attributes: { 'inmesh.cause': 'first', 'inmesh.outcome': 'failure', 'inmesh.code': 'UNAVAILABLE', 'error.type': 'UNAVAILABLE', 'inmesh.reach': 'processed' } })
    expect(second).toMatchObject({ error: undefined, links: [], attributes: { 'inmesh.cause': 'retry', 'inmesh.ordinal': 1, 'inmesh.outcome': 'success' } })
    expect(first?.attributes['inmesh.endpoint']).not.toBe(second?.attributes['inmesh.endpoint'])
    expect(call?.events).toEqual([{ name: 'inmesh.extra_try.sent', at: second?.at, attributes: { 'inmesh.cause': 'retry', 'inmesh.ordinal': 1, 'inmesh.after_ms': expect.closeTo(second?.at ?? 0, 2) } }])
    expect(call).toMatchObject({ error: undefined, attributes: { 'inmesh.tries': 2, 'inmesh.answered_by': 'retry' } })
  })

  test('links a backup to the try beside which it was sent, and says which of them was beaten', () => {
    const t = traced({ backup: { after: 20, maxExtraLoad: 0.05 } })
    const { s } = t
    // A budget is earned first.
    s.series(100, 10, { repeat: 'always' })
    t.clear()
    s.backend.on().once.hang()
    s.call({ repeat: 'always' })
    s.clock.advance(1000)
    const [first, backup] = t.tries()
    expect(backup).toMatchObject({ at: 20, ms: 1, links: [first?.id], attributes: { 'inmesh.cause': 'backup', 'inmesh.outcome': 'success' } })
    expect(first).toMatchObject({ ms: 21, error: undefined, attributes: { 'inmesh.outcome': 'superseded' } })
    expect(t.calls()[0]).toMatchObject({ ms: 21, attributes: { 'inmesh.answered_by': 'backup' } })
  })

  test('says why an extra try was not sent', () => {
    const t = traced({ retry: { maxExtraTries: 1 }, budget: { initial: 0, floor: 0, ratio: 0 }, eject: false })
    const { s } = t
    s.backend.on().fail('UNAVAILABLE')
    s.call({ repeat: 'always' })
    s.clock.advance(1000)
    expect(t.calls()[0]).toMatchObject({ error: 'scripted failure: UNAVAILABLE', events: [{ name: 'inmesh.extra_try.refused', attributes: { 'inmesh.cause': 'retry', 'inmesh.why': 'budget' } }] })
  })

  test('ends with its body, and says when its head came', () => {
    const t = traced({})
    const { s } = t
    s.backend.on().reply(200, { after: 5, body: 'unread' })
    s.call()
    s.clock.advance(100)
    s.backend.last.read()
    expect(t.calls()[0]).toMatchObject({ ms: 100, attributes: { 'inmesh.head_ms': 5 } })
    expect(t.tries()[0]).toMatchObject({ ms: 100, attributes: { 'inmesh.head_ms': 5 } })
  })

  test('whose body breaks off is an error though its head was well', () => {
    const t = traced({})
    const { s } = t
    s.backend.on().reply(200, { body: 'unread' })
    s.call()
    s.clock.advance(5)
    s.backend.last.end({ kind: 'failure', code: 'UNAVAILABLE', reach: 'processed', cause: Object.assign(new Error('reset\nby peer'), { code: 'ECONNRESET' }) })
    for (const span of t.spans()) expect(span).toMatchObject({ error: 'reset by peer', attributes: { 'inmesh.outcome': 'failure', 'error.type': 'ECONNRESET' } })
  })
})

describe('a call that is refused', () => {
  test('says by which policy, on what number and at what limit', () => {
    const t = traced({ limit: { rate: 1, per: 1000, burst: 1 } })
    const { s } = t
    s.call()
    s.call()
    s.clock.advance(10)
    const refused = t.calls().find(({ error }) => error !== undefined)
    expect(refused).toMatchObject({
      error: expect.stringContaining('more than 1 calls in 1000 ms'),
      attributes: { 'inmesh.policy': 'limit', 'inmesh.why': 'rate', 'inmesh.refused.rate': 1, 'inmesh.refused.perMs': 1000, 'inmesh.refused.retryAfterMs': 1000, 'inmesh.tries': 0, 'error.type': 'INMESH_RATE_LIMITED' },
      events: [{ name: 'inmesh.refused' }],
    })
    expect(t.tries()).toHaveLength(1)
  })

  test('says so also where its fallback answers', () => {
    const t = traced({ drop: { ratios: 1 }, fallback: { reply: () => 'nothing' } })
    const { s } = t
    s.call()
    expect(t.spans()).toHaveLength(1)
    expect(t.calls()[0]).toMatchObject({ error: undefined, attributes: { 'inmesh.fallback': true, 'inmesh.policy': 'drop', 'inmesh.refused.ratio': 1, 'inmesh.outcome': 'success' } })
  })

  test('by its own time limit says which, and what had been tried', () => {
    const t = traced({ timeout: { total: 50 }, rescue: false })
    const { s } = t
    s.backend.on().hang()
    s.call()
    s.clock.advance(100)
    expect(t.calls()[0]).toMatchObject({ ms: 50, attributes: { 'inmesh.policy': 'timeout.total', 'inmesh.refused.limitMs': 50, 'inmesh.code': 'DEADLINE_EXCEEDED', 'inmesh.tries': 1 } })
    expect(t.tries()[0]).toMatchObject({ ms: 50, attributes: { 'inmesh.outcome': 'failure', 'inmesh.code': 'DEADLINE_EXCEEDED' } })
  })

  test('for lack of an endpoint has a try that went nowhere', () => {
    const t = traced({}, { endpoints: [] })
    const { s } = t
    s.call()
    expect(t.calls()[0]).toMatchObject({ attributes: { 'inmesh.policy': 'balance', 'inmesh.refused.known': 0, 'error.type': 'INMESH_NO_ENDPOINT' } })
    expect(t.tries()[0]?.attributes).not.toHaveProperty('inmesh.endpoint')
  })
})

test('a call that waited for its turn says how long', () => {
  const t = traced({ limit: { rate: 10, per: 1000, burst: 1, maxWait: 1000 } })
  const { s } = t
  s.call()
  s.call()
  s.clock.advance(1000)
  expect(t.calls().map(({ attributes }) => attributes['inmesh.waited_ms'])).toEqual([undefined, 100])
})

test('what a mode did not let a policy do is told', () => {
  const t = traced({ drop: { ratios: 1, mode: 'observe' } })
  const { s } = t
  s.call()
  s.clock.advance(10)
  expect(t.calls()[0]?.events).toEqual([{ name: 'inmesh.mode.differed', at: 0, attributes: { 'inmesh.policy': 'drop', 'inmesh.would': 'refuse' } }])
})

test('a caller who leaves ends its spans, and is no error', () => {
  const t = traced({})
  const { s } = t
  s.backend.on().hang()
  const call = s.call()
  s.clock.advance(30)
  call.giveUp()
  for (const span of t.spans()) expect(span).toMatchObject({ ms: 30, error: undefined, attributes: { 'inmesh.outcome': 'caller' } })
  expect(t.spans()).toHaveLength(2)
})

test('what a fallback does is beneath the call', () => {
  const names: string[] = []
  const t = traced({ drop: { ratios: 1 }, fallback: { reply: () => {
    t.provider.getTracer('user').startSpan('cache').end()
    return names
  } } })
  t.s.call()
  const cache = t.spans().find(({ name }) => name === 'cache')
  expect(cache?.parent).toBe(t.calls().find(({ name }) => name !== 'cache')?.id)
})

test('a client that is composed with it has spans without a mesh', async () => {
  const t = traced({})
  await composeWith({ observe: t.otel }, [retry()]).wrap(async () => 'well', { operation: 'ask' })()
  expect(t.calls()).toMatchObject([{ name: 'client ask', attributes: { 'inmesh.tries': 1, 'inmesh.outcome': 'success' } }])
  expect(t.tries()).toMatchObject([{ name: 'ask', parent: t.calls()[0]?.id }])
})

function traced(policy: ServicePolicy, service?: TestServiceOptions): Traced {
  return new Traced(true, policy, service)
}
