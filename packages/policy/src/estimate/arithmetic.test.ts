import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { fade } from './fade.ts'
import { lowerMedian } from './median.ts'

describe('fade', () => {
  it('is the exponential, within 0.0004, and never grows', () => {
    const elapsed = fc.double({ min: 0, max: 1e6, noNaN: true })
    expect(counterexample(fc.tuple(elapsed, elapsed), ([x, more]) =>
      Math.abs(fade(x) - Math.exp(-x)) <= 0.0004 && fade(x + more) <= fade(x))).toBeUndefined()
  })

  it('never grows from one way of computing it to the next', () => {
    for (let i = 1; i < 10_000; i++) expect(fade(i / 1e6)).toBeLessThan(fade((i - 1) / 1e6))
    for (let i = 1; i < 10_000; i++) expect(fade(i / 1e3)).toBeLessThanOrEqual(fade((i - 1) / 1e3))
  })

  it('leaves everything after no time, and nothing after an endless one', () => {
    expect([fade(0), fade(Infinity)]).toEqual([1, 0])
  })
})

describe('lowerMedian', () => {
  it('is the middle one, or the lower of two', () => {
    const lists = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 130 })
    expect(counterexample(fc.oneof(lists, fc.array(fc.constantFrom(1, 2), { minLength: 1 })), (values) => {
      const sorted = Float64Array.from(values).sort()
      return lowerMedian(Float64Array.from(values), values.length) === sorted[(values.length - 1) >> 1]
    })).toBeUndefined()
  })

  it('looks at no more values than it was told to', () => {
    expect(lowerMedian(Float64Array.of(5, 4, 6, -1, -1, -1), 3)).toBe(5)
  })
})
