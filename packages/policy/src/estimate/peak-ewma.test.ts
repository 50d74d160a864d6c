import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { addPeak, forgetPeak, PEAK_WIDTH, raisePeak, readPeak } from './peak-ewma.ts'

const PER_DECAY = 1 / 10_000

function fresh(): Float64Array {
  const numbers = new Float64Array(PEAK_WIDTH)
  forgetPeak(numbers, 0)
  return numbers
}

/** The first sample is as ordinary as the pool, so that those that are listed count in full. */
function after(samples: readonly (readonly [sample: number, now: number])[], pool = 1): Float64Array {
  const numbers = fresh()
  addPeak(numbers, 0, pool, 0, pool, PER_DECAY)
  for (const [sample, now] of samples) addPeak(numbers, 0, sample, now, pool, PER_DECAY)
  return numbers
}

describe('peak EWMA', () => {
  it('starts at what is ordinary in the pool', () => {
    expect(readPeak(fresh(), 0, 5, 3, PER_DECAY)).toBe(3)
  })

  it('is not raised by the first sample of all, which carries what only first replies carry', () => {
    const numbers = fresh()
    addPeak(numbers, 0, 23, 0, 3, PER_DECAY)
    expect(readPeak(numbers, 0, 0, 3, PER_DECAY)).toBe(3)
    addPeak(numbers, 0, 23, 1, 3, PER_DECAY)
    expect(readPeak(numbers, 0, 1, 3, PER_DECAY)).toBeCloseTo(7, 5)
  })

  it('remembers no more than ten times what is ordinary, so that what hung is not avoided long after', () => {
    const always = Array.from({ length: 50 }, () => [500, 20] as const)
    expect(readPeak(after(always, 2), 0, 20, 2, PER_DECAY)).toBeCloseTo(20, 3)
    const numbers = after([[1, 0]])
    raisePeak(numbers, 0, 160, 0, 1, PER_DECAY)
    expect(readPeak(numbers, 0, 0, 1, PER_DECAY)).toBe(10)
  })

  it('believes an answer against the bound that a given-up try had set: after three of them little of it is left', () => {
    const numbers = after([[1, 0]])
    raisePeak(numbers, 0, 9, 0, 1, PER_DECAY)
    const left = [1, 2, 3].map((i) => {
      addPeak(numbers, 0, 1, i, 1, PER_DECAY)
      return readPeak(numbers, 0, i, 1, PER_DECAY)
    })
    expect(left.map((value) => Math.round(value * 10) / 10)).toEqual([3, 1.5, 1.1])
    raisePeak(numbers, 0, 6, 4, 1, PER_DECAY)
    addPeak(numbers, 0, 8, 5, 1, PER_DECAY)
    addPeak(numbers, 0, 1, 6, 1, PER_DECAY)
    expect(readPeak(numbers, 0, 6, 1, PER_DECAY)).toBeCloseTo(8, 1)
  })

  it('goes a fifth of the way up with each sample, so that one large call of a good endpoint is no peak', () => {
    const up = [1, 2, 3].map((samples) => readPeak(after(Array.from({ length: samples }, () => [10, 20] as const)), 0, 20, 1, PER_DECAY))
    expect(up.map((value) => Math.round(value * 10) / 10)).toEqual([2.8, 4.2, 5.4])
  })

  it('comes down with its time constant, however many good samples there are', () => {
    const numbers = after([[6, 0], ...Array.from({ length: 1_000 }, (_, i) => [1, 10 * (i + 1)] as const)])
    expect(readPeak(numbers, 0, 10_000, 1, PER_DECAY)).toBeCloseTo(1 + 1 / Math.E, 1)
  })

  it('moves to what is ordinary in the pool while nothing is heard, from above and from below', () => {
    expect(readPeak(after([[6, 0]]), 0, 10_000, 1, PER_DECAY)).toBeCloseTo(1 + 1 / Math.E, 2)
    const low = fresh()
    addPeak(low, 0, 1, 0, 10, PER_DECAY)
    expect(readPeak(low, 0, 10_000, 10, PER_DECAY)).toBeCloseTo(10 - 9 / Math.E, 2)
    expect(readPeak(after([[6, 0]]), 0, 1e9, 1, PER_DECAY)).toBe(1)
  })

  it('is only ever raised by a try that was given up', () => {
    const numbers = after([[10, 0]])
    raisePeak(numbers, 0, 2, 1, 1, PER_DECAY)
    expect(readPeak(numbers, 0, 1, 1, PER_DECAY)).toBeCloseTo(2.8, 1)
    raisePeak(numbers, 0, 7, 2, 1, PER_DECAY)
    expect(readPeak(numbers, 0, 2, 1, PER_DECAY)).toBe(7)
  })

  it('stays between the least and the greatest of its samples and the pool', () => {
    const samples = fc.array(fc.tuple(fc.double({ min: 0, max: 100, noNaN: true }), fc.integer({ min: 0, max: 60_000 })), { maxLength: 30 })
    expect(counterexample(samples, (steps) => {
      const numbers = fresh()
      let now = 0
      return steps.every(([sample, wait]) => {
        now += wait
        addPeak(numbers, 0, sample, now, 2, PER_DECAY)
        const read = readPeak(numbers, 0, now + wait, 2, PER_DECAY)
        const all = [2, ...steps.map(([s]) => s)]
        return read >= Math.min(...all) - 1e-9 && read <= Math.max(...all) + 1e-9
      })
    })).toBeUndefined()
  })
})
