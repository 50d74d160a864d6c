import { describe, expect, it } from 'vitest'
import type { Failure } from '../types.ts'
import { begun, CALL, REFUSED, service, UNAVAILABLE, UNSENT, warm } from './calls.test-support.ts'
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

describe('a retry', () => {
  it('goes out after its backoff, once', () => {
    const plan = begun(service())
    expect(plan.failed(0, UNAVAILABLE, true, 10)).toBe('wait')
    expect(plan.wakeAt).toBe(22.5)
    expect(plan.late(22.5, healthy)).toBe('launch')
    expect(plan.cause).toBe('retry')
    expect(plan.launched(22.5, 'b', false)).toBe(1)
    expect(plan.failed(1, UNAVAILABLE, true, 30)).toBe('settle')
    expect(plan.why).toBe('exhausted')
  })

  it('is not sent early when the timer is', () => {
    const plan = begun(service())
    plan.failed(0, UNAVAILABLE, true, 10)
    expect(plan.late(22.4, healthy)).toBe('wait')
    expect(plan.late(22.5, healthy)).toBe('launch')
  })

  it('waits under a ceiling that doubles to 250 ms', () => {
    const plan = begun(service({ retry: { maxExtraTries: 10 } }, always(0.999_999)))
    const waits: number[] = []
    for (let ordinal = 0, now = 0; ordinal < 6; ordinal++) {
      plan.failed(ordinal, UNAVAILABLE, true, now)
      waits.push(Math.round(plan.wakeAt - now))
      now = plan.wakeAt
      plan.late(now, healthy)
      plan.launched(now, 'b', false)
    }
    expect(waits).toEqual([25, 50, 100, 200, 250, 250])
  })

  it('goes out at once when its backoff is nothing', () => {
    expect(begun(service({}, always(0))).failed(0, UNAVAILABLE, true, 10)).toBe('launch')
  })

  it.each(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNKNOWN', 'DATA_LOSS'] as const)('follows %s', (code) => {
    expect(begun(service()).failed(0, { ...UNAVAILABLE, code }, true, 10)).toBe('wait')
  })

  it.each(['RESOURCE_EXHAUSTED', 'NOT_FOUND', 'CANCELLED', 'PERMISSION_DENIED'] as const)('does not follow %s', (code) => {
    const plan = begun(service())
    expect(plan.failed(0, { ...UNAVAILABLE, code }, true, 10)).toBe('settle')
    expect(plan.why).toBe('code')
  })

  it('follows the codes that the user lists, and only those', () => {
    const attempts = service({ retry: { codes: ['RESOURCE_EXHAUSTED'] } })
    expect(begun(attempts).failed(0, { ...UNAVAILABLE, code: 'RESOURCE_EXHAUSTED' }, true, 10)).toBe('wait')
    expect(begun(attempts).failed(0, UNAVAILABLE, true, 10)).toBe('settle')
  })

  it.each([
    ['concurrent', UNAVAILABLE, 'wait'],
    ['sequential', UNAVAILABLE, 'wait'],
    ['if-unprocessed', UNAVAILABLE, 'settle'],
    ['if-unprocessed', REFUSED, 'wait'],
    ['never', REFUSED, 'settle'],
    ['never', UNSENT, 'settle'],
  ] as const)('of a call that repeats %s, after %o: %s', (repeat, failure, step) => {
    const plan = begun(service(), { repeat })
    expect(plan.failed(0, failure, true, 10)).toBe(step)
    expect(plan.why).toBe(step === 'settle' ? 'repeat' : undefined)
  })

  it('needs a body that can be sent again', () => {
    const plan = begun(service())
    expect(plan.failed(0, UNAVAILABLE, false, 10)).toBe('settle')
    expect(plan.why).toBe('body')
    expect(begun(service()).failed(0, UNSENT, false, 10)).toBe('launch')
  })

  it('is not sent below a call that is itself a retry after overload, nor is a backup', () => {
    const attempts = warm(service())
    const plan = begun(attempts, { suppressed: true })
    expect(plan.failed(0, UNAVAILABLE, true, 10)).toBe('settle')
    expect(plan.why).toBe('suppressed')
    const late = begun(attempts, { suppressed: true })
    expect(late.late(late.wakeAt, healthy)).toBe('wait')
    expect(late.why).toBe('suppressed')
  })

  it('is not sent when the callee says so', () => {
    const plan = begun(service())
    expect(plan.failed(0, { ...UNAVAILABLE, doNotRetry: true }, true, 10)).toBe('settle')
    expect(plan.why).toBe('pushback')
  })

  it('waits as long as the callee asks, when it asks of the call', () => {
    const plan = begun(service())
    expect(plan.failed(0, { kind: 'failure', code: 'UNAVAILABLE', reach: 'processed', retryAfter: 700 }, true, 10)).toBe('wait')
    expect(plan.wakeAt).toBe(710)
  })

  it('does not wait for the one endpoint that answers 503 with Retry-After while there is another', () => {
    const failure: Failure = { ...UNAVAILABLE, retryAfter: 5_000 }
    const other = begun(service())
    other.failed(0, failure, true, 10)
    expect(other.wakeAt).toBe(22.5)
    const alone = begun(service(), { endpoints: 1 })
    alone.failed(0, failure, true, 10)
    expect(alone.wakeAt).toBe(5_010)
    const unknown = begun(service(), { endpoints: Infinity })
    unknown.failed(0, failure, true, 10)
    expect(unknown.wakeAt).toBe(5_010)
  })

  it('is given up when the callee asks for more than ten seconds', () => {
    const plan = begun(service(), { endpoints: 1 })
    expect(plan.failed(0, { ...UNAVAILABLE, retryAfter: 10_001 }, true, 10)).toBe('settle')
    expect(plan.why).toBe('pushback')
  })

  it('is skipped when less would be left than the callee usually takes', () => {
    const fits = begun(service(), { deadline: 27.5, median: 5 })
    expect(fits.failed(0, UNAVAILABLE, true, 10)).toBe('wait')
    const tight = begun(service(), { deadline: 27.4, median: 5 })
    expect(tight.failed(0, UNAVAILABLE, true, 10)).toBe('settle')
    expect(tight.why).toBe('deadline')
  })

  it('is not sent after the deadline even when the timer comes late: the call settles', () => {
    const plan = begun(service(), { deadline: 100 })
    plan.failed(0, UNAVAILABLE, true, 10)
    expect(plan.late(100, healthy)).toBe('settle')
    expect(plan.why).toBe('deadline')
    expect(plan.wakeAt).toBe(Infinity)
  })

  it('is paid for when decided, before its backoff is over', () => {
    const attempts = service({ budget: { ratio: 0, floor: 0, initial: 1 } })
    const [one, two] = [begun(attempts), begun(attempts)]
    expect(one.failed(0, UNAVAILABLE, true, 10)).toBe('wait')
    expect(two.failed(0, UNAVAILABLE, true, 10)).toBe('settle')
    expect(two.why).toBe('budget')
  })

  it('is only told of in a mode that watches, and takes nothing from the budget', () => {
    const attempts = service({ budget: { ratio: 0, floor: 0, initial: 1 } })
    const plan = begun(attempts, { retryOn: false })
    expect(plan.failed(0, UNAVAILABLE, true, 10)).toBe('settle')
    expect([plan.why, plan.cause]).toEqual(['mode', 'retry'])
    expect(attempts.budget.balance(10)).toBe(1)
  })

  it('is off when switched off, free resends included', () => {
    const attempts = service({ retry: false })
    expect(begun(attempts).failed(0, UNAVAILABLE, true, 10)).toBe('settle')
    const plan = begun(attempts)
    expect(plan.failed(0, UNSENT, true, 10)).toBe('settle')
    expect(plan.why).toBe('off')
  })

  it('goes on when the policy changes in mid-backoff', () => {
    const attempts = service()
    const plan = begun(attempts)
    plan.failed(0, UNAVAILABLE, true, 10)
    attempts.configure({ retry: false, backup: false, rescue: false })
    expect(plan.late(plan.wakeAt, healthy)).toBe('launch')
    plan.launched(30, 'b', false)
    expect(plan.failed(1, UNAVAILABLE, true, 40)).toBe('settle')
    expect(plan.why).toBe('off')
  })
})

describe('a request that never left', () => {
  it('is resent at once, free of budget and of the count', () => {
    const attempts = service({ budget: { ratio: 0, floor: 0, initial: 1 } })
    const plan = begun(attempts)
    expect(plan.failed(0, UNSENT, true, 10)).toBe('launch')
    expect([plan.free, plan.cause]).toEqual([true, 'retry'])
    expect(attempts.budget.balance(10)).toBe(1)
    plan.launched(10, 'b', false)
    expect(plan.failed(1, UNAVAILABLE, true, 20)).toBe('wait')
  })

  it('is resent free once per endpoint, so that a dead fleet ends', () => {
    const plan = begun(service({ retry: { maxExtraTries: 0 } }))
    expect(plan.failed(0, UNSENT, true, 1)).toBe('launch')
    expect(plan.failed(plan.launched(1, 'b', false), UNSENT, true, 2)).toBe('launch')
    expect(plan.failed(plan.launched(2, 'a', false), UNSENT, true, 3)).toBe('settle')
    expect(plan.why).toBe('exhausted')
  })

  it('is resent ten times at most, however many dead endpoints there are', () => {
    const plan = begun(service({ retry: { maxExtraTries: 0 } }), { endpoints: 10_000 })
    let ordinal = 0
    while (plan.failed(ordinal, UNSENT, true, 1) === 'launch') ordinal = plan.launched(1, `e${ordinal}`, false)
    expect(ordinal).toBe(10)
  })

  it('is resent even if its call may be repeated only when nothing was processed', () => {
    expect(begun(service(), { repeat: 'if-unprocessed' }).failed(0, UNSENT, false, 1)).toBe('launch')
  })

  it('is not resent past the deadline', () => {
    expect(begun(service(), { deadline: 10 }).failed(0, UNSENT, true, 10)).toBe('settle')
  })

  it('is resent in the place of the backup that it was', () => {
    const plan = begun(warm(service()))
    plan.late(plan.wakeAt, healthy)
    const backup = plan.launched(200, 'b', false)
    expect(plan.failed(backup, UNSENT, true, 201)).toBe('launch')
    expect([plan.free, plan.cause]).toEqual([true, 'backup'])
  })

  it('leaves the backup delay running for the try that takes its place', () => {
    const plan = begun(warm(service()))
    const at = plan.wakeAt
    plan.failed(0, UNSENT, true, 1)
    plan.launched(1, 'b', false)
    expect(plan.wakeAt).toBe(at)
    expect(plan.late(at, healthy)).toBe('launch')
    expect(plan.cause).toBe('backup')
  })
})

describe('a backup', () => {
  it('goes out when the first try is late, and either may win', () => {
    const plan = begun(warm(service()))
    expect(plan.wakeAt).toBeGreaterThan(58)
    expect(plan.wakeAt).toBeLessThan(62)
    expect(plan.late(plan.wakeAt, healthy)).toBe('launch')
    expect(plan.cause).toBe('backup')
    const backup = plan.launched(105, 'b', false)
    plan.succeeded(backup, 110)
    expect(plan.wakeAt).toBe(Infinity)
  })

  it('has no delay until enough first tries have been seen', () => {
    const plan = begun(service({ rescue: false }))
    expect(plan.wakeAt).toBe(Infinity)
  })

  it('keeps to a fixed delay where one is set', () => {
    expect(begun(service({ backup: { after: 40 } })).wakeAt).toBe(40)
  })

  it.each(['sequential', 'if-unprocessed', 'never'] as const)('is not for a call that repeats %s', (repeat) => {
    expect(begun(warm(service()), { repeat }).wakeAt).toBe(Infinity)
  })

  it('needs a second endpoint', () => {
    expect(begun(warm(service()), { endpoints: 1 }).wakeAt).toBe(Infinity)
  })

  it('needs a body that two tries can carry', () => {
    const plan = begun(warm(service()), { replayable: false })
    expect(plan.late(plan.wakeAt, healthy)).toBe('wait')
    expect(plan.why).toBe('body')
  })

  it('and a retry share one maximum', () => {
    const plan = begun(warm(service()))
    plan.late(plan.wakeAt, healthy)
    const backup = plan.launched(105, 'b', false)
    expect(plan.failed(0, UNAVAILABLE, true, 110)).toBe('wait')
    expect(plan.failed(backup, UNAVAILABLE, true, 120)).toBe('settle')
    expect(plan.why).toBe('exhausted')
  })

  it('waits with a retry while another try is in flight', () => {
    const plan = begun(warm(service({ retry: { maxExtraTries: 2 } })))
    plan.late(plan.wakeAt, healthy)
    const backup = plan.launched(105, 'b', false)
    expect(plan.failed(backup, UNAVAILABLE, true, 110)).toBe('wait')
    expect(plan.why).toBeUndefined()
    expect(plan.failed(0, UNAVAILABLE, true, 120)).toBe('wait')
    expect(plan.late(plan.wakeAt, healthy)).toBe('launch')
  })

  it('is not sent for a retry: the first try is what the delay was learnt from', () => {
    const plan = begun(warm(service({ retry: { maxExtraTries: 2 }, rescue: false })))
    retried(plan, 0, 10)
    expect(plan.wakeAt).toBe(Infinity)
  })

  it('needs both budgets, and takes from both', () => {
    const rich = warm(service())
    const [own, shared] = [rich.backupBudget.balance(0), rich.budget.balance(0)]
    const plan = begun(rich)
    plan.late(plan.wakeAt, healthy)
    expect(rich.backupBudget.balance(105)).toBeCloseTo(own + 0.02 - 1)
    expect(rich.budget.balance(105)).toBeCloseTo(shared + 0.2 - 1)

    const poor = warm(service({ budget: { ratio: 0, floor: 0, initial: 0 } }))
    const refused = begun(poor)
    expect(refused.late(refused.wakeAt, healthy)).toBe('wait')
    expect(refused.why).toBe('budget')
    expect(poor.backupBudget.balance(105)).toBeCloseTo(own + 0.02)
  })

  it('cannot be afforded without calls to pay for it', () => {
    const plan = begun(service({ backup: { after: 40 } }))
    expect(plan.late(40, healthy)).toBe('wait')
    expect(plan.why).toBe('budget')
  })

  it('is not sent into a storm, and late tries are counted on', () => {
    const attempts = warm(service())
    const late = Array.from({ length: 60 }, (_, i) => {
      const plan = attempts.plan({ ...CALL, backupOn: i >= 50 }, 0)
      plan.launched(0, `e${i % 5}`, false)
      plan.late(plan.wakeAt, healthy)
      return plan.why
    })
    expect(late[0]).toBe('mode')
    expect(late.slice(50)).toEqual(Array(10).fill('storm'))
    expect(attempts.inspect(105).operations[0]).toMatchObject({ armed: 60, late: 60 })
    expect(attempts.inspect(105).storm.share).toBe(0)
  })

  it('is skipped when less is left than the callee usually takes', () => {
    const plan = begun(warm(service()), { deadline: 64, median: 5 })
    expect(plan.late(plan.wakeAt, healthy)).toBe('wait')
    expect(plan.why).toBe('deadline')
  })

  it('is not woken for past the deadline', () => {
    expect(begun(warm(service()), { deadline: 50 }).wakeAt).toBe(Infinity)
  })

  it('that finds no endpoint leaves the call its extra try, but not the budget its token', () => {
    const attempts = warm(service())
    const plan = begun(attempts)
    plan.late(plan.wakeAt, healthy)
    const left = attempts.budget.balance(105)
    expect(plan.unplaced('backup', 105)).toBe('wait')
    expect(attempts.budget.balance(105)).toBe(left)
    expect(plan.failed(0, UNAVAILABLE, true, 110)).toBe('wait')
    expect(plan.late(plan.wakeAt, healthy)).toBe('launch')
    expect(plan.cause).toBe('retry')
  })

  it('after a callee said "do not retry" is not sent either', () => {
    const plan = begun(warm(service({ retry: { maxExtraTries: 3 } })))
    plan.late(plan.wakeAt, healthy)
    const backup = plan.launched(105, 'b', false)
    plan.failed(backup, { ...UNAVAILABLE, doNotRetry: true }, true, 110)
    expect(plan.failed(0, UNAVAILABLE, true, 120)).toBe('settle')
    expect(plan.why).toBe('pushback')
  })
})

describe('a rescue', () => {
  it('goes out for a try older than twenty medians on a suspect endpoint; the first is kept', () => {
    const plan = begun(service())
    expect(plan.wakeAt).toBe(100)
    expect(plan.late(100, hung)).toBe('launch')
    expect(plan.cause).toBe('rescue')
    plan.launched(100, 'b', false)
    plan.succeeded(0, 150)
    expect(plan.wakeAt).toBe(Infinity)
  })

  it('is asked for again at twice the age while the endpoint seems healthy', () => {
    const plan = begun(service())
    expect(plan.late(100, healthy)).toBe('wait')
    expect([plan.why, plan.wakeAt]).toEqual(['cold', 200])
    expect(plan.late(200, healthy)).toBe('wait')
    expect(plan.wakeAt).toBe(400)
    expect(plan.late(400, true)).toBe('launch')
  })

  it('does not take a pause of this process for a hung endpoint', () => {
    expect(begun(service(), { median: 0.1 }).wakeAt).toBe(20)
  })

  it('is paid from the retry budget alone', () => {
    const attempts = service({ budget: { ratio: 0, floor: 0, initial: 1 } })
    expect(begun(attempts).late(100, hung)).toBe('launch')
    const plan = begun(attempts)
    expect(plan.late(100, hung)).toBe('wait')
    expect(plan.why).toBe('budget')
  })

  it('waits as long as one of two tries is young or healthy', () => {
    const plan = begun(warm(service({ retry: { maxExtraTries: 2 } })), { median: 10 })
    plan.late(plan.wakeAt, healthy)
    const backup = plan.launched(110, 'b', false)
    expect(plan.wakeAt).toBe(310)
    expect(plan.late(310, (ordinal) => ordinal !== backup)).toBe('wait')
    expect(plan.late(plan.wakeAt, hung)).toBe('launch')
    expect(plan.cause).toBe('rescue')
  })

  it.each(['sequential', 'if-unprocessed', 'never'] as const)('is not for a call that repeats %s', (repeat) => {
    expect(begun(service(), { repeat }).wakeAt).toBe(Infinity)
  })

  it('that finds no endpoint is not asked for again', () => {
    const plan = begun(service())
    plan.late(100, hung)
    expect(plan.unplaced('rescue', 100)).toBe('wait')
    expect(plan.wakeAt).toBe(Infinity)
  })
})

describe('a plan', () => {
  it('settles when the first try finds no endpoint, before or after it was launched', () => {
    expect(service().plan(CALL, 0).unplaced('first', 0)).toBe('settle')
    const plan = service().plan(CALL, 0)
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
    const plan = service().plan(CALL, 0)
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
    const outlying = attempts.plan(CALL, 0)
    outlying.launched(0, 'a', true)
    outlying.succeeded(0, 5)
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
})
