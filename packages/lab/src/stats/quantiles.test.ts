import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { latencies, quantile } from './quantiles.ts'

it('takes the nearest rank', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, at) => at + 1)
  expect(quantile(hundred, 0.5)).toBe(50)
  expect(quantile(hundred, 0.99)).toBe(99)
  expect(quantile(hundred, 0.999)).toBe(100)
  expect(quantile(hundred, 1)).toBe(100)
  expect(quantile(new Float64Array(), 0.5)).toBe(0)
})

it('is a sample with at least the share q at or below it, and no smaller one is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1 }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      (samples, q) => {
        const value = quantile(Float64Array.from(samples).sort(), q)
        const share = (limit: (sample: number) => boolean): number => samples.filter(limit).length / samples.length
        expect(share((sample) => sample <= value)).toBeGreaterThanOrEqual(q - 1e-12)
        expect(share((sample) => sample < value)).toBeLessThan(q)
      }
    )
  )
})

it('does not need its samples in order', () => {
  expect(latencies([30, 10, 20])).toEqual({ p50: 20, p90: 30, p99: 30, p999: 30, max: 30 })
})
