import { describe, expect, it } from 'vitest'
import { begun, CALL, service, UNAVAILABLE, UNSENT, warm } from './calls.test-support.ts'
import { always } from './chance.test-support.ts'
import type { CallPlan } from './plan.ts'

const hung = (): boolean => true
const healthy = (): boolean => false

/** The try fails, its backoff passes, the next one goes out. */
function retried(plan: CallPlan, ordinal: number, now: number): number {
  expect(plan.failed(ordinal, UNAVAILABLE, true, now)).toBe('wait')
  expect(plan.late(plan.wakeAt, healthy)).toBe('launch')
  return plan.launched(plan.wakeAt, 'b', false)
}

describe('a plan', () => {
  it('settles when the first try finds no endpoint, before or after it was launched', () => {
    expect(service().plan(CALL).unplaced('first', 0)).toBe('settle')
    const plan = service().plan(CALL)
    expect(plan.unplaced(plan.launched(0), 0)).toBe('settle')
  })

  it('settles when a retry finds no endpoint', () => {
    const plan = begun(service())
    plan.failed(0, UNAVAILABLE, true, 10)
    plan.late(plan.wakeAt, healthy)
    expect(plan.unplaced(plan.launched(30), 30)).toBe('settle')
  })

  it('counts each try once: a second ending of the same try changes nothing', () => {
    const plan = begun(service({ retry: { maxExtraTries: 5 } }))
    plan.failed(0, UNAVAILABLE, true, 10)
    const wakeAt = plan.wakeAt
    expect(plan.failed(0, UNAVAILABLE, true, 11)).toBe('wait')
    plan.succeeded(0, 12)
    expect(plan.wakeAt).toBe(wakeAt)
  })

  it('launches nothing once it is over', () => {
    const won = begun(warm(service()))
    won.succeeded(0, 10)
    expect(won.late(1000, hung)).toBe('wait')
    const ended = begun(warm(service()))
    ended.failed(0, UNAVAILABLE, true, 10)
    ended.end(11)
    expect(ended.wakeAt).toBe(Infinity)
    expect(ended.late(1000, hung)).toBe('wait')
  })

  it('learns of an endpoint after the launch, as long as that is before the news of it', () => {
    const plan = service().plan(CALL)
    plan.launched(0)
    plan.placed(0, 'a', false)
    plan.failed(0, UNSENT, true, 1)
    plan.launched(1)
    plan.placed(1, 'a', false)
    expect(plan.failed(1, UNSENT, true, 2)).toBe('wait')
  })

  it('feeds the backup delay with first tries only, each once, and not with outlying ones', () => {
    const attempts = service()
    const samples = (): number => attempts.inspect(0).operations[0]!.samples
    begun(attempts).succeeded(0, 5)
    expect(samples()).toBe(1)
    retried(begun(attempts), 0, 5)
    expect(samples()).toBe(2)
    const beaten = begun(attempts)
    beaten.ignored(0, 5)
    beaten.end(6)
    expect(samples()).toBe(3)
    begun(attempts).end(7)
    expect(samples()).toBe(4)
    const outlying = attempts.plan(CALL)
    outlying.launched(0, 'a', true)
    outlying.succeeded(0, 5)
    expect(samples()).toBe(4)
    const cut = attempts.plan(CALL)
    cut.launched(0, 'a', true)
    cut.end(5)
    expect(samples()).toBe(4)
  })

  it('counts a drained loser once, when its head comes', () => {
    const attempts = warm(service())
    const before = attempts.inspect(0).operations[0]!.samples
    const plan = begun(attempts)
    plan.late(plan.wakeAt, healthy)
    plan.succeeded(plan.launched(105, 'b', false), 110)
    expect(attempts.inspect(0).operations[0]!.samples).toBe(before)
    plan.succeeded(0, 300)
    plan.end(300)
    expect(attempts.inspect(0).operations[0]!.samples).toBe(before + 1)
  })

  it('comes to an end however many extra tries are allowed', () => {
    const plan = begun(warm(service({ retry: { maxExtraTries: 1000 }, rescue: false }, always(0))))
    let ordinal = 0
    let launched = 1
    for (; launched < 100; launched++) {
      if (plan.failed(ordinal, UNAVAILABLE, true, launched) !== 'launch') break
      ordinal = plan.launched(launched, 'b', false)
    }
    expect(launched).toBe(11)
    expect(plan.why).toBe('exhausted')
  })
})
