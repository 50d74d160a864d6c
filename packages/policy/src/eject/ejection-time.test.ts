import { describe, expect, it } from 'vitest'
import { ejectionLength, forgive, jittered } from './ejection-time.ts'
import { Trial } from './trial.ts'

function tried(times: number, length: number, returnedAt: number): Trial {
  const trial = new Trial(10_000, 0)
  trial.times = times
  trial.length = length
  trial.returnedAt = returnedAt
  return trial
}

describe('time out', () => {
  it('doubles up to its maximum', () => {
    expect([1, 2, 3, 6, 7, 40].map((times) => ejectionLength(times, 5_000, 300_000)))
      .toEqual([5_000, 10_000, 20_000, 160_000, 300_000, 300_000])
  })

  it('is never shorter than the first', () => {
    expect(ejectionLength(1, 5_000, 1_000)).toBe(5_000)
  })

  it('is longer by up to a fifth, so that many clients do not probe at one time', () => {
    expect([0, 0.5, 1].map((dice) => jittered(5_000, dice))).toEqual([5_000, 5_500, 6_000])
  })

  it('is forgiven step by step: one ejection for each healthy interval of the length it earned', () => {
    const trial = tried(3, 20_000, 0)
    forgive(trial, 19_999, 5_000, 300_000)
    expect(trial.times).toBe(3)
    forgive(trial, 20_000, 5_000, 300_000)
    expect([trial.times, trial.length]).toEqual([2, 10_000])
    const long = tried(3, 20_000, 0)
    forgive(long, 35_000, 5_000, 300_000)
    expect([long.times, long.length]).toEqual([0, 0])
  })
})
