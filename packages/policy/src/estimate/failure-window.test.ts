import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { FailureWindow } from './failure-window.ts'

describe('FailureWindow', () => {
  it('counts exactly what happened in its latest seconds', () => {
    const tries = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 4_000 }), failed: fc.boolean() }), { maxLength: 80 })
    expect(counterexample(tries, (story) => {
      const window = new FailureWindow(10_000)
      const seen: { second: number; failed: boolean }[] = []
      let now = 0
      return story.every(({ wait, failed }) => {
        now += wait
        window.add(failed, now)
        seen.push({ second: Math.floor(now / 1_000), failed })
        now += wait % 1_500
        const within = seen.filter(({ second }) => second > Math.floor(now / 1_000) - 10)
        const failures = within.filter((t) => t.failed).length
        return window.tries(now) === within.length && window.failures(now) === failures &&
          window.triesIn(10, now) === within.length && window.failuresIn(10, now) === failures
      })
    })).toBeUndefined()
  })

  it('finds the fewest latest seconds that hold enough tries', () => {
    const window = new FailureWindow(10_000)
    for (let second = 0; second < 10; second++) for (let i = 0; i < 8; i++) window.add(i < second, second * 1_000)
    expect([window.span(8, 9_000), window.span(9, 9_000), window.span(20, 9_500), window.span(500, 9_999)]).toEqual([1, 2, 3, 10])
    expect([window.triesIn(3, 9_000), window.failuresIn(3, 9_000)]).toEqual([24, 8 + 8 + 7])
  })

  it('spreads what was only counted before evenly over its length', () => {
    const window = new FailureWindow(10_000)
    window.seed(105, 60_000)
    expect([window.tries(60_000), window.failures(60_000)]).toEqual([105, 0])
    expect(window.tries(65_000)).toBeGreaterThan(44)
    expect(window.tries(65_000)).toBeLessThan(48)
    expect(window.tries(70_000)).toBe(0)
  })

  it('spreads it to the current second only as far as that has come', () => {
    for (const [elapsed, expected] of [[0, 0], [250, 27], [999, 99]] as const) {
      const window = new FailureWindow(10_000)
      window.seed(1_000, 60_000 + elapsed)
      expect([window.tries(60_000 + elapsed), Math.round(window.triesIn(1, 60_000 + elapsed))]).toEqual([1_000, expected])
    }
    const short = new FailureWindow(1_000)
    short.seed(5, 60_000)
    expect(short.tries(60_000)).toBe(0)
  })

  it('has at least one second, and is empty when cleared', () => {
    const window = new FailureWindow(1)
    window.add(true, 500)
    expect(window.failures(999)).toBe(1)
    expect(window.failures(1_000)).toBe(0)
    window.add(true, 1_000)
    window.clear()
    expect(window.tries(1_000)).toBe(0)
  })
})
