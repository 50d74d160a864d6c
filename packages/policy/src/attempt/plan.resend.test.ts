import { describe, expect, it } from 'vitest'
import { begun, service, UNAVAILABLE, UNSENT, warm } from './calls.test-support.ts'

const healthy = (): boolean => false

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

  it('takes the watch along: when the resent try has failed, no backup follows', () => {
    const plan = begun(warm(service({ retry: { maxExtraTries: 2 }, rescue: false })))
    plan.failed(0, UNSENT, true, 1)
    plan.failed(plan.launched(1, 'b', false), UNAVAILABLE, true, 2)
    expect(plan.late(plan.wakeAt, healthy)).toBe('launch')
    plan.launched(20, 'c', false)
    expect(plan.wakeAt).toBe(Infinity)
  })

  it('is not resent once another try has won', () => {
    const plan = begun(warm(service()))
    plan.late(plan.wakeAt, healthy)
    plan.succeeded(plan.launched(105, 'b', false), 110)
    expect(plan.failed(0, UNSENT, true, 111)).toBe('wait')
  })

  it('and finds no endpoint for the next takes the watch along, too', () => {
    const plan = begun(warm(service()), { median: 1 })
    expect(plan.late(plan.wakeAt, true)).toBe('launch')
    plan.launched(20, 'b', false)
    plan.failed(0, UNSENT, true, 21)
    expect(plan.unplaced('retry', 21)).toBe('wait')
    expect(plan.wakeAt).toBe(Infinity)
    expect(plan.late(1000, true)).toBe('wait')
  })
})
