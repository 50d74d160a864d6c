import { describe, expect, it } from 'vitest'
import { begun, CALL, service, UNAVAILABLE, warm } from './calls.test-support.ts'

const hung = (): boolean => true
const healthy = (): boolean => false

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

  it('is not asked for at once, and again for ever, when the fleet has shrunk to one under way', () => {
    const call = { ...CALL, endpoints: 2 }
    const plan = warm(service({ retry: { maxExtraTries: 3 } })).plan(call)
    plan.launched(0, 'a', false)
    expect(plan.late(100, hung)).toBe('launch')
    call.endpoints = 1
    plan.launched(100, 'a', false)
    expect(plan.wakeAt).toBe(Infinity)
  })

  it('is not sent after the callee said "do not retry"', () => {
    const plan = begun(warm(service({ retry: { maxExtraTries: 3 } })))
    plan.late(plan.wakeAt, healthy)
    plan.failed(plan.launched(70, 'b', false), { ...UNAVAILABLE, doNotRetry: true }, true, 80)
    expect(plan.late(plan.wakeAt, hung)).toBe('wait')
    expect([plan.cause, plan.why]).toEqual(['rescue', 'pushback'])
  })
})
