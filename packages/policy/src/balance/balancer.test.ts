import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seeded } from '../attempt/chance.test-support.ts'
import { Availability } from '../eject/availability.ts'
import { counterexample } from '../counterexample.test-support.ts'
import { addPeak } from '../estimate/peak-ewma.ts'
import { Balancer } from './balancer.ts'
import { endpoints, request, visited } from './balancer.test-support.ts'
import { Costs } from './costs.ts'
import { type Endpoint, HEAD_AT, PEAK, PICKED_AT } from './endpoint.ts'
import type { PickRequest } from './pick-request.ts'

function balancer(seed = 1): Balancer<number> {
  return new Balancer<number>(new Costs<number>(), seeded(seed), new Availability<number>())
}

function slow(endpoint: Endpoint<number>, medians: number, now = 0): void {
  // The first sample of all is not believed, so it takes a second one.
  for (let i = 0; i < 2; i++) addPeak(endpoint.slab.numbers, endpoint.at + PEAK, medians, now, 1, 1e-4)
}

function picks(from: Balancer<number>, pool: readonly Endpoint<number>[], times: number, said: Partial<PickRequest<number>> = {}): number[] {
  const counts = pool.map(() => 0)
  for (let i = 0; i < times; i++) counts[from.pick(pool, request(said), 0, true)!.target]! += 1
  return counts
}

describe('choices by cost', () => {
  it('take equal endpoints equally often', () => {
    for (const count of picks(balancer(), endpoints(4), 8_000)) expect(count / 2_000).toBeCloseTo(1, 0.9)
    for (const count of picks(balancer(), endpoints(20), 40_000)) expect(count / 2_000).toBeCloseTo(1, 0.9)
  })

  it('are all of few: neither of two sick ones of five gets a call', () => {
    const pool = endpoints(5)
    slow(pool[0]!, 10)
    slow(pool[1]!, 5)
    expect(picks(balancer(), pool, 1_000, { mayExplore: false }).slice(0, 2)).toEqual([0, 0])
  })

  it('are pairs of many, drawn again where both are dearer than half of the pool: ten sick ones of forty share hardly a call', () => {
    const pool = endpoints(40)
    for (const endpoint of pool.slice(0, 10)) slow(endpoint, 2)
    // Two in seventeen pairs are sick, and one in five thousand is so three times.
    const sick = picks(balancer(), pool, 10_000, { mayExplore: false }).slice(0, 10)
    expect(sick.reduce((sum, count) => sum + count)).toBeLessThan(20)
  })

  it('are drawn again among more than a thousand only where both are outliers', () => {
    const sick = (medians: number): number => {
      const pool = endpoints(1_200)
      for (const endpoint of pool.slice(0, 600)) for (let i = 0; i < 20; i++) slow(endpoint, medians)
      return picks(balancer(), pool, 4_000, { mayExplore: false }).slice(0, 600).reduce((sum, count) => sum + count) / 4_000
    }
    // One pair in four is sick on both sides; three of them in a row are one in sixty-four.
    expect(sick(2)).toBeCloseTo(1 / 4, 1)
    expect(sick(9)).toBeCloseTo(1 / 64, 1)
  })

  it('count load, and weigh it', () => {
    const pool = endpoints(2)
    pool[0]!.awaiting = 3
    expect(picks(balancer(), pool, 100)).toEqual([0, 100])
    pool[0]!.weight = 5
    expect(picks(balancer(), pool, 100)).toEqual([100, 0])
  })

  it('avoid what the call has visited, while there is anything else', () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 15, max: 20 }))
    expect(counterexample(fc.tuple(sizes, sizes, fc.nat()), ([count, used, seed]) => {
      const pool = endpoints(count)
      const seen = visited(...pool.slice(0, Math.min(used, count)))
      const endpoint = balancer(seed).pick(pool, request({ visited: seen }), 0, true)!
      return seen.has(endpoint) === (used >= count)
    })).toBeUndefined()
  })

  it('rather have none than a visited one for a backup', () => {
    const pool = endpoints(2)
    const must = { visited: visited(...pool), mustDiffer: true }
    expect(balancer().pick(pool, request(must), 0, true)).toBeUndefined()
    expect(balancer().pick(pool, request({ ...must, balanceOn: false }), 0, true)).toBeUndefined()
    expect(balancer().pick(pool, request({ visited: must.visited }), 0, true)).toBeDefined()
  })

  it('answer nothing for nobody', () => {
    expect(balancer().pick([], request(), 0, true)).toBeUndefined()
    expect(balancer().pick([], request({ balanceOn: false }), 0, true)).toBeUndefined()
  })
})

describe('round robin', () => {
  it('picks in turn, blind to cost, when balancing is off or set so', () => {
    const pool = endpoints(3)
    slow(pool[1]!, 50)
    const byPolicy = balancer()
    byPolicy.configure({ by: 'round-robin' }, pool)
    expect(picks(byPolicy, pool, 9)).toEqual([3, 3, 3])
    expect(picks(balancer(), pool, 9, { balanceOn: false })).toEqual([3, 3, 3])
  })

  it('skips what the call has visited', () => {
    const pool = endpoints(3)
    expect(picks(balancer(), pool, 6, { balanceOn: false, visited: visited(pool[1]!) })).toEqual([3, 0, 3])
  })
})

describe('exploration', () => {
  /** A pick each `step`, in a pool where the last endpoint is so slow that nothing else would take it. */
  function explored(step: number, picked: number, said: Partial<PickRequest<number>> = {}, share = 0.02): number[] {
    const pool = endpoints(5)
    const of = balancer()
    of.configure({ exploreShare: share }, pool)
    const at: number[] = []
    for (let i = 1; i <= picked; i++) {
      const now = i * step
      for (const endpoint of pool) slow(endpoint, endpoint.target === 4 ? 1_000 : 1, now)
      const endpoint = of.pick(pool, request(said), now, true)!
      endpoint.slab.numbers[endpoint.at + PICKED_AT] = now
      endpoint.slab.numbers[endpoint.at + HEAD_AT] = now
      if (endpoint.target === 4) at.push(now)
    }
    return at
  }

  it('gives a starved endpoint a try a second', () => {
    const at = explored(5, 2_000)
    expect(at.length).toBeGreaterThanOrEqual(9)
    expect(at.every((now, i) => i === 0 || now - at[i - 1]! >= 1_000)).toBe(true)
  })

  it('never takes more than its share of picks', () => {
    // All five starve at two picks a second, so the last one has a fifth of what is explored.
    expect(explored(500, 1_000).length).toBeLessThanOrEqual((0.02 * 1_000) / 5 + 1)
    expect(explored(500, 1_000, {}, 0.1).length).toBeGreaterThan((0.08 * 1_000) / 5)
  })

  it('can be turned off, and on again', () => {
    expect(explored(5, 1_000, {}, 0)).toEqual([])
    const [pool, of] = [endpoints(2), balancer()]
    slow(pool[1]!, 1_000, 60_000)
    pool[0]!.awaiting = 1
    const targets = (): number[] => Array.from({ length: 24 }, () => of.pick(pool, request(), 60_000, true)!.target)
    of.configure({ exploreShare: 0 }, pool)
    expect(targets()).not.toContain(1)
    of.configure({}, pool)
    expect(targets()).toContain(1)
  })

  it('is only for tries that may run concurrently, and not for backups', () => {
    expect(explored(5, 1_000, { mayExplore: false })).toEqual([])
    expect(explored(5, 1_000, { mustDiffer: true })).toEqual([])
  })

  it('does not feed an endpoint that owes an answer', () => {
    const pool = endpoints(2)
    pool[1]!.awaiting = 1
    const of = balancer()
    expect(Array.from({ length: 40 }, () => of.pick(pool, request(), 60_000, true)!.target)).not.toContain(1)
  })

  it('is five times slower with one whose last try was given up without a word', () => {
    const pool = endpoints(2)
    for (const endpoint of pool) endpoint.slab.numbers[endpoint.at + PICKED_AT] = 60_000
    slow(pool[1]!, 1_000, 60_000)
    const of = balancer()
    const targets = (now: number): number[] => Array.from({ length: 24 }, () => of.pick(pool, request(), now, true)!.target)
    pool[0]!.awaiting = 1
    expect(targets(64_999)).not.toContain(1)
    expect(targets(65_000)).toContain(1)
  })
})
