import { describe, expect, it } from 'vitest'
import { seeded } from '../attempt/chance.test-support.ts'
import type { Balancing } from '../balance/options.ts'
import { Visited } from '../balance/visited.ts'
import type { ClusterPolicies } from './cluster.ts'
import { Bench, failed, GONE, OK } from './cluster.test-support.ts'

/** So many endpoints of priority 0, then of 1: `0`, `1`, `2` stand before `3`, `4`, `5`. */
class Standby extends Bench {
  constructor(sizes: readonly number[], policies: ClusterPolicies = {}) {
    super(0, policies)
    const specs = sizes.flatMap((count, priority) => Array.from({ length: count }, () => priority))
    this.cluster.pool.update(specs.map((priority, i) => ({ key: `${i}`, target: '', priority })), 0)
  }

  down(...indices: readonly number[]): void {
    for (const index of indices) this.cluster.setUnreachable(this.endpoint(index), true)
  }

  up(...indices: readonly number[]): void {
    for (const index of indices) this.cluster.setUnreachable(this.endpoint(index), false)
  }

  /** The share of priority 1. */
  spilt(times = 2_000, said: Parameters<Bench['picks']>[1] = {}): number {
    const picks = this.picks(times, said)
    return picks.reduce((sum, count, i) => sum + (this.endpoint(i).priority === 0 ? 0 : count), 0) / times
  }

  /** Calls whose tries fail in priority 0 and succeed elsewhere; answers the share that failed. */
  traffic(from: number, until: number, broken: boolean): number {
    let [calls, failures] = [0, 0]
    for (this.now = from; this.now < until; this.now += 5) {
      const lease = this.pick({ mayExplore: true })
      const fails = broken && lease.endpoint.priority === 0
      this.cluster.head(lease, fails ? failed() : OK, this.now + 2)
      this.cluster.end(lease, fails ? failed() : OK, this.now + 2)
      calls += 1
      if (fails) failures += 1
    }
    return failures / calls
  }
}

describe('a small fleet with others standing by', () => {
  it('is a small fleet: one of three that still answers is needed, one of four is not', () => {
    for (const [count, state] of [[3, 'in'], [4, 'ejected']] as const) {
      const bench = new Standby([count, 4])
      bench.warm()
      for (let i = 0; i < 20; i++) {
        bench.answers(0, 5, failed())
        bench.answers(0, 5)
      }
      expect(bench.state(0)).toBe(state)
    }
  })
})

const kinds: readonly Balancing[] = ['latency', 'round-robin', 'weighted-round-robin', 'least-request', 'hash']

describe.each(kinds)('priorities under %s', (by) => {
  const policies = { balance: { by } }

  it('leave those that stand by alone while enough of the first are in', () => {
    const bench = new Standby([4, 4], policies)
    expect(bench.spilt()).toBe(0)
    bench.down(0)
    expect(bench.spilt()).toBe(0)
  })

  it('spill what the first cannot take, and take it back', () => {
    const bench = new Standby([4, 4], policies)
    bench.down(0, 1)
    expect(bench.spilt()).toBeCloseTo(0.3, 1)
    bench.down(2, 3)
    expect(bench.spilt()).toBe(1)
    bench.up(0, 1, 2, 3)
    expect(bench.spilt()).toBe(0)
  })

  it('send extra tries elsewhere when their own has nothing more for them', () => {
    const bench = new Standby([1, 1], policies)
    const visited = new Visited<string>()
    const used = [bench.pick({ visited }), bench.pick({ visited, mustDiffer: true })].map(({ endpoint }) => endpoint.key)
    expect(used).toEqual(['0', '1'])
    expect(bench.cluster.pick(bench.request({ visited, mustDiffer: true }), 0)).toBeUndefined()
    expect(bench.pick({ visited })).toBeDefined()
  })

  it('keep turns and shares even within each', () => {
    const bench = new Standby([4, 3], policies)
    bench.down(0, 1)
    const [, , a, b, ...others] = bench.picks(4_000)
    const even = by.endsWith('robin') ? 0.005 : 0.2
    expect(Math.abs(a! / b! - 1)).toBeLessThan(even)
    for (const count of others) expect(Math.abs((count / (others[0]! + others[1]! + others[2]!)) * 3 - 1)).toBeLessThan(even)
  })
})

describe('failing over', () => {
  it('happens by ejection alone when a whole priority fails, though elsewhere that would be one broken operation', () => {
    const bench = new Standby([3, 3])
    expect(bench.traffic(0, 20_000, false)).toBe(0)
    bench.traffic(20_000, 21_000, true)
    expect(bench.traffic(21_000, 25_000, true)).toBeLessThan(0.02)
    expect([0, 1, 2].every((i) => bench.state(i) !== 'in')).toBe(true)
    expect(bench.told('panic')).toEqual([])
  })

  it('is undone when the first works again', () => {
    const bench = new Standby([3, 3])
    bench.traffic(0, 10_000, false)
    bench.traffic(10_000, 20_000, true)
    bench.traffic(20_000, 60_000, false)
    expect([bench.spilt(), bench.state(0)]).toEqual([0, 'in'])
  })

  it('does not happen where the others could not take it all: there it is one broken operation', () => {
    const bench = new Standby([4, 5])
    bench.down(4, 5)
    bench.traffic(0, 10_000, false)
    bench.traffic(10_000, 15_000, true)
    expect(bench.told('ejected')).toEqual([])
    expect(bench.told('ejection-suppressed')).toContainEqual(expect.objectContaining({ why: 'shared-failure' }))
  })

  it('leaves those that took over their own cap', () => {
    const bench = new Standby([3, 4])
    bench.traffic(0, 10_000, false)
    bench.traffic(10_000, 15_000, true)
    expect(bench.told('ejected')).toHaveLength(3)
    bench.answers(4, 5, failed())
    expect(bench.state(4)).toBe('ejected')
    bench.answers(5, 5, failed())
    expect(bench.state(5)).toBe('in')
  })

  it('stops at the last: who stands by and fails too is not emptied', () => {
    const bench = new Standby([2, 4])
    bench.traffic(0, 10_000, false)
    bench.traffic(10_000, 15_000, true)
    for (let i = 2; i < 6; i++) bench.answers(i, 20, failed())
    expect([2, 3, 4, 5].filter((i) => bench.state(i) !== 'in').length).toBeLessThanOrEqual(1)
    expect(bench.cluster.pick(bench.request(), bench.now)).toBeDefined()
  })

  it('does not come from one operation that fails everywhere', () => {
    const bench = new Standby([4, 4])
    bench.traffic(0, 10_000, false)
    const chance = seeded(5)
    for (let i = 0; i < 4_000; i++) {
      bench.now += 5
      bench.cluster.end(bench.pick({ mayExplore: true }), chance.next() < 0.3 ? failed() : OK, bench.now)
    }
    expect(bench.told('ejection-suppressed')).toContainEqual(expect.objectContaining({ why: 'shared-failure' }))
    // Chance may give one host a run of failures that the others did not have just then.
    expect(bench.told('ejected').length).toBeLessThanOrEqual(1)
    expect(bench.spilt()).toBeLessThan(0.1)
  })
})

describe('priorities of all modes', () => {
  it('hold where balancing is off or only observed: a standby is not part of a plain call', () => {
    const bench = new Standby([2, 2])
    expect(bench.spilt(100, { balanceOn: false, ejectOn: false })).toBe(0)
    expect(bench.picks(100, { balanceOn: false })).toEqual([50, 50, 0, 0])
    bench.down(0, 1)
    expect(bench.spilt(100, { balanceOn: false, ejectOn: false })).toBe(1)
  })

  it('leave the measure of what is ordinary to those that are used, and not to idle ones', () => {
    const bench = new Standby([2, 6])
    for (let i = 0; i < 12; i++) {
      bench.now += 100
      bench.pick()
    }
    expect(bench.cluster.inspect(bench.now)[0]!.medianCost).toBeGreaterThan(4)
    expect(bench.pick().outlying).toBe(false)
  })

  it('ignore who is ejected where ejection is only observed', () => {
    const bench = new Standby([2, 2])
    bench.warm()
    bench.answers(0, 5, failed('UNAVAILABLE', { reach: 'unsent' }))
    expect(bench.state(0)).toBe('ejected')
    expect(bench.spilt(1_000, { ejectOn: false })).toBe(0)
    expect(bench.spilt(1_000)).toBeGreaterThan(0.2)
  })

  it('are shown to nobody who has none', () => {
    const bench = new Standby([2, 2])
    expect(bench.cluster.inspect(0).map(({ available }) => available)).toEqual([true, true, true, true])
    bench.members(3)
    expect(bench.picks(300).every((count) => count > 50)).toBe(true)
  })
})

describe('a call with a key', () => {
  it('stays with its priority while shares are what they are', () => {
    const bench = new Standby([4, 4], { balance: { by: 'hash' } })
    bench.down(0, 1)
    const where = (affinity: string): Set<string> => new Set(Array.from({ length: 20 }, () => {
      const lease = bench.pick({ affinity })
      bench.cluster.end(lease, GONE, 0)
      return lease.endpoint.key
    }))
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`)
    expect(keys.every((key) => where(key).size === 1)).toBe(true)
    bench.cluster.configure({})
    expect(keys.some((key) => where(key).size > 4)).toBe(true)
    bench.cluster.configure({ balance: { by: 'hash' } })
    const spilt = keys.filter((key) => [...where(key)].some((one) => Number(one) > 3)).length
    expect(spilt / 300).toBeCloseTo(0.3, 1)
  })
})
