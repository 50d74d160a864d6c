import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { AimdLimit, type AimdOptions } from './aimd.ts'

/** A round trip: a limit's worth of calls, all begun at `start` and answered at `end`. */
function round(limit: AimdLimit, start: number, end: number, lost = false): void {
  const count = limit.limit
  for (let inFlight = count; inFlight > 0; inFlight--) {
    if (lost) limit.lost(start, end)
    else limit.succeeded(start, end, count)
  }
}

describe('a limit by additive increase and multiplicative decrease', () => {
  it('grows by one with each round trip that went well', () => {
    const limit = new AimdLimit({ initial: 10 })
    const seen = Array.from({ length: 5 }, (_, i) => {
      round(limit, i * 10 + 1, i * 10 + 9)
      return limit.limit
    })
    expect(seen[0]).toBeGreaterThanOrEqual(10)
    expect(seen.at(-1)).toBeGreaterThanOrEqual(14)
    expect(seen.at(-1)).toBeLessThanOrEqual(15)
  })

  it('is cut to nine tenths by a loss, and by as many losses of one round trip no further', () => {
    const limit = new AimdLimit({ initial: 100 })
    round(limit, 0, 10, true)
    expect(limit.limit).toBe(90)
    limit.lost(9, 11)
    expect(limit.limit).toBe(90)
    limit.lost(10, 12)
    expect(limit.limit).toBe(81)
  })

  it('does not grow by what began before the cut', () => {
    const limit = new AimdLimit({ initial: 100, increase: 50 })
    limit.lost(0, 10)
    limit.succeeded(5, 12, 100)
    expect(limit.limit).toBe(90)
    limit.succeeded(11, 13, 90)
    expect(limit.limit).toBe(90)
    limit.succeeded(11, 13, 90)
    expect(limit.limit).toBe(91)
  })

  it('does not grow while less than half of it is used', () => {
    const limit = new AimdLimit({ initial: 20, increase: 20 })
    for (let i = 1; i < 100; i++) limit.succeeded(i, i + 1, 9)
    expect(limit.limit).toBe(20)
    limit.succeeded(100, 101, 10)
    expect(limit.limit).toBe(21)
  })

  it('takes an answer that was too slow for a loss', () => {
    const limit = new AimdLimit({ initial: 100, latencyAbove: 50 })
    limit.succeeded(0, 50, 100)
    expect(limit.limit).toBe(100)
    limit.succeeded(1, 52, 100)
    expect(limit.limit).toBe(90)
  })

  it('begins within its bounds, and takes new bounds at once', () => {
    expect([new AimdLimit({ max: 5 }).limit, new AimdLimit({ min: 50 }).limit, new AimdLimit({ min: 7, max: 3 }).limit, new AimdLimit({ min: 0 }).limit]).toEqual([5, 50, 7, 20])
    const limit = new AimdLimit()
    limit.configure({ max: 8 })
    expect(limit.limit).toBe(8)
    limit.configure({ initial: 500 })
    expect(limit.limit).toBe(8)
  })

  it('with equal bounds is fixed', () => {
    const limit = new AimdLimit({ min: 10, max: 10 })
    round(limit, 0, 1, true)
    round(limit, 2, 3)
    expect(limit.limit).toBe(10)
  })

  it('stays within its bounds whatever comes', () => {
    const step = fc.record({ pass: fc.integer({ min: 0, max: 100 }), took: fc.integer({ min: 0, max: 200 }), lost: fc.boolean(), inFlight: fc.integer({ min: 1, max: 2000 }) })
    const options: fc.Arbitrary<AimdOptions> = fc.record({ min: fc.integer({ min: 1, max: 50 }), max: fc.integer({ min: 50, max: 500 }), increase: fc.double({ min: 0, max: 100, noNaN: true }), backoff: fc.double({ min: 0, max: 2, noNaN: true }), latencyAbove: fc.constantFrom(100, Infinity) })
    expect(counterexample(fc.tuple(options, fc.array(step, { maxLength: 200 })), ([rules, steps]) => {
      const limit = new AimdLimit(rules)
      let now = 0
      return steps.every(({ pass, took, lost, inFlight }) => {
        now += pass
        if (lost) limit.lost(now - took, now)
        else limit.succeeded(now - took, now, inFlight)
        return limit.limit >= (rules.min ?? 0) && limit.limit <= (rules.max ?? 0) && Number.isInteger(limit.limit)
      })
    })).toBeUndefined()
  })

  // Chiu and Jain's result, in rounds: all clients see the same loss, so the sum is cut in proportion and grows in equal parts.
  it('brings clients that began far apart to equal shares of a callee', () => {
    const [small, large] = [new AimdLimit({ initial: 5 }), new AimdLimit({ initial: 95 })]
    for (let turn = 0; turn < 1500; turn++) {
      const lost = small.limit + large.limit > 100
      round(small, turn * 10 + 1, turn * 10 + 9, lost)
      round(large, turn * 10 + 1, turn * 10 + 9, lost)
    }
    expect(small.limit / large.limit).toBeGreaterThan(0.9)
    expect(small.limit + large.limit).toBeGreaterThan(85)
  })
})
