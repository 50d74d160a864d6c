import { describe, expect, it } from 'vitest'
import { Trial } from './trial.ts'

describe('one event', () => {
  it('is what has the same cause within a second', () => {
    const trial = new Trial(10_000, 0)
    const cause = new Error('session closed')
    expect([0, 1, 999].map((now) => trial.isSameEvent(cause, now))).toEqual([false, true, true])
  })

  it('is another one later, since some libraries throw one error object for ever', () => {
    const trial = new Trial(10_000, 0)
    const cause = new Error('socket closed')
    expect([0, 1_000, 1_500, 2_000].map((now) => trial.isSameEvent(cause, now))).toEqual([false, false, true, false])
  })

  it('is never seen in a cause that is a word or nothing: equal words are no identity', () => {
    const trial = new Trial(10_000, 0)
    expect(['ECONNRESET', 'ECONNRESET', undefined, undefined, null, null].some((cause) => trial.isSameEvent(cause, 0))).toBe(false)
  })
})

describe('the ramp', () => {
  it('gives a growing share of the weight, from a tenth on, and all of it when it is off', () => {
    const trial = new Trial(10_000, 0)
    trial.comeBack(1_000)
    expect([1_000, 1_400, 2_000, 5_999, 6_000].map((now) => trial.share(now, 5_000))).toEqual([0.1, 0.1, 0.2, 0.9998, 1])
    expect(trial.share(1_000, 0)).toBe(1)
  })
})
