import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seeded } from '../attempt/chance.test-support.ts'
import { Cluster } from '../cluster/cluster.ts'
import { counterexample } from '../counterexample.test-support.ts'
import type { Lease } from './lease.ts'
import type { PickRequest } from './pick-request.ts'
import { Visited } from './visited.ts'

function fleet(count: number, perEndpoint: number, by: 'latency' | 'round-robin' = 'latency'): Cluster<number> {
  const cluster = new Cluster<number>({ random: seeded(3), now: 0, guard: { perEndpoint }, balance: { by } })
  cluster.pool.update(Array.from({ length: count }, (_, i) => ({ key: `e${i}`, target: i })), 0)
  return cluster
}

function request(cluster: Cluster<number>, own: Partial<PickRequest<number>> = {}): PickRequest<number> {
  return { stats: cluster.operations.get('GET'), visited: new Visited(), mayExplore: true, mustDiffer: false, balanceOn: true, ejectOn: true, ...own }
}

function load(cluster: Cluster<number>, now = 0): number[] {
  return cluster.pool.members.map((endpoint) => endpoint.inFlight(now))
}

describe.each(['latency', 'round-robin'] as const)('a guard under %s', (by) => {
  it('fills every place of a fleet, whichever endpoints the balancer would rather have, and not one more', () => {
    for (const [count, perEndpoint] of [[1, 3], [2, 5], [3, 1], [100, 2]] as const) {
      const cluster = fleet(count, perEndpoint, by)
      for (let i = 0; i < count * perEndpoint; i++) expect(cluster.pick(request(cluster), 0)).toBeDefined()
      expect(load(cluster)).toEqual(Array.from({ length: count }, () => perEndpoint))
      expect([cluster.full(0), cluster.pick(request(cluster), 0)]).toEqual([true, undefined])
    }
  })

  it('has room again with each try that ends, once', () => {
    const cluster = fleet(2, 1, by)
    const leases = [cluster.pick(request(cluster), 0)!, cluster.pick(request(cluster), 0)!]
    for (let i = 0; i < 3; i++) cluster.end(leases[0]!, { kind: 'ignored', why: 'caller' }, 1)
    expect(cluster.pick(request(cluster), 1)?.endpoint).toBe(leases[0]!.endpoint)
    expect(cluster.pick(request(cluster), 1)).toBeUndefined()
  })

  it('does not hold who is not guarded', () => {
    const cluster = fleet(2, 1, by)
    for (let i = 0; i < 6; i++) cluster.pick(request(cluster), 0, false)
    expect(load(cluster).reduce((sum, one) => sum + one)).toBe(6)
    expect(cluster.pool.members.some((endpoint) => cluster.overfull(endpoint, 0))).toBe(true)
  })

  it('rather sends a call to an endpoint that it has used than to none, but not a copy of it', () => {
    const cluster = fleet(2, 2, by)
    const [used, other] = cluster.pool.members
    for (let i = 0; i < 2; i++) {
      const visited = new Visited<number>()
      visited.add(used!)
      cluster.pick(request(cluster, { visited }), 0)
    }
    expect([used!.inFlight(0), other!.inFlight(0)]).toEqual([0, 2])
    const visited = new Visited<number>()
    visited.add(used!)
    expect(cluster.pick(request(cluster, { visited, mustDiffer: true }), 0)).toBeUndefined()
    expect(cluster.pick(request(cluster, { visited }), 0)?.endpoint).toBe(used)
  })
})

describe('a guard of priorities', () => {
  it('fills the first before anything goes to who stands by', () => {
    const cluster = new Cluster<number>({ random: seeded(3), now: 0, guard: { perEndpoint: 2 } })
    cluster.pool.update([1, 0, 0, 0, 1, 0, 0].map((priority, i) => ({ key: `e${i}`, target: i, priority })), 0)
    for (let i = 0; i < 10; i++) cluster.pick(request(cluster), 0)
    expect(load(cluster)).toEqual([0, 2, 2, 2, 0, 2, 2])
    for (let i = 0; i < 4; i++) cluster.pick(request(cluster), 0)
    expect([load(cluster), cluster.pick(request(cluster), 0)]).toEqual([[2, 2, 2, 2, 2, 2, 2], undefined])
  })
})

describe('a guard', () => {
  it('leaves the choice to the balancer while what that chooses has room', () => {
    const [with_, without] = [fleet(5, 100), fleet(5, Infinity)]
    const picked = (cluster: Cluster<number>): (number | undefined)[] => Array.from({ length: 50 }, () => cluster.pick(request(cluster), 0)?.endpoint.target)
    expect(picked(with_)).toEqual(picked(without))
  })

  it('never lets an endpoint be overfull, whatever begins and ends in whatever order', () => {
    const step = fc.oneof(fc.constant('pick' as const), fc.record({ end: fc.nat(30) }), fc.record({ head: fc.nat(30) }), fc.record({ pass: fc.integer({ min: 1, max: 700 }) }))
    expect(counterexample(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 120 })), ([count, perEndpoint, steps]) => {
      const cluster = fleet(count, perEndpoint)
      const leases: Lease<number>[] = []
      let now = 0
      return steps.every((what) => {
        if (what === 'pick') {
          const room = load(cluster, now).some((one) => one < perEndpoint)
          const lease = cluster.pick(request(cluster), now)
          if ((lease !== undefined) !== room) return false
          if (lease !== undefined) leases.push(lease)
          return load(cluster, now).every((one) => one <= perEndpoint)
        }
        if ('pass' in what) now += what.pass
        const lease = leases['head' in what ? what.head : 'end' in what ? what.end : -1]
        if (lease !== undefined && 'head' in what) cluster.head(lease, { kind: 'success', code: 'OK' }, now)
        else if (lease !== undefined) cluster.end(lease, { kind: 'success', code: 'OK' }, now)
        return load(cluster, now).every((one) => one <= perEndpoint)
      })
    })).toBeUndefined()
  })
})
