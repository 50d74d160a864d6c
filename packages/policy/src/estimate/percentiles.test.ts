import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { ENDPOINT_BUCKETS, OPERATION_BUCKETS } from './log-buckets.ts'
import { Percentiles } from './percentiles.ts'

const latencies = fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 })

function nearestRank(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!
}

describe('Percentiles', () => {
  it('answers every quantile within the accuracy of its buckets', () => {
    const quantiles = fc.double({ min: 0, max: 1, noNaN: true })
    expect(counterexample(fc.tuple(latencies, quantiles), ([values, q]) => {
      const percentiles = new Percentiles({ buckets: OPERATION_BUCKETS })
      for (const value of values) percentiles.insert(value, 5)
      const exact = nearestRank(values, q)
      return Math.abs(percentiles.quantile(q, 5)! - exact) <= 0.02 * exact * (1 + 1e-9)
    })).toBeUndefined()
  })

  it('knows nothing before the first sample', () => {
    const percentiles = new Percentiles({ buckets: OPERATION_BUCKETS })
    expect([percentiles.count(0), percentiles.quantile(0.5, 0)]).toEqual([0, undefined])
  })

  it('counts exactly the samples of the slices that its window still covers', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 60 })
    expect(counterexample(steps, (waits) => {
      const percentiles = new Percentiles({ buckets: OPERATION_BUCKETS, window: 30, slices: 3 })
      const inserted: number[] = []
      let now = 0
      return waits.every((wait) => {
        now += wait
        percentiles.insert(7, now)
        inserted.push(now)
        const later = now + (wait % 13)
        const oldest = (Math.floor(later / 10) - 2) * 10
        return percentiles.count(later) === inserted.filter((at) => at >= oldest).length
      })
    })).toBeUndefined()
  })

  it('forgets a slow minute when it has left the window, and reading does not change what is known', () => {
    const percentiles = new Percentiles({ buckets: OPERATION_BUCKETS })
    for (let i = 0; i < 100; i++) percentiles.insert(1_000, 0)
    percentiles.insert(5, 25_000)
    expect(percentiles.quantile(0.5, 60_000)).toBeUndefined()
    expect(percentiles.quantile(0.5, 25_000)).toBeGreaterThan(900)
    expect(percentiles.quantile(0.5, 31_000)).toBeLessThan(6)
  })

  it('keeps the shape of a slice when a 16-bit counter would overflow', () => {
    const percentiles = new Percentiles({ buckets: ENDPOINT_BUCKETS, counter: 16 })
    for (let i = 0; i < 90_000; i++) percentiles.insert(i % 10 === 0 ? 500 : 5, 0)
    expect(percentiles.quantile(0.89, 0)).toBeLessThan(6)
    expect(percentiles.quantile(0.92, 0)).toBeGreaterThan(450)
  })

  it('merges as if one had seen the samples of both, whenever each of them was seen', () => {
    const seen = fc.array(fc.tuple(fc.double({ min: 1, max: 1_000, noNaN: true }), fc.integer({ min: 0, max: 80 })), { maxLength: 60 })
    expect(counterexample(fc.tuple(seen, seen), ([mine, theirs]) => {
      const shape = { buckets: OPERATION_BUCKETS, window: 30, slices: 3 }
      const [a, b, both] = [new Percentiles(shape), new Percentiles(shape), new Percentiles(shape)]
      const byTime = (x: readonly [number, number], y: readonly [number, number]): number => x[1] - y[1]
      for (const [value, at] of [...mine].sort(byTime)) a.insert(value, at)
      for (const [value, at] of [...theirs].sort(byTime)) b.insert(value, at)
      for (const [value, at] of [...mine, ...theirs].sort(byTime)) both.insert(value, at)
      a.merge(b)
      return a.count(80) === both.count(80) && a.quantile(0.5, 80) === both.quantile(0.5, 80)
    })).toBeUndefined()
  })

  it('refuses to merge what has other buckets or another window', () => {
    const percentiles = new Percentiles({ buckets: OPERATION_BUCKETS })
    expect(() => percentiles.merge(new Percentiles({ buckets: ENDPOINT_BUCKETS }))).toThrow(/same buckets and window/)
    expect(() => percentiles.merge(new Percentiles({ buckets: OPERATION_BUCKETS, window: 5 }))).toThrow(RangeError)
  })
})
