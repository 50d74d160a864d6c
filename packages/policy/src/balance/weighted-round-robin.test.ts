import { describe, expect, it } from 'vitest'
import { ReportedWeights } from './reported-weights.ts'
import { costs, counts, order, ramping, request, seeded, visited, weighted } from './strategies.test-support.ts'
import { WeightedRoundRobin } from './weighted-round-robin.ts'

function strategy(reported = new ReportedWeights<number>(), seed = 1): WeightedRoundRobin<number> {
  return new WeightedRoundRobin<number>(costs(), reported, seeded(seed))
}

describe('weighted round robin', () => {
  it('picks by weight, to within a turn', () => {
    const picked = counts(strategy(), weighted(5, 1, 1), 700)
    for (const [i, expected] of [500, 100, 100].entries()) expect(Math.abs(picked[i]! - expected)).toBeLessThanOrEqual(3)
  })

  it('is plain turns where all weigh the same', () => {
    const pool = weighted(1, 1, 1, 1)
    const of = strategy()
    for (let round = 0; round < 20; round++) expect(counts(of, pool, 4)).toEqual([1, 1, 1, 1])
  })

  it('never picks twice in a row what weighs half', () => {
    const pool = weighted(2, 1, 1)
    const of = strategy()
    const picked = Array.from({ length: 400 }, () => counts(of, pool, 1).indexOf(1))
    expect(picked.some((one, i) => one !== 0 && one === picked[i + 1])).toBe(false)
  })

  it('leaves next to nothing to a weight of 0, unless there is nothing else', () => {
    expect(counts(strategy(), weighted(0, 1), 1_000)[0]).toBe(0)
    expect(counts(strategy(), weighted(0), 10)).toEqual([10])
  })

  it('goes on with those that the call has not visited, and leaves the others their turns', () => {
    const pool = weighted(3, 2, 1)
    expect(order(strategy(), pool).toSorted()).toEqual([0, 1, 2])
    const of = strategy()
    const without = counts(of, pool, 300, { visited: visited(pool[0]!) })
    expect(without[0]).toBe(0)
    expect(Math.abs(without[1]! - 200)).toBeLessThanOrEqual(3)
  })

  it('changes nothing by looking', () => {
    const pool = weighted(3, 1, 1)
    const [looked, plain] = [strategy(), strategy()]
    for (let i = 0; i < 200; i++) {
      const asked = request()
      const would = looked.pick(pool, asked, asked.visited, 0, false)
      expect(looked.pick(pool, asked, asked.visited, 0, true)).toBe(would)
      expect(plain.pick(pool, asked, asked.visited, 0, true)).toBe(would)
    }
  })

  it('gives one that ramps up a tenth at first, and all of it in the end', () => {
    const pool = weighted(1, 1)
    ramping(pool[0]!)
    const at = (now: number): number => counts(strategy(), pool, 1_100, {}, now)[0]! / 1_100
    expect([at(0), at(2_500), at(5_000)].map((share) => Math.round(share * 100))).toEqual([9, 33, 50])
  })

  it('follows what endpoints report of themselves, on top of their weights', () => {
    const pool = weighted(1, 1, 2)
    const reported = new ReportedWeights<number>()
    for (const [i, weight] of [300, 100, 100].entries()) reported.report(pool[i]!, weight, 0)
    for (const [i, weight] of [300, 100, 100].entries()) reported.report(pool[i]!, weight, 1_000)
    const picked = counts(strategy(reported), pool, 600, {}, 1_000)
    for (const [i, expected] of [300, 100, 200].entries()) expect(Math.abs(picked[i]! - expected)).toBeLessThanOrEqual(3)
  })

  it('takes a new list without a burst on anybody', () => {
    const of = strategy()
    const picked = [0, 0, 0, 0]
    for (let change = 0; change < 500; change++) {
      const pool = weighted(1, 1, 1, 1)
      counts(of, pool, 2).forEach((count, i) => (picked[i]! += count))
    }
    for (const count of picked) expect(Math.abs(count / 250 - 1)).toBeLessThan(0.2)
  })
})
