import { describe, expect, it } from 'vitest'
import { begun, CALL, service, UNAVAILABLE, warm, winning } from './calls.test-support.ts'
import type { Attempts } from './attempts.ts'
import type { CallPlan } from './plan.ts'

const healthy = (): boolean => false

/** The try fails, its backoff passes, the next one goes out. */
function retried(plan: CallPlan, ordinal: number, now: number): number {
  expect(plan.failed(ordinal, UNAVAILABLE, true, now)).toBe('wait')
  expect(plan.late(plan.wakeAt, healthy)).toBe('launch')
  return plan.launched(plan.wakeAt, 'b', false)
}

function retriedAndAnswered(attempts: Attempts): void {
  const plan = begun(attempts)
  plan.succeeded(retried(plan, 0, 10), 20)
}

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
    expect(plan.wakeAt).toBe(Infinity)
    expect(plan.failed(0, UNAVAILABLE, true, 110)).toBe('wait')
    expect(plan.failed(backup, UNAVAILABLE, true, 120)).toBe('settle')
    expect(plan.why).toBe('exhausted')
  })

  it('waits with a retry while another try is in flight', () => {
    const plan = begun(warm(service({ retry: { maxExtraTries: 2 } })))
    plan.late(plan.wakeAt, healthy)
    const backup = plan.launched(105, 'b', false)
    expect(plan.failed(backup, UNAVAILABLE, true, 110)).toBe('wait')
    expect([plan.why, plan.wakeAt]).toEqual([undefined, 205])
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
    expect(rich.budget.balance(105)).toBeCloseTo(shared - 1, 1)

    const poor = warm(service({ budget: { ratio: 0, floor: 0, initial: 0 } }))
    const refused = begun(poor)
    expect(refused.late(refused.wakeAt, healthy)).toBe('wait')
    expect(refused.why).toBe('budget')
    expect(poor.backupBudget.balance(105)).toBeCloseTo(own + 0.02)
  })

  it('cannot be afforded without calls to pay for it', () => {
    const plan = begun(winning(service({ backup: { after: 40 } })))
    expect(plan.late(40, healthy)).toBe('wait')
    expect(plan.why).toBe('budget')
  })

  it('is sent by few of the late calls where backups hardly win, and by all again once they do', () => {
    const dice = { next: () => 0.3 }
    const attempts = warm(service({ backup: { maxExtraLoad: 0.1 } }, dice))
    /** A late call with its answer; whether it had sent a backup. */
    const late = (backupWins: boolean): boolean => {
      const plan = begun(attempts)
      const sent = plan.late(plan.wakeAt, healthy) === 'launch'
      const backup = sent ? plan.launched(plan.wakeAt, 'b', false) : 0
      plan.succeeded(backupWins ? backup : 0, 110)
      // The loser is drained: it is no verdict.
      plan.succeeded(backupWins ? 0 : backup, 300)
      return sent
    }
    const losing = Array.from({ length: 30 }, () => late(false))
    expect(losing.filter(Boolean)).toHaveLength(13)
    const refused = begun(attempts)
    refused.late(refused.wakeAt, healthy)
    expect(refused.why).toBe('worth')
    // One in ten is sent whatever they won, or nobody would learn that they win again.
    dice.next = () => 0.09
    expect(Array.from({ length: 30 }, () => late(true)).every(Boolean)).toBe(true)
    dice.next = () => 0.99
    expect(late(true)).toBe(true)
  })

  it('says nothing of its worth when another try of its call has failed or was resent', () => {
    const attempts = warm(service({ retry: { maxExtraTries: 2 } }))
    const { share } = attempts.worth
    retriedAndAnswered(attempts)
    expect(attempts.worth.share).toBe(share)
  })

  it('is not sent into a storm, and late tries are counted on', () => {
    const attempts = warm(service())
    const late = Array.from({ length: 60 }, (_, i) => {
      const plan = attempts.plan({ ...CALL, backupOn: i >= 50 })
      plan.launched(0, `e${i % 5}`, false)
      plan.late(plan.wakeAt, healthy)
      return plan.why
    })
    expect(late[0]).toBe('mode')
    expect(late.slice(50)).toEqual(Array(10).fill('storm'))
    expect(attempts.inspect(105).operations[0]).toMatchObject({ armed: 60, late: 60 })
    expect(attempts.inspect(105).storm.share).toBe(0)
  })

  it('counts late tries where nobody knows of endpoints', () => {
    const attempts = warm(service())
    const plan = attempts.plan({ ...CALL, endpoints: Infinity })
    plan.launched(0)
    expect(plan.late(plan.wakeAt, healthy)).toBe('launch')
    expect(attempts.inspect(105).operations[0]).toMatchObject({ armed: 1, late: 1 })
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
