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

  it('gives a returned row to the next one empty', () => {
    const rows = new PercentileRows({ buckets: ENDPOINT_BUCKETS, counter: 16 })
    const first = rows.take()
    rows.insertAt(first, 20, 0)
    rows.give(first)
    expect([rows.take() === first, rows.quantile(first, 0.5, 0)]).toEqual([true, undefined])
  })
})
