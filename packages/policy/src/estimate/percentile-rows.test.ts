import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { ENDPOINT_BUCKETS } from './log-buckets.ts'
import { PercentileRows } from './percentile-rows.ts'
import { Percentiles } from './percentiles.ts'

describe('PercentileRows', () => {
  it('is to each row what percentiles of its own would be', () => {
    const samples = fc.array(fc.record({
      row: fc.integer({ min: 0, max: 39 }), wait: fc.integer({ min: 0, max: 6 }), value: fc.double({ min: 0.1, max: 900, noNaN: true }),
    }), { maxLength: 150 })
    expect(counterexample(samples, (inserts) => {
      const shape = { buckets: ENDPOINT_BUCKETS, window: 30, slices: 3, counter: 16 } as const
      const rows = new PercentileRows(shape)
      const own = Array.from({ length: 40 }, () => ({ row: rows.take(), percentiles: new Percentiles(shape) }))
      let now = 0
      for (const { row, wait, value } of inserts) {
        now += wait
        rows.insertAt(own[row]!.row, ENDPOINT_BUCKETS.index(value), now)
        own[row]!.percentiles.insert(value, now)
      }
      return own.every(({ row, percentiles }) => rows.quantile(row, 0.5, now) === percentiles.quantile(0.5, now))
    })).toBeUndefined()
  })

  it('counts every one of more samples than it counts together', () => {
    const rows = new PercentileRows({ buckets: ENDPOINT_BUCKETS, counter: 16 })
    const [few, many] = [rows.take(), rows.take()]
    for (let i = 0; i < 1_000; i++) rows.insertAt(i % 10 < 3 ? few : many, i % 10 < 3 ? 10 : 20 + (i % 2), 0)
    for (const [row, q, bucket] of [[few, 1, 10], [many, 0.42, 20], [many, 0.44, 21]] as const) {
      expect(rows.quantile(row, q, 0)).toBe(ENDPOINT_BUCKETS.representative(bucket))
    }
  })

  it('halves the counts of a slice of which one would overflow', () => {
    const rows = new PercentileRows({ buckets: ENDPOINT_BUCKETS, counter: 16 })
    const row = rows.take()
    for (let i = 0; i < 50_000; i++) rows.insertAt(row, 20, 0)
    for (let i = 0; i < 100_000; i++) rows.insertAt(row, 30, 0)
    expect([0.2, 0.4].map((q) => rows.quantile(row, q, 0))).toEqual([20, 30].map((bucket) => ENDPOINT_BUCKETS.representative(bucket)))
  })

  it('gives a returned row to the next one empty', () => {
    const rows = new PercentileRows({ buckets: ENDPOINT_BUCKETS, counter: 16 })
    const first = rows.take()
    rows.insertAt(first, 20, 0)
    rows.give(first)
    expect([rows.take() === first, rows.quantile(first, 0.5, 0)]).toEqual([true, undefined])
  })
})
