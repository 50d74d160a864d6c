import { describe, expect, it } from 'vitest'
import { seeded } from '../attempt/chance.test-support.ts'
import type { Random } from '../types.ts'
import { endpoints, visited } from './balancer.test-support.ts'
import { Cheapest } from './cheapest.ts'
import { addPeak } from '../estimate/peak-ewma.ts'
import { Costs } from './costs.ts'
import { type Endpoint, PEAK } from './endpoint.ts'

function cheapest(random: Random = seeded(1)): Cheapest<number> {
  return new Cheapest(new Costs<number>(), random)
}

/** So many endpoints, of which each has so many tries in flight. */
function withLoads(...awaiting: readonly number[]): Endpoint<number>[] {
  const pool = endpoints(awaiting.length)
  awaiting.forEach((count, i) => (pool[i]!.awaiting = count))
  return pool
}

describe('the cheapest of all', () => {
  it('is found wherever it stands, and its cost is told', () => {
    for (const loads of [[0, 2, 3], [2, 0, 3], [3, 2, 0]]) {
      const pick = cheapest()
      expect(pick.pick(withLoads(...loads), visited(), 0)!.awaiting).toBe(0)
      expect(pick.cost).toBe(1)
    }
  })

  it('is in an idle pool any of those that cost nearly the same, each as likely, whoever stands before or after them', () => {
    const pool = withLoads(5, 0, 5, 0, 0, 5)
    addPeak(pool[3]!.slab.numbers, pool[3]!.at + PEAK, 0.96, 0, 1, 1e-4)
    const pick = cheapest()
    const counts = pool.map(() => 0)
    for (let i = 0; i < 6_000; i++) counts[pick.pick(pool, visited(), 0)!.target]! += 1
    expect(counts.map((count) => Math.round(count / 200) / 10)).toEqual([0, 1, 0, 1, 1, 0])
  })

  it('is one that the call has not visited, and nobody when it has visited all', () => {
    const pool = withLoads(0, 1, 2)
    expect(cheapest().pick(pool, visited(pool[0]!), 0)!.target).toBe(1)
    expect(cheapest().pick(pool, visited(...pool), 0)).toBeUndefined()
    expect(cheapest().pick([], visited(), 0)).toBeUndefined()
  })

  it('is that one alone where all have something in flight, without a chance', () => {
    const none: Random = { next: () => { throw new Error('drawn') } }
    expect(cheapest(none).pick(withLoads(2, 1, 3), visited(), 0)!.target).toBe(1)
  })
})
