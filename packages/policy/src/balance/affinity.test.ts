import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { Affinity } from './affinity.ts'
import { Endpoint } from './endpoint.ts'
import { RoundRobin } from './round-robin.ts'
import { costs, counts, endpoints, order, ramping, request, visited, weighted } from './strategies.test-support.ts'

/** Calls without a key go in turn here, so that they can be told from those with one. */
function strategy(loadFactor = Infinity): Affinity<number> {
  return new Affinity<number>(costs(), new RoundRobin<number>(), loadFactor)
}

const KEYS = Array.from({ length: 4_000 }, (_, i) => `user-${i}`)

/** Where each key lives. */
function homes(pool: readonly Endpoint<number>[], of = strategy()): string[] {
  return KEYS.map((affinity) => {
    const asked = request({ affinity })
    return of.pick(pool, asked, asked.visited, 0, true)!.key
  })
}

function share(of: readonly string[], key: string): number {
  return of.filter((one) => one === key).length / of.length
}

describe('affinity', () => {
  it('sends a key to one endpoint, wherever in the list it stands', () => {
    const pool = endpoints(7)
    const home = homes(pool)
    expect(homes(pool)).toEqual(home)
    expect(homes(pool.toReversed())).toEqual(home)
  })

  it('gives each endpoint its share of the keys', () => {
    for (const count of [1, 2, 3, 10]) {
      const home = homes(endpoints(count))
      for (let i = 0; i < count; i++) expect(Math.abs(share(home, `${i}`) * count - 1)).toBeLessThan(0.15)
    }
  })

  it('gives twice the keys to twice the weight', () => {
    const home = homes(weighted(1, 2, 1))
    for (const [i, expected] of [0.25, 0.5, 0.25].entries()) expect(Math.abs(share(home, `host-${i}`) - expected)).toBeLessThan(0.03)
  })

  it('gives next to no key to a weight of 0, which is used when nothing else is left', () => {
    const pool = weighted(0, 1)
    expect(share(homes(pool), 'host-0')).toBe(0)
    expect(order(strategy(), pool, { affinity: 'k' })).toEqual([1, 0])
  })

  it('balances calls without a key by other means', () => {
    expect(counts(strategy(), endpoints(3), 9)).toEqual([3, 3, 3])
  })

  it('goes on in the key’s own order, each endpoint once: that is where retries and backups go', () => {
    const pool = endpoints(5)
    const of = strategy()
    for (const affinity of KEYS.slice(0, 50)) {
      const all = order(of, pool, { affinity })
      expect(all.toSorted()).toEqual([0, 1, 2, 3, 4])
      // Where its first is out it goes to the second, so what that has cached after a retry is of use.
      const [first, second] = all
      expect(order(of, pool.filter(({ target }) => target !== first), { affinity })[0]).toBe(second)
    }
  })

  it('spreads the keys of one that is gone over all that stay', () => {
    const pool = endpoints(5)
    const before = homes(pool)
    const after = homes(pool.slice(1)).filter((_, i) => before[i] === '0')
    for (const key of ['1', '2', '3', '4']) expect(Math.abs(share(after, key) - 0.25)).toBeLessThan(0.07)
  })
})

describe('when endpoints come and go', () => {
  const fleet = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 2, maxLength: 12 })
  const weights = fc.array(fc.constantFrom(0.5, 1, 3), { minLength: 12, maxLength: 12 })

  it('only keys that the new one wins move, and back when it goes', () => {
    expect(counterexample(fc.tuple(fleet, weights, fc.boolean()), ([hosts, all, equal]) => {
      const [coming, ...old] = hosts.map((host, i) => new Endpoint(`http://10.0.0.${host}`, host, equal ? 1 : all[i]!, 0))
      const [before, after] = [homes(old), homes([...old.slice(0, 1), coming!, ...old.slice(1)])]
      return after.every((key, i) => key === before[i] || key === coming!.key)
    }, 40)).toBeUndefined()
  })

  it('a weight that grows wins keys and loses none', () => {
    expect(counterexample(fc.tuple(fleet, weights), ([hosts, all]) => {
      const pool = hosts.map((host, i) => new Endpoint(`http://10.0.0.${host}`, host, all[i]!, 0))
      const before = homes(pool)
      pool[0]!.weight *= 2
      return homes([...pool]).every((key, i) => key === before[i] || key === pool[0]!.key)
    }, 40)).toBeUndefined()
  })
})

describe('the bound on load', () => {
  /** So many calls of one key, all under way at one time. */
  function pile(pool: readonly Endpoint<number>[], times: number, loadFactor = 1.25): number[] {
    const of = strategy(loadFactor)
    for (let i = 0; i < times; i++) {
      const asked = request({ affinity: 'hot' })
      of.pick(pool, asked, asked.visited, 0, true)!.awaiting += 1
    }
    return pool.map(({ awaiting }) => awaiting)
  }

  it('lets nobody have more than a quarter above its share of what is under way', () => {
    const sizes = fc.integer({ min: 1, max: 40 })
    expect(counterexample(fc.tuple(sizes, fc.integer({ min: 1, max: 400 })), ([count, calls]) =>
      Math.max(...pile(endpoints(count), calls)) <= Math.ceil((1.25 * calls) / count), 60)).toBeUndefined()
  })

  it('is weighed', () => {
    const pool = weighted(1, 3)
    const [light, heavy] = pile(pool, 400)
    expect([light! <= 125, heavy! <= 375, light! + heavy!]).toEqual([true, true, 400])
  })

  it('keeps a key together while its endpoint is below it, and falls back there when load is gone', () => {
    const pool = endpoints(4)
    const [first, second] = order(strategy(), pool, { affinity: 'k' })
    const of = strategy(1.25)
    const next = (): number => order(of, pool, { affinity: 'k' })[0]!
    for (const endpoint of pool) endpoint.awaiting = 4
    expect(next()).toBe(first)
    pool[first!]!.awaiting = 9
    expect(next()).toBe(second)
    pool[first!]!.awaiting = 3
    expect(next()).toBe(first)
  })

  it('takes the first all the same when all that are left are above it', () => {
    const pool = endpoints(3)
    const [first, second] = order(strategy(), pool, { affinity: 'k' })
    for (const endpoint of pool) endpoint.awaiting = endpoint.target === first ? 0 : 50
    const asked = request({ affinity: 'k', visited: visited(pool[first!]!) })
    expect(strategy(1.25).pick(pool, asked, asked.visited, 0, true)!.target).toBe(second)
  })

  it('is lower for one that ramps up', () => {
    const pool = endpoints(4)
    const [first] = order(strategy(), pool, { affinity: 'hot' })
    ramping(pool[first!]!)
    expect(pile(pool, 400)[first!]).toBeLessThanOrEqual(Math.ceil((1.25 * 400 * 0.1) / 3.1))
  })

  it('is off at Infinity', () => {
    expect(Math.max(...pile(endpoints(4), 50, Infinity))).toBe(50)
  })
})

describe('in a large pool', () => {
  const pool = Array.from({ length: 300 }, (_, i) => new Endpoint(`http://10.1.${i >> 8}.${i & 255}:8080`, i, 1, 0))
  const uneven = pool.map(({ key, target }) => new Endpoint(key, target, 1 + (target % 3), 0))

  it.each([['of equal weights', pool], ['of several weights', uneven]])('%s the orders are the same once they are kept in a table', (_, list) => {
    const of = strategy()
    homes(list, of)
    const fresh = (affinity: string): number[] => order(strategy(), list, { affinity }).slice(0, 6)
    const asked = homes(list, of)
    expect(homes(list, of)).toEqual(asked)
    for (const affinity of KEYS.slice(0, 30)) expect(order(of, list, { affinity }).slice(0, 6)).toEqual(fresh(affinity))
  })

  it('only the keys of the one that goes move, from a table to a table', () => {
    const of = strategy()
    const thrice = (list: readonly Endpoint<number>[]): string[] => (homes(list, of), homes(list, of), homes(list, of))
    const before = thrice(pool)
    const after = thrice(pool.filter(({ target }) => target !== 7))
    const moved = before.filter((key, i) => key !== after[i])
    expect(new Set(moved)).toEqual(new Set([pool[7]!.key]))
  })

  it('the bound is by what is under way now, a tenth of a second ago at most', () => {
    const of = strategy(1.25)
    const next = (now: number): string => {
      const asked = request({ affinity: 'k' })
      return of.pick(pool, asked, asked.visited, now, true)!.key
    }
    for (const endpoint of pool) endpoint.awaiting = 8
    const home = next(0)
    for (const endpoint of pool) endpoint.awaiting = endpoint.key === home ? 8 : 0
    expect([next(50), next(100) === home]).toEqual([home, false])
    for (const endpoint of pool) endpoint.awaiting = 0
  })

  it('a hot key fills one endpoint after another, past what the table knows', () => {
    const of = strategy(1.25)
    for (let i = 0; i < 3; i++) homes(pool, of)
    for (let i = 0; i < 2_000; i++) {
      const asked = request({ affinity: 'hot' })
      of.pick(pool, asked, asked.visited, 0, true)!.awaiting += 1
    }
    const loads = pool.map(({ awaiting }) => awaiting)
    for (const endpoint of pool) endpoint.awaiting = 0
    expect(Math.max(...loads)).toBeLessThanOrEqual(Math.ceil((1.25 * (2_000 + 300 / 16)) / 300))
    expect(loads.filter((load) => load > 0).length).toBeGreaterThan(200)
  })
})
