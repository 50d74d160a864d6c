import { describe, expect, it } from 'vitest'
import type { Failure } from '../types.ts'
import { begun, REFUSED, service, UNAVAILABLE, UNSENT, warm } from './calls.test-support.ts'
import { always } from './chance.test-support.ts'

const healthy = (): boolean => false

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

  it.each([[503], ['503']])('follows the status that the user lists as %j, and no other of the same code', (listed) => {
    const attempts = service({ retry: { codes: [listed] } })
    expect(begun(attempts).failed(0, UNAVAILABLE, true, 10)).toBe('wait')
    expect(begun(attempts).failed(0, { ...UNAVAILABLE, status: 502 }, true, 10)).toBe('settle')
    expect(begun(attempts).failed(0, UNSENT, true, 10)).toBe('launch')
  })

  it('follows a business code only where that is listed, whatever else the reply says', () => {
    const answer: Failure = { ...UNAVAILABLE, business: 'SOLD_OUT' }
    expect(begun(service({ retry: { codes: [503, 'UNAVAILABLE'] } })).failed(0, answer, true, 10)).toBe('settle')
    expect(begun(service({ retry: { codes: ['SOLD_OUT'] } })).failed(0, answer, true, 10)).toBe('wait')
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
