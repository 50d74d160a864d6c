import type { ConcurrencySnapshot } from '@inmesh/policy'
import { testService, type TestCall, type TestService } from '@inmesh/testing'
import { describe, expect, test, vi } from 'vitest'
import { interceptor } from '../bridge.ts'
import { explain } from '../explain.ts'
import type { ServicePolicy } from '../service-policy.ts'
import type { ConcurrencyState } from '../shared/concurrency-state.ts'

const plain: ServicePolicy = { retry: false, backup: false, rescue: false, eject: false }

function limited(concurrency: ServicePolicy['concurrency'], policy: ServicePolicy = {}): TestService {
  const s = testService({ ...plain, ...policy, concurrency: concurrency ?? {} })
  s.backend.on().reply(200, { after: 10 })
  return s
}

function slots(s: TestService): ConcurrencySnapshot {
  const state = s.service.stateOf<ConcurrencyState>('concurrency')
  if (state === undefined) throw new Error('there is no limit')
  return state.slots.inspect()
}

const calls = (s: TestService, count: number): TestCall[] => Array.from({ length: count }, () => s.call())
const refused = (of: readonly TestCall[]): number => of.filter(({ error }) => explain(error)?.code === 'INMESH_CONCURRENCY_LIMITED').length

describe('a concurrency limit', () => {
  test('is not there until it is set', () => {
    const s = testService(plain)
    s.backend.on().hang()
    expect(refused(calls(s, 200))).toBe(0)
  })

  test('refuses at once what finds no slot, and says on what numbers', () => {
    const s = limited({ min: 3, max: 3 })
    const made = calls(s, 5)
    expect(refused(made)).toBe(2)
    expect(s.backend.sent).toHaveLength(3)
    expect(made[3]?.outcome).toMatchObject({ kind: 'failure', code: 'RESOURCE_EXHAUSTED', reach: 'unsent' })
    expect(explain(made[3]?.error)).toMatchObject({ policy: 'concurrency', numbers: { limit: 3, inFlight: 3, waiting: 0, why: 'full' } })
    expect(s.recorder.last('refused')).toMatchObject({ policy: 'concurrency', why: 'full', criticality: 'CRITICAL' })
    s.clock.advance(10)
    expect(refused(calls(s, 3))).toBe(0)
    s.clock.advance(10)
    s.assertReleased()
  })

  test('gives a slot back at the head, so that bodies that nobody reads, and streams, hold none', () => {
    const s = limited({ min: 2, max: 2 })
    s.backend.on().reply(200, { after: 10, body: 'unread' })
    for (let i = 0; i < 5; i++) {
      expect(refused(calls(s, 2))).toBe(0)
      s.clock.advance(10)
    }
    expect(slots(s).inFlight).toBe(0)
  })

  test('counts a call once, whatever its tries are', () => {
    const s = testService({ ...plain, retry: { backoff: { min: 0, max: 0 } }, concurrency: { min: 1, max: 1 } })
    s.backend.on().once.reply(503, { after: 5 })
    s.backend.on().reply(200, { after: 5 })
    const first = s.call()
    s.clock.advance(7)
    expect([slots(s).inFlight, refused(calls(s, 1))]).toEqual([1, 1])
    s.clock.advance(3)
    expect([first.reply?.status, slots(s).inFlight]).toEqual([200, 0])
  })

  test('gives a slot back when a caller leaves or a deadline passes, also past an interceptor that hears neither', () => {
    const stuck = interceptor('stuck', async () => new Promise<never>(() => {}))
    const s = limited({ min: 2, max: 2 }, { interceptors: [stuck] })
    const gone = s.call()
    const late = s.call({ timeout: 20 })
    gone.giveUp()
    expect(slots(s).inFlight).toBe(1)
    s.clock.advance(20)
    expect([slots(s).inFlight, late.outcome]).toMatchObject([0, { code: 'DEADLINE_EXCEEDED' }])
  })

  test('gives a slot back once, also when the answer comes after the cancel', async () => {
    const slow = interceptor('slow', async (_call, next) => next())
    const s = limited({ min: 2, max: 2 }, { interceptors: [slow] })
    s.call().giveUp()
    await vi.waitFor(() => expect(s.backend.open).toBe(0))
    await new Promise(setImmediate)
    expect(slots(s).inFlight).toBe(0)
    s.assertReleased()
  })

  test('with a bug in it lets every call through', () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const s = limited({ min: 1, max: 1 })
    const { slots } = s.service.keep<{ slots: { enter: () => boolean } }>('concurrency', () => { throw new Error('none') })
    slots.enter = () => { throw new Error('bug') }
    const made = calls(s, 30)
    s.clock.advance(10)
    expect(made.every(({ reply }) => reply?.status === 200)).toBe(true)
    expect(s.service.describe().map(({ name }) => name)).not.toContain('concurrency')
  })
})

describe('a concurrency limit learns', () => {
  /** Keeps as many calls in flight as there are slots, for so many round trips of 10 ms. */
  function busy(s: TestService, trips: number): void {
    for (let i = 0; i < trips; i++) {
      const { limit, inFlight } = slots(s)
      calls(s, limit - inFlight)
      s.clock.advance(10)
    }
  }

  test('upward, by one with each round trip in which it was used', () => {
    const s = limited({ initial: 10 })
    busy(s, 10)
    expect(slots(s).limit).toBeGreaterThanOrEqual(19)
    expect(slots(s).limit).toBeLessThanOrEqual(20)
    s.series(100, 10)
    expect(slots(s).limit).toBeLessThanOrEqual(20)
  })

  test.each([
    ['503', (s: TestService) => s.backend.on().reply(503, { after: 10 }), true],
    ['429', (s: TestService) => s.backend.on().reply(429, { after: 10 }), true],
    ['no answer within the time of a try', (s: TestService) => s.backend.on().fail('DEADLINE_EXCEEDED', { after: 10 }), true],
    ['500', (s: TestService) => s.backend.on().reply(500, { after: 10 }), false],
    ['a refused connection', (s: TestService) => s.backend.on().fail('UNAVAILABLE', { after: 10, reach: 'unsent' }), false],
  ] as const)('downward from %s: %#', (_what, answer, lost) => {
    const s = limited({ initial: 100 })
    answer(s)
    busy(s, 1)
    expect(slots(s).limit).toBe(lost ? 90 : 100)
  })

  test('from a try that was rejected, also when the next one was not', () => {
    const s = testService({ ...plain, retry: { backoff: { min: 0, max: 0 } }, concurrency: { initial: 100 } })
    s.backend.on().once.reply(503)
    const call = s.call()
    s.clock.advance(5)
    expect([call.reply?.status, slots(s).limit]).toEqual([200, 90])
  })

  test('nothing from a call that had less than the usual time', () => {
    const s = limited({ initial: 100 }, { timeout: { total: 5 } })
    s.call()
    s.clock.advance(10)
    expect(slots(s).limit).toBe(100)
    s.backend.on().hang()
    s.call({ timeout: 500 })
    s.clock.advance(500)
    expect(slots(s).limit).toBe(90)
  })

  test('from answers that are slower than latencyAbove', () => {
    const s = limited({ initial: 100, latencyAbove: 9 })
    busy(s, 1)
    expect(slots(s).limit).toBe(90)
  })

  test('and tells when its limit has moved by a tenth', () => {
    const s = limited({ initial: 100 })
    s.backend.on().reply(503, { after: 10 })
    busy(s, 1)
    expect(s.recorder.of('concurrency')).toEqual([expect.objectContaining({ limit: 90, service: 'test' })])
  })

  test('and keeps what it has learnt through a change of policy', () => {
    const s = limited({ initial: 100 })
    s.backend.on().reply(503, { after: 10 })
    busy(s, 3)
    s.service.configure({ ...plain, concurrency: { initial: 100, backoff: 0.5 } })
    expect(slots(s).limit).toBe(72)
  })
})

describe('a concurrency limit with a queue', () => {
  test('lets calls wait and sends them in turn, each as a slot is free', () => {
    const s = limited({ min: 1, max: 1, queue: 2 })
    const made = calls(s, 4)
    expect([refused(made), slots(s).waiting, s.backend.sent.length]).toEqual([1, 2, 1])
    s.clock.advance(30)
    expect(made.slice(0, 3).map(({ latency }) => latency)).toEqual([10, 20, 30])
    expect(made[2]?.tries).toMatchObject([{ start: 20, took: 10 }])
    s.assertReleased()
  })

  test('lets nobody past those who wait, and the most critical go first', () => {
    const s = limited({ min: 1, max: 1, queue: 9 })
    s.call()
    const batch = s.call({ criticality: 'SHEDDABLE' })
    const page = s.call({ criticality: 'CRITICAL_PLUS' })
    s.clock.advance(10)
    expect(refused([s.call({ criticality: 'SHEDDABLE' })])).toBe(0)
    s.clock.advance(30)
    expect([page.latency, batch.latency]).toEqual([20, 30])
  })

  test('full, turns away the least critical that has waited longest for one that is more critical', () => {
    const s = limited({ min: 1, max: 1, queue: 1 })
    s.call()
    const batch = s.call({ criticality: 'SHEDDABLE' })
    const page = s.call()
    expect([batch.settled, page.settled]).toEqual([false, false])
    s.clock.advance(0)
    expect(explain(batch.error)).toMatchObject({ code: 'INMESH_CONCURRENCY_LIMITED', numbers: { why: 'displaced' } })
    s.clock.advance(20)
    expect(page.reply?.status).toBe(200)
    s.assertReleased()
  })

  test('refuses whoever has waited long enough', () => {
    const s = limited({ min: 1, max: 1, queue: 9, maxWait: 5 })
    const [, second] = calls(s, 2)
    s.clock.advance(5)
    expect([second?.latency, explain(second?.error)?.numbers?.['why']]).toEqual([5, 'waited'])
    s.clock.advance(5)
    s.assertReleased()
  })

  test('lets go of whoever is cancelled in the line, also with a slot in hand', () => {
    const s = limited({ min: 1, max: 1, queue: 9 })
    const [, second, third] = calls(s, 3)
    second?.giveUp()
    expect(slots(s)).toEqual({ limit: 1, inFlight: 1, waiting: 1 })
    s.clock.schedule(s.clock.now() + 10, false, () => third?.giveUp(), undefined)
    s.clock.advance(10)
    expect(slots(s)).toEqual({ limit: 1, inFlight: 0, waiting: 0 })
    s.assertReleased()
  })

  test('never sends one call on the stack of another that has ended', () => {
    const s = limited({ min: 1, max: 1, queue: 1 })
    const order: string[] = []
    const first = s.call()
    s.call()
    s.clock.schedule(10, false, () => order.push(`${first.settled} ${s.backend.sent.length}`), undefined)
    s.clock.advance(10)
    expect([order, s.backend.sent.length]).toEqual([['true 1'], 2])
    s.clock.advance(10)
  })

  test('holds the process while a call waits, and only then', () => {
    const s = limited({ min: 1, max: 1, queue: 1 })
    calls(s, 2)
    expect(s.clock.pendingHeld).toBe(1)
    s.clock.advance(20)
    expect(s.clock.pendingHeld).toBe(0)
  })
})

describe('a concurrency limit that does not act on every call', () => {
  test('when it observes lets all pass, counts them, and tells whom it would have refused', () => {
    const s = limited({ min: 2, max: 2, mode: 'observe' })
    expect(refused(calls(s, 5))).toBe(0)
    expect(slots(s).inFlight).toBe(5)
    expect(s.recorder.of('mode-differed').map(({ would }) => would)).toEqual(['refuse', 'refuse', 'refuse'])
    s.clock.advance(10)
    s.assertReleased()
    expect(slots(s).inFlight).toBe(0)
  })

  test('refuses only in its share of calls', () => {
    const s = limited({ min: 1, max: 1, mode: { enforce: 0.5 } })
    const made = calls(s, 400)
    const would = s.recorder.of('mode-differed').length
    expect(refused(made) + would).toBe(399)
    expect(refused(made)).toBeGreaterThan(150)
    expect(would).toBeGreaterThan(150)
  })
})
