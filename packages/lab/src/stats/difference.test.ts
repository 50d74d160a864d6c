import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { normalQuantile } from '../workload/service-time.ts'
import { differenceOf } from './difference.ts'

describe('a difference', () => {
  it('under the same seeds shows although the seeds differ far more among themselves', () => {
    const first = [10, 30, 20, 50]
    const second = [11.1, 31, 20.9, 51]
    expect(differenceOf(first, second, true)).toMatchObject({ difference: expect.closeTo(1, 9), beyondNoise: true })
    expect(differenceOf(first, second, false)).toMatchObject({ difference: expect.closeTo(1, 9), beyondNoise: false })
  })

  it('of nothing is within the noise', () => {
    expect(differenceOf([5, 7], [5, 7], true)).toEqual({ difference: 0, low: 0, high: 0, beyondNoise: false })
  })

  it('of one seed may be noise or not', () => {
    expect(differenceOf([5], [9], true).beyondNoise).toBeUndefined()
    expect(differenceOf([5, 6], [9], false).beyondNoise).toBeUndefined()
  })

  it('is taken for one that is not there in 5 of 100 cases', () => {
    const random = seededRandom(9)
    const sample = (size: number, deviation: number): number[] =>
      Array.from({ length: size }, () => deviation * normalQuantile(random.next() * 0.999998 + 1e-6))
    const beyond = Array.from({ length: 2_000 }, () => differenceOf(sample(5, 1), sample(8, 3), false).beyondNoise)
    const share = beyond.filter(Boolean).length / beyond.length
    expect(share).toBeGreaterThan(0.03)
    expect(share).toBeLessThan(0.07)
  })
})
