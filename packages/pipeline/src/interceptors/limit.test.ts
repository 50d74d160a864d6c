import { testService, type TestCall } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { explain } from '../explain.ts'

const refused = (calls: readonly TestCall[]): number => calls.filter(({ error }) => explain(error)?.code === 'INMESH_RATE_LIMITED').length

describe('a rate limit', () => {
  test('admits its burst, refuses the rest at once, and admits its rate in the long run', () => {
    const s = testService({ limit: { rate: 10, burst: 3 } })
    expect(refused(s.series(10, 0))).toBe(7)
    const calls = s.series(2000, 5)
    expect(calls.length - refused(calls)).toBeGreaterThanOrEqual(99)
    expect(calls.length - refused(calls)).toBeLessThanOrEqual(101)
  })

  test('tells whom it refuses by what number, and when to ask again', () => {
    const s = testService({ limit: { rate: 10, burst: 1 } })
    s.call()
    const call = s.call({ criticality: 'SHEDDABLE' })
    expect(call.outcome).toMatchObject({ kind: 'failure', code: 'RESOURCE_EXHAUSTED', reach: 'unsent', retryAfter: 100 })
    expect(call.error).toMatchObject({ policy: 'limit', numbers: { rate: 10, perMs: 1000, retryAfterMs: 100 } })
    expect(s.recorder.last('refused')).toMatchObject({ policy: 'limit', why: 'rate', criticality: 'SHEDDABLE' })
    s.clock.advance(100)
    expect(refused([s.call()])).toBe(0)
  })

  test('is refused work that costs nothing below: no try, no retry', () => {
    const s = testService({ limit: { rate: 1 } })
    s.series(5, 1)
    s.clock.advance(500)
    expect(s.backend.sent).toHaveLength(1)
  })

  test('holds for each key by itself', () => {
    const s = testService({ limit: { rate: 1, key: (call) => call.affinity ?? '' } })
    const calls = ['u1', 'u1', 'u2', 'u2'].map((affinity) => s.call({ affinity }))
    expect(calls.map((call) => refused([call]))).toEqual([0, 1, 0, 1])
    expect(calls[1]?.error).toMatchObject({ message: expect.stringContaining('for "u1"') })
  })

  test('counts calls, not tries', () => {
    const s = testService({ limit: { rate: 1, burst: 2 }, retry: { backoff: { min: 0, max: 0 } } })
    s.backend.on().once.reply(503)
    const calls = s.series(2, 5)
    expect(calls.map(({ reply }) => reply?.status)).toEqual([200, 200])
    expect(s.backend.sent).toHaveLength(3)
  })

  test('survives a change of policy that leaves it as it is, and starts afresh when it changes', () => {
    const s = testService({ limit: { rate: 1 } })
    s.call()
    s.service.configure({ limit: { rate: 1 }, retry: false })
    expect(refused([s.call()])).toBe(1)
    s.service.configure({ limit: { rate: 2 } })
    expect(refused([s.call()])).toBe(0)
  })

  test('that was off for a while gives nobody a second burst', () => {
    const s = testService({ limit: { rate: 1, burst: 5 } })
    s.series(5, 0)
    s.service.configure({ limit: { rate: 1, burst: 5, mode: 'off' } })
    expect(refused(s.series(5, 0))).toBe(0)
    s.service.configure({ limit: { rate: 1, burst: 5 } })
    expect(refused(s.series(5, 0))).toBe(5)
  })
})

describe('a rate limit that lets calls wait', () => {
  test('lets them through in turn, up to its bound, and refuses the rest at once', () => {
    const s = testService({ limit: { rate: 10, burst: 1, maxWait: 250 } })
    const calls = s.series(4, 0)
    expect(calls.map(({ settled }) => settled)).toEqual([false, false, false, true])
    expect(s.clock.pendingHeld).toBe(2)
    s.clock.advance(300)
    expect(calls.slice(0, 3).map(({ latency }) => latency)).toEqual([1, 101, 201])
    s.assertReleased()
  })

  test('does not let a call wait for a turn that comes after its deadline', () => {
    const s = testService({ limit: { rate: 10, burst: 1, maxWait: 1000 } })
    s.call()
    const call = s.call({ timeout: 50 })
    expect(call.error).toMatchObject({ code: 'INMESH_RATE_LIMITED' })
    s.clock.advance(1)
    s.assertReleased()
  })

  test('tells a call whose deadline falls on its turn that it is late, not that it was given up', () => {
    const s = testService({ limit: { rate: 10, burst: 1, maxWait: 1000 } })
    s.call()
    const call = s.call({ timeout: 100 })
    s.clock.advance(100)
    expect(call.outcome).toMatchObject({ kind: 'failure', code: 'DEADLINE_EXCEEDED' })
    expect(call.error).toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED' })
    expect(s.backend.sent).toHaveLength(1)
    s.assertReleased()
  })

  test('lets go of a call that is cancelled in the queue, and gives its turn to the next', () => {
    const s = testService({ limit: { rate: 10, burst: 1, maxWait: 100 } })
    s.call()
    s.call().giveUp()
    const next = s.call()
    s.clock.advance(101)
    expect(s.calls[1]?.outcome).toEqual({ kind: 'ignored', why: 'caller' })
    expect(next.latency).toBe(101)
    s.assertReleased()
  })

  test('times the tries of a call from when its turn came', () => {
    const s = testService({ limit: { rate: 10, burst: 1, maxWait: 500 } })
    s.call()
    const call = s.call()
    s.clock.advance(200)
    expect(call.tries).toMatchObject([{ start: 100, took: 1 }])
  })
})
