import { describe, expect, it } from 'vitest'
import { addBody } from './bodies.ts'
import { LeastRequest } from './least-request.ts'
import { costs, counts, endpoints, order, ramping, seeded, visited, weighted } from './strategies.test-support.ts'

function strategy(seed = 1): LeastRequest<number> {
  return new LeastRequest<number>(costs(), seeded(seed))
}

describe('least request', () => {
  it('takes idle endpoints equally often', () => {
    for (const count of counts(strategy(), endpoints(4), 8_000)) expect(Math.abs(count / 2_000 - 1)).toBeLessThan(0.1)
  })

  it('never takes the busiest: of any two the other is idler', () => {
    const pool = endpoints(3)
    pool[1]!.awaiting = 2
    expect(counts(strategy(), pool, 1_000)[1]).toBe(0)
  })

  it('counts bodies that are young, and not those that are old', () => {
    const pool = endpoints(2)
    addBody(pool[0]!, 0)
    expect(counts(strategy(), pool, 200)).toEqual([0, 200])
    expect(counts(strategy(), pool, 200, {}, 1_000)[0]).toBeGreaterThan(60)
  })

  it('holds a weight against what is under way', () => {
    const pool = weighted(4, 1)
    pool[0]!.awaiting = 2
    expect(counts(strategy(), pool, 100)).toEqual([100, 0])
    pool[0]!.awaiting = 5
    expect(counts(strategy(), pool, 100)).toEqual([0, 100])
  })

  it('spreads a standing load by weight', () => {
    const pool = weighted(1, 2, 3)
    const of = strategy()
    for (let i = 0; i < 600; i++) {
      const before = pool.map(({ awaiting }) => awaiting)
      const [picked] = counts(of, pool, 1).flatMap((count, at) => (count > 0 ? [at] : []))
      pool[picked!]!.awaiting = before[picked!]! + 1
    }
    for (const { awaiting, weight } of pool) expect(Math.abs(awaiting / (100 * weight) - 1)).toBeLessThan(0.1)
  })

  it('takes one that ramps up for as much busier', () => {
    const pool = endpoints(2)
    ramping(pool[0]!)
    pool[1]!.awaiting = 8
    expect(counts(strategy(), pool, 100)).toEqual([0, 100])
    expect(counts(strategy(), pool, 100, {}, 2_500)).toEqual([100, 0])
  })

  it('finds the ones that are not visited, few as they may be among many', () => {
    const pool = endpoints(50)
    const picked = counts(strategy(), pool, 400, { visited: visited(...pool.slice(2)) })
    expect(picked[0]! + picked[1]!).toBe(400)
    expect(order(strategy(), pool)).toHaveLength(50)
  })

  it('takes those that are not visited equally often', () => {
    const pool = endpoints(5)
    const picked = counts(strategy(), pool, 6_000, { visited: visited(pool[1]!, pool[2]!) })
    expect([picked[1], picked[2]]).toEqual([0, 0])
    for (const i of [0, 3, 4]) expect(Math.abs(picked[i]! / 2_000 - 1)).toBeLessThan(0.1)
  })

  it('works in fleets of none, one and two', () => {
    expect(counts(strategy(), [], 3)).toEqual([])
    expect(counts(strategy(), endpoints(1), 3)).toEqual([3])
    expect(order(strategy(), endpoints(2)).toSorted()).toEqual([0, 1])
  })
})
