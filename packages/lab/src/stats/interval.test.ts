import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { normalQuantile } from '../workload/service-time.ts'
import { interval } from './interval.ts'

describe('an interval of a mean', () => {
  it('is as the textbook has it', () => {
    // Five values of mean 10 and deviation 1.5811: 10 ± 2.776 · 1.5811 / √5.
    const { mean, low, high } = interval([8, 9, 10, 11, 12])
    expect(mean).toBe(10)
    expect(high - 10).toBeCloseTo(1.963, 3)
    expect(10 - low).toBeCloseTo(1.963, 3)
  })

  it('holds the true mean 95 times of 100', () => {
    const random = seededRandom(4)
    const held = Array.from({ length: 2_000 }, () => {
      const sample = Array.from({ length: 6 }, () => 3 + normalQuantile(random.next() * 0.999998 + 1e-6))
      const { low, high } = interval(sample)
      return low <= 3 && high >= 3
    }).filter(Boolean).length
    expect(held / 2_000).toBeGreaterThan(0.935)
    expect(held / 2_000).toBeLessThan(0.965)
  })

  it('has no width with one value: nothing is known of the noise', () => {
    expect(interval([7])).toEqual({ mean: 7, low: 7, high: 7 })
  })
})
