import { CallPlan } from '@inmesh/policy'
import { replyWith, testService, type TestService } from '@inmesh/testing'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { ServicePolicy } from '../service-policy.ts'

const tiers = (s: TestService): string[] => s.backend.sent.map(({ cause, endpoint }) => `${cause} ${endpoint}`)

/** No learning needed: a backup after 10 ms, paid for by every call. */
const eager: ServicePolicy = { backup: { after: 10, maxExtraLoad: 1 }, budget: { ratio: 1 }, rescue: false }
const noWait: ServicePolicy = { retry: { backoff: { min: 0, max: 0 } }, backup: false, rescue: false }

describe('a retry', () => {
  test('goes to another endpoint, after a jittered pause, and its success is the answer', () => {
    const s = testService({}, { endpoints: 2 })
    s.backend.on().once.reply(503)
    const call = s.call()
    s.clock.advance(100)
    const [first, second] = s.backend.sent
    expect(call.reply?.status).toBe(200)
    expect(second).toMatchObject({ cause: 'retry', ordinal: 1 })
    expect(second?.endpoint).not.toBe(first?.endpoint)
    expect((second?.sentAt ?? 0) - (first?.headAt ?? 0)).toBeLessThanOrEqual(25)
    s.assertReleased()
  })

  test('is not sent for a success of the endpoint, a 404, nor for the caller’s own quota, a 429', () => {
    for (const status of [404, 429]) {
      const s = testService()
      s.backend.on().reply(status)
      const call = s.call()
      s.clock.advance(500)
      expect([call.reply?.status, call.tries.length]).toEqual([status, 1])
    }
  })

  test('parks the failed reply, so that it holds no connection while the retry runs', () => {
    const s = testService(noWait)
    s.backend.on().once.reply(503, { body: 'unread' })
    s.backend.on().hang()
    s.call({ timeout: 1000 })
    s.clock.advance(1)
    expect(s.backend.sent[0]).toMatchObject({ state: 'over', log: ['head', 'parked', 'tail'] })
  })

  test('that fails too leaves the caller the latest failure that carries a reply', () => {
    const s = testService({ ...noWait, budget: { ratio: 1 } })
    s.backend.on().once.reply(503, { content: 'older' })
    s.backend.on().once.reply(500, { content: 'newer' })
    const both = s.call()
    s.clock.advance(5)
    expect(both.reply).toEqual({ status: 500, body: 'newer' })

    s.backend.on().once.reply(503, { content: 'the only reply' })
    s.backend.on().once.fail('UNAVAILABLE')
    const one = s.call()
    s.clock.advance(5)
    expect(one.reply).toEqual({ status: 503, body: 'the only reply' })

    const cause = new Error('latest')
    s.backend.on().once.fail('INTERNAL')
    s.backend.on().once.fail('UNAVAILABLE', { cause })
    const none = s.call()
    s.clock.advance(5)
    expect(none.error).toBe(cause)
    s.assertReleased()
  })

  test('that has no time left when its pause is over settles with the failure that is there', () => {
    const s = testService({ retry: { backoff: { min: 20, max: 20 } } })
    s.backend.on().once.reply(503, { content: 'kept' })
    const call = s.call({ timeout: 1000 })
    s.clock.advance(1)
    // As after a pause of the whole process: the timer fires late.
    vi.spyOn(CallPlan.prototype, 'late').mockImplementationOnce(function (this: CallPlan) {
      vi.restoreAllMocks()
      return this.late(1_000, false)
    })
    s.series(20, 1)
    expect(call.reply).toEqual({ status: 503, body: 'kept' })
    s.assertReleased()
  })

  test('is refused aloud: with why, and with the budget when that is why', () => {
    const s = testService({ ...noWait, budget: { ratio: 0, floor: 0, initial: 1 } })
    s.backend.on().reply(503)
    s.series(2, 5)
    expect(s.recorder.of('retried')).toHaveLength(1)
    expect(s.recorder.of('refused').map(({ policy, why }) => [policy, why])).toEqual([['retry', 'exhausted'], ['retry', 'budget']])
    expect(s.recorder.of('budget-empty')).toHaveLength(1)
  })
})

describe('what never left this process', () => {
  test('is resent at once, elsewhere, free of budget and pause', () => {
    const s = testService({ budget: { ratio: 0, floor: 0, initial: 0 } }, { endpoints: 3 })
    s.backend.on().once.fail('UNAVAILABLE', { reach: 'unsent' })
    s.backend.on().once.fail('UNAVAILABLE', { reach: 'unsent' })
    const call = s.call({ repeat: 'if-unprocessed' })
    s.clock.advance(3)
    expect([call.reply?.status, call.latency]).toEqual([200, 3])
    expect(new Set(s.backend.sent.map(({ endpoint }) => endpoint)).size).toBe(3)
  })

  test('ends when every endpoint was tried once: an all-dead fleet is no endless loop', () => {
    const s = testService({ budget: { ratio: 0, floor: 0, initial: 0 } }, { endpoints: 3 })
    s.backend.on().fail('UNAVAILABLE', { reach: 'unsent', after: 0 })
    const call = s.call()
    expect(call.outcome).toMatchObject({ kind: 'failure', reach: 'unsent' })
    expect(s.backend.sent.length).toBeLessThanOrEqual(4)
    s.assertReleased()
  })
})

describe('a one-shot body', () => {
  test.each([
    ['unsent', false, 2], ['refused', false, 2], ['refused', true, 1], ['processed', false, 1], ['processed', true, 1],
  ] as const)('of a request that was %s, read: %s, is sent %d times in all', (reach, readsBody, times) => {
    const s = testService(noWait)
    s.backend.on().once.fail('UNAVAILABLE', { reach, readsBody })
    s.call({ payload: 'once' })
    s.clock.advance(5)
    expect(s.backend.sent).toHaveLength(times)
  })

  test('has no backup: two copies of it cannot be under way', () => {
    const s = testService(eager)
    s.backend.on().reply(200, { after: 50 })
    s.call({ payload: 'once' })
    s.clock.advance(50)
    expect(s.backend.sent).toHaveLength(1)
  })

  test('that can be replayed is, however often it was read', () => {
    const s = testService(noWait)
    s.backend.on().once.fail('UNAVAILABLE')
    s.call({ payload: 'replayable' })
    s.clock.advance(5)
    expect(s.backend.sent).toHaveLength(2)
  })
})

describe('repeating', () => {
  test.each([
    ['concurrent', 'processed', 2], ['always', 'processed', 2], ['sequential', 'processed', 2], ['if-unprocessed', 'processed', 1], ['if-unprocessed', 'refused', 2], ['never', 'processed', 1], ['never', 'refused', 1],
  ] as const)('of a call marked %s that was %s: %d tries in all', (repeat, reach, times) => {
    const s = testService(noWait)
    s.backend.on().once.fail('UNAVAILABLE', { reach })
    s.call({ repeat })
    s.clock.advance(5)
    expect(s.backend.sent).toHaveLength(times)
  })
})

describe('a backup', () => {
  test('is sent when the first is late, elsewhere, and the first success wins', () => {
    const s = testService(eager, { endpoints: 2 })
    s.backend.on().once.reply(200, { after: 100, content: 'slow' })
    s.backend.on().reply(200, { after: 5, content: 'fast' })
    const call = s.call()
    s.clock.advance(200)
    expect([call.latency, call.reply?.body]).toEqual([15, 'fast'])
    expect(new Set(s.backend.sent.map(({ endpoint }) => endpoint)).size).toBe(2)
    expect(s.backend.sent[0]).toMatchObject({ log: ['cancelled', 'head', 'tail', 'discarded'], tail: { kind: 'ignored', why: 'superseded' } })
    s.assertReleased()
  })

  test('that fails first does not settle the call: the one in flight may still succeed', () => {
    const s = testService(eager, { endpoints: 2 })
    s.backend.on().once.reply(200, { after: 100, content: 'the first' })
    s.backend.on().once.reply(503)
    const call = s.call()
    s.clock.advance(99)
    expect(call.settled).toBe(false)
    s.clock.advance(1)
    expect(call.reply?.body).toBe('the first')
    s.assertReleased()
  })

  test('lives on when the first fails after it was sent', () => {
    const s = testService(eager, { endpoints: 2 })
    s.backend.on().once.reply(503, { after: 12 })
    s.backend.on().once.reply(200, { after: 30, content: 'the backup' })
    const call = s.call()
    s.clock.advance(12)
    expect(call.settled).toBe(false)
    s.clock.advance(28)
    expect(call.reply?.body).toBe('the backup')
    s.assertReleased()
  })

  test('in flight makes a retry needless when the first fails, though one more would be allowed', () => {
    const s = testService({ ...eager, retry: { maxExtraTries: 3, backoff: { min: 0, max: 0 } } }, { endpoints: 3 })
    s.backend.on().once.reply(503, { after: 12 })
    s.backend.on().once.reply(200, { after: 30 })
    s.call()
    s.clock.advance(100)
    expect(s.backend.sent.map(({ cause }) => cause)).toEqual(['first', 'backup'])
  })

  test('both failing: the call settles when the last has, not before', () => {
    const s = testService(eager, { endpoints: 2 })
    s.backend.on().once.reply(503, { after: 40, content: 'late' })
    s.backend.on().once.reply(500, { after: 5, content: 'early' })
    const call = s.call()
    s.clock.advance(39)
    expect(call.settled).toBe(false)
    s.clock.advance(1)
    expect(call.reply).toEqual({ status: 503, body: 'late' })
    s.assertReleased()
  })

  test('is not sent to a fleet of one, nor for a call that may not run twice at a time', () => {
    for (const [endpoints, repeat] of [[1, 'concurrent'], [2, 'sequential']] as const) {
      const s = testService(eager, { endpoints })
      s.backend.on().reply(200, { after: 50 })
      s.call({ repeat })
      s.clock.advance(50)
      expect(s.backend.sent).toHaveLength(1)
    }
  })

  test('and a retry are bounded together, by one maximum', () => {
    const s = testService({ ...eager, retry: { maxExtraTries: 1 } }, { endpoints: 3 })
    s.backend.on().reply(503, { after: 20 })
    s.call()
    s.clock.advance(500)
    expect(tiers(s).map((one) => one.split(' ')[0])).toEqual(['first', 'backup'])
  })

  test('whose loser is drained: it runs on, counts for its endpoint, and changes nothing for the caller', () => {
    const s = testService(eager, { endpoints: 2, losers: 'drain' })
    s.backend.on().once.reply(200, { after: 40, body: { lasts: 10 }, content: 'slow' })
    const call = s.call()
    s.clock.advance(30)
    const slow = s.backend.sent[0]?.endpoint ?? ''
    expect([call.latency, s.inFlight(slow)]).toEqual([11, 1])
    s.clock.advance(20)
    expect(s.backend.sent[0]?.log).toEqual(['cancelled', 'drained', 'head', 'discarded', 'tail'])
    s.assertReleased()
  })
})

describe('a rescue', () => {
  test('gives a hung call one more try, and keeps the first', () => {
    const s = testService({ backup: false }, { endpoints: 2 })
    s.series(20, 5)
    s.backend.on().once.hang()
    const call = s.call()
    s.clock.advance(1000)
    expect(call.reply?.status).toBe(200)
    expect(s.recorder.of('rescued')).toHaveLength(1)
    s.assertReleased()
  })
})

describe('extra tries', () => {
  // Inv. 1, from outside: whatever the traffic, every window keeps the bound.
  test('stay within ratio · calls(W + TTL) + floor · W + initial in every window', () => {
    const budget = { ratio: 0.2, floor: 0.5, ttl: 2000, initial: 2 }
    const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 200, max: 3000 })), { minLength: 20, maxLength: 120 })
    fc.assert(fc.property(gaps, fc.integer(), (list, seed) => {
      const s = testService({ ...noWait, budget, eject: false }, { endpoints: 3, seed })
      s.backend.on().reply(503)
      for (const gap of list) {
        s.call()
        s.clock.advance(gap)
      }
      s.clock.advance(10)
      const calls = s.calls.map(({ start }) => start)
      const extras = s.backend.sent.filter(({ ordinal }) => ordinal > 0).map(({ sentAt }) => sentAt)
      for (const [i, from] of extras.entries()) {
        for (const [j, to] of extras.entries()) {
          if (j < i) continue
          const paid = calls.filter((at) => at >= from - budget.ttl && at <= to).length
          const bound = budget.ratio * paid + (budget.floor * (to - from)) / 1000 + budget.initial
          expect(j - i + 1).toBeLessThanOrEqual(bound + 1e-9)
        }
      }
    }), { numRuns: 60 })
  })

  test('add at most a few per cent by default, though a tenth of all tries fails', () => {
    const s = testService({}, { endpoints: 5, seed: 3 })
    s.backend.on().answer(({ index }) => replyWith(index % 10 === 9 ? 503 : 200, { after: 2 + (index * 7) % 5 }))
    s.series(3000, 3)
    s.clock.advance(1000)
    const extra = s.backend.sent.length / s.calls.length - 1
    expect(extra).toBeGreaterThan(0.05)
    expect(extra).toBeLessThan(0.13)
    expect(s.calls.filter(({ outcome }) => outcome?.kind === 'success').length / s.calls.length).toBeGreaterThan(0.97)
  })

  // Inv. 2.
  test('never start after the deadline, whatever fails, hangs or is late', () => {
    const answer = fc.record({ kind: fc.constantFrom('reply', 'fail', 'unsent', 'hang'), after: fc.integer({ min: 0, max: 60 }) })
    const plan = fc.record({ timeout: fc.integer({ min: 1, max: 80 }), answers: fc.array(answer, { minLength: 1, maxLength: 6 }) })
    fc.assert(fc.property(fc.array(plan, { minLength: 1, maxLength: 8 }), fc.integer(), (plans, seed) => {
      const s = testService({ retry: { maxExtraTries: 3 }, backup: { after: 10, maxExtraLoad: 1 }, budget: { ratio: 10 } }, { endpoints: 4, seed })
      for (const { timeout, answers } of plans) {
        for (const { kind, after } of answers) {
          if (kind === 'hang') s.backend.on().once.hang()
          else if (kind === 'reply') s.backend.on().once.reply(503, { after })
          else s.backend.on().once.fail('UNAVAILABLE', { after, reach: kind === 'unsent' ? 'unsent' : 'processed' })
        }
        const call = s.call({ timeout })
        s.clock.advance(200)
        expect(call.latency).toBeLessThanOrEqual(timeout)
      }
      for (const sent of s.backend.sent) expect(sent.remaining).toBeGreaterThan(0)
      s.assertReleased()
    }))
  })
})

describe('a call that is cancelled', () => {
  // Inv. 8.
  test('in its backoff ends at once and leaves nothing behind', () => {
    const s = testService({ retry: { backoff: { min: 200, max: 200 } } })
    s.backend.on().reply(503)
    const call = s.call()
    s.clock.advance(2)
    expect([call.settled, s.backend.open, s.clock.pendingHeld]).toEqual([false, 0, 1])
    call.giveUp()
    expect(call.outcome).toEqual({ kind: 'ignored', why: 'caller' })
    s.assertReleased()
    s.clock.advance(500)
    expect(s.backend.sent).toHaveLength(1)
  })

  test('with two tries in flight cancels both', () => {
    const s = testService(eager, { endpoints: 2 })
    s.backend.on().hang()
    const call = s.call()
    s.clock.advance(20)
    expect(s.backend.open).toBe(2)
    call.giveUp()
    s.assertReleased()
    expect(s.backend.sent.map(({ tail }) => tail)).toEqual([{ kind: 'ignored', why: 'caller' }, { kind: 'ignored', why: 'caller' }])
  })

  test('by its deadline counts as late with every endpoint that still owed an answer', () => {
    const s = testService(eager, { endpoints: 2 })
    s.backend.on().hang()
    s.call({ timeout: 50 })
    s.clock.advance(50)
    expect(s.backend.sent.map(({ tail }) => tail)).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }, { code: 'DEADLINE_EXCEEDED' }])
    s.assertReleased()
  })

  test('a backoff holds the process; a wait for a try in flight leaves that to its socket', () => {
    const s = testService({ ...eager, retry: { backoff: { min: 100, max: 100 } } }, { endpoints: 2 })
    s.backend.on().once.hang()
    const hanging = s.call()
    expect([s.clock.pending, s.clock.pendingHeld]).toEqual([1, 0])
    hanging.giveUp()
    s.backend.on().reply(503)
    s.call()
    s.clock.advance(1)
    expect(s.clock.pendingHeld).toBe(1)
  })
})
