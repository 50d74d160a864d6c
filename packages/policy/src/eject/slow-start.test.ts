import { describe, expect, it } from 'vitest'
import type { BalanceOptions, Balancing } from '../balance/options.ts'
import { Bench, failed, OK } from '../cluster/cluster.test-support.ts'

function bench(count: number, said: BalanceOptions = {}, ramp = 5_000): Bench {
  return new Bench(count, { balance: { slowStart: 10_000, ...said }, eject: { ramp } })
}

function shares(of: Bench): number[] {
  return of.cluster.inspect(of.now).map(({ share }) => Math.round(share * 100) / 100)
}

describe('an endpoint that is new among older ones', () => {
  it('begins with a tenth of its weight, and has all of it in the end', () => {
    const of = bench(3)
    of.now = 1_000
    of.members(4)
    const seen = [0, 500, 5_000, 9_900, 10_000].map((after) => {
      of.now = 1_000 + after
      return shares(of)[3]
    })
    expect(seen).toEqual([0.1, 0.1, 0.5, 0.99, 1])
    expect([of.state(3), of.state(0)]).toEqual(['in', 'in'])
  })

  it('grows along a curve that is steeper with more aggression', () => {
    const of = bench(3, { aggression: 2 })
    of.now = 1_000
    of.members(4)
    of.now = 1_000 + 2_500
    expect(shares(of)[3]).toBe(0.5)
  })

  it('goes on growing while it answers', () => {
    const of = bench(3, {}, 1_000)
    of.now = 1_000
    of.members(4)
    of.now = 6_000
    of.answer(3)
    expect([of.state(3), shares(of)[3]]).toEqual(['ramp', 0.5])
    of.now = 11_000
    of.answer(3)
    expect(of.endpoint(3).trial?.state).toBe('in')
  })

  it('is in at once when nothing is said of it', () => {
    const of = bench(3, { slowStart: 0 })
    of.members(4)
    expect(shares(of)).toEqual([1, 1, 1, 1])
  })

  it.each(['latency', 'least-request', 'weighted-round-robin'] satisfies Balancing[])('gets a small share under %s', (by) => {
    const of = bench(4, { by, exploreAfter: Infinity })
    of.now = 1_000
    of.members(5)
    const share = (): number => {
      const before = of.cluster.pool.members.map(() => 0)
      const open = Array.from({ length: 500 }, () => of.pick())
      for (const { endpoint } of open) before[Number(endpoint.key)]! += 1
      for (const lease of open) of.cluster.end(lease, OK, of.now)
      return before[4]! / 500
    }
    expect(share()).toBeLessThan(0.06)
    of.now = 11_000
    expect(Math.abs(share() - 0.2)).toBeLessThan(0.04)
  })

  it('grows by time, and a change of the window reaches it at once', () => {
    const of = bench(3)
    of.now = 1_000
    of.members(4)
    of.now = 3_000
    of.cluster.configure({ balance: { slowStart: 4_000 } })
    expect(shares(of)[3]).toBe(0.5)
    of.cluster.configure({})
    expect(shares(of)[3]).toBe(1)
  })

  it('begins again when its address was away', () => {
    const of = bench(4)
    of.now = 1_000
    of.members(3)
    of.now = 60_000
    of.members(4)
    expect(shares(of)[3]).toBe(0.1)
    of.now = 80_000
    of.members(3)
    of.now = 90_000
    of.members(4)
    expect(shares(of)[3]).toBe(0.1)
  })
})

describe('where too many are new', () => {
  it('nobody starts slowly: at the start', () => {
    expect(shares(bench(5))).toEqual([1, 1, 1, 1, 1])
  })

  it('nobody starts slowly: when a fleet more than doubles', () => {
    const of = bench(2)
    of.now = 1_000
    of.members(5)
    expect(shares(of)).toEqual([1, 1, 1, 1, 1])
  })

  it('those that were about to do no more: in a deployment that is faster than the window', () => {
    const of = bench(4)
    const replaced = (gone: number): void => {
      of.now += 1_000
      const keys = [0, 1, 2, 3].map((i) => (i < gone ? `new-${i}` : `${i}`))
      of.cluster.pool.update(keys.map((key) => ({ key, target: '' })), of.now)
    }
    replaced(1)
    replaced(2)
    expect(shares(of)).toEqual([0.1, 0.1, 1, 1])
    replaced(3)
    expect(shares(of)).toEqual([1, 1, 1, 1])
  })

  it('those that come back in the middle of their ramp do no more either', () => {
    const of = bench(3)
    of.now = 1_000
    of.members(4)
    of.cluster.pool.update([{ key: '0', target: '' }], 1_500)
    of.now = 2_000
    of.members(5)
    expect(shares(of)).toEqual([1, 1, 1, 1, 1])
  })

  it('those that have their whole weight by then count as old', () => {
    const of = bench(3)
    of.now = 1_000
    of.members(5)
    of.now = 20_000
    of.members(7)
    expect(shares(of)).toEqual([1, 1, 1, 1, 1, 0.1, 0.1])
  })
})

describe('an endpoint that is back from ejection', () => {
  function back(of: Bench): Bench {
    of.warm()
    of.now = 100
    of.answers(0, 5, failed())
    of.now = 6_300
    of.cluster.head(of.pick({ mayExplore: true }), OK, of.now)
    return of
  }

  it('has one ramp, the longer of the two', () => {
    const [slower, quicker] = [back(bench(5)), back(bench(5, { slowStart: 1_000 }))]
    slower.now += 2_500
    quicker.now += 2_500
    expect([shares(slower)[0], shares(quicker)[0]]).toEqual([0.25, 0.5])
  })

  it('keeps it when others join and too many are new', () => {
    const of = back(bench(5))
    of.members(20)
    expect(shares(of).slice(0, 6)).toEqual([0.1, 1, 1, 1, 1, 1])
  })

  it('stays out when it joins while it is', () => {
    const of = bench(5)
    of.warm()
    of.now = 100
    of.answers(0, 5, failed())
    of.cluster.pool.update([1, 2, 3, 4].map((i) => ({ key: `${i}`, target: '' })), 200)
    of.members(5)
    expect(of.state(0)).toBe('ejected')
  })
})
