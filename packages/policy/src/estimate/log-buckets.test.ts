import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { ENDPOINT_BUCKETS, endpointBucket, LogBuckets, OPERATION_BUCKETS } from './log-buckets.ts'

const values = fc.double({ min: 0.0101, max: 119_000, noNaN: true })

describe('LogBuckets', () => {
  it('represents every value in its range within the accuracy it was asked for', () => {
    const accuracies = fc.double({ min: 0.002, max: 0.4, noNaN: true })
    expect(counterexample(fc.tuple(accuracies, values), ([accuracy, value]) => {
      const buckets = new LogBuckets(accuracy, 0.01, 120_000)
      const representative = buckets.representative(buckets.index(value))
      return Math.abs(representative - value) <= accuracy * value * (1 + 1e-9)
    })).toBeUndefined()
  })

  it('puts a value between the bounds of its bucket, also at the bounds themselves', () => {
    const bounds = fc.integer({ min: 1, max: OPERATION_BUCKETS.count - 2 }).map((i) => OPERATION_BUCKETS.upper(i))
    const nudged = bounds.chain((bound) => fc.constantFrom(bound, bound * (1 + 1e-12), bound * (1 - 1e-12)))
    expect(counterexample(fc.oneof(values, nudged), (value) => {
      const index = OPERATION_BUCKETS.index(value)
      return value > OPERATION_BUCKETS.lower(index) && value <= OPERATION_BUCKETS.upper(index)
    })).toBeUndefined()
  })

  it('keeps what is out of range, and what is no number, in its first and last buckets', () => {
    expect([0, -5, 0.01, Number.NaN].map((value) => OPERATION_BUCKETS.index(value))).toEqual([0, 0, 0, 0])
    const last = OPERATION_BUCKETS.count - 1
    expect([1e6, 1e300, Infinity].map((value) => OPERATION_BUCKETS.index(value))).toEqual([last, last, last])
  })

  it('pairs buckets so that an endpoint needs no search of its own', () => {
    expect(ENDPOINT_BUCKETS.accuracy).toBeLessThan(0.05)
    expect(counterexample(values, (value) =>
      ENDPOINT_BUCKETS.index(value) === endpointBucket(OPERATION_BUCKETS.index(value)))).toBeUndefined()
  })

  it('refuses an accuracy and bounds that mean nothing, and says what is accepted', () => {
    expect(() => new LogBuckets(0, 1, 2)).toThrow(/accuracy: got 0, accepted is/)
    expect(() => new LogBuckets(0.02, 0, 2)).toThrow(/bounds: got 0…2, accepted is/)
    expect(() => new LogBuckets(0.02, 5, 5)).toThrow(RangeError)
  })
})
