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
    addPeak(numbers, 0, 40, 0, 3, PER_DECAY)
    expect(readPeak(numbers, 0, 0, 3, PER_DECAY)).toBe(3)
    addPeak(numbers, 0, 40, 1, 3, PER_DECAY)
    expect(readPeak(numbers, 0, 1, 3, PER_DECAY)).toBeCloseTo(40, 5)
  })

  it('remembers no more than twenty times what is ordinary, so that what hung is not avoided long after', () => {
    expect(readPeak(after([[1, 0], [500, 20]], 2), 0, 20, 2, PER_DECAY)).toBe(40)
    const numbers = after([[1, 0]])
    raisePeak(numbers, 0, 160, 0, 1, PER_DECAY)
    expect(readPeak(numbers, 0, 0, 1, PER_DECAY)).toBe(20)
  })

  it('believes an answer against the bound that a given-up try had set: after three of them little of it is left', () => {
    const numbers = after([[1, 0]])
    raisePeak(numbers, 0, 19, 0, 1, PER_DECAY)
    const left = [1, 2, 3].map((i) => {
      addPeak(numbers, 0, 1, i, 1, PER_DECAY)
      return readPeak(numbers, 0, i, 1, PER_DECAY)
    })
    expect(left.map((value) => Math.round(value * 10) / 10)).toEqual([5.5, 2.1, 1.3])
    raisePeak(numbers, 0, 10, 4, 1, PER_DECAY)
    addPeak(numbers, 0, 12, 5, 1, PER_DECAY)
    addPeak(numbers, 0, 1, 6, 1, PER_DECAY)
    expect(readPeak(numbers, 0, 6, 1, PER_DECAY)).toBeCloseTo(12, 1)
  })

  it('goes up at once', () => {
    expect(readPeak(after([[1, 0], [1, 10], [14, 20]]), 0, 20, 1, PER_DECAY)).toBe(14)
  })

  it('comes down with its time constant, however many good samples there are', () => {
    const numbers = after([[11, 0], ...Array.from({ length: 1_000 }, (_, i) => [1, 10 * (i + 1)] as const)])
    expect(readPeak(numbers, 0, 10_000, 1, PER_DECAY)).toBeCloseTo(1 + 10 / Math.E, 1)
  })

  it('moves to what is ordinary in the pool while nothing is heard, from above and from below', () => {
    expect(readPeak(after([[11, 0]]), 0, 10_000, 1, PER_DECAY)).toBeCloseTo(1 + 10 / Math.E, 2)
    const low = fresh()
    addPeak(low, 0, 1, 0, 10, PER_DECAY)
    expect(readPeak(low, 0, 10_000, 10, PER_DECAY)).toBeCloseTo(10 - 9 / Math.E, 2)
    expect(readPeak(after([[11, 0]]), 0, 1e9, 1, PER_DECAY)).toBe(1)
  })

  it('is only ever raised by a try that was given up', () => {
    const numbers = after([[10, 0]])
    raisePeak(numbers, 0, 4, 1, 1, PER_DECAY)
    expect(readPeak(numbers, 0, 1, 1, PER_DECAY)).toBeCloseTo(10, 1)
    raisePeak(numbers, 0, 15, 2, 1, PER_DECAY)
    expect(readPeak(numbers, 0, 2, 1, PER_DECAY)).toBe(15)
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
