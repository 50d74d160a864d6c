import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BalanceOptions, Balancing } from '../balance/options.ts'
import type { Endpoint } from '../balance/endpoint.ts'
import type { Lease } from '../balance/lease.ts'
import { Visited } from '../balance/visited.ts'
import { counterexample } from '../counterexample.test-support.ts'
import type { Outcome } from '../types.ts'
import { Bench, failed, GONE, OK, SUPERSEDED } from './cluster.test-support.ts'

const outcomes = fc.constantFrom<Outcome>(OK, GONE, SUPERSEDED, failed(), failed('UNAVAILABLE', { retryAfter: 3_000 }))
const specs = fc.array(fc.record({
  zone: fc.constantFrom('here', 'there', undefined),
  priority: fc.constantFrom(0, 0, 0, 1, 2),
  weight: fc.constantFrom(0, 0.5, 1, 1, 7),
}), { maxLength: 7 })

const steps = fc.array(fc.record({
  act: fc.constantFrom('pick', 'pick', 'pick', 'pick', 'head', 'end', 'end', 'members', 'reachable', 'configure', 'report'),
  wait: fc.constantFrom(0, 1, 7, 400, 3_000, 20_000),
  which: fc.nat(),
  outcome: outcomes,
  flags: fc.record({
    mayExplore: fc.boolean(), mustDiffer: fc.boolean(), balanceOn: fc.boolean(), ejectOn: fc.boolean(),
    affinity: fc.constantFrom(undefined, 'a', 'b', ''),
  }),
  members: specs,
}), { maxLength: 120 })

type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never

const options: readonly BalanceOptions[] = (['latency', 'round-robin', 'weighted-round-robin', 'least-request', 'hash'] satisfies Balancing[])
  .map((by) => ({ by, localZone: 'here', slowStart: 5_000, aggression: 1.5 }))

class Story {
  readonly bench: Bench
  readonly leases: Lease<string>[] = []

  constructor(by: BalanceOptions) {
    this.bench = new Bench(4, { balance: by })
  }

  /** Answers whether all that was promised was kept. */
  take({ act, wait, which, outcome, flags, members }: Step): boolean {
    const { bench, leases } = this
    const { cluster } = bench
    bench.now += wait
    const lease = leases[which % (leases.length || 1)]
    if (act === 'pick') return this.pick(flags, which)
    if (act === 'members') cluster.pool.update(members.map((spec, i) => ({ key: `${i}`, target: '', ...spec })), bench.now)
    else if (act === 'configure') cluster.configure({ balance: options[which % options.length]! })
    else if (act === 'reachable' || act === 'report') {
      const endpoint = cluster.pool.members[which % 7]
      if (endpoint !== undefined && act === 'report') cluster.reportWeight(endpoint, which % 1_000, bench.now)
      else if (endpoint !== undefined) cluster.setUnreachable(endpoint, which % 2 === 0)
    } else if (lease !== undefined) cluster[act](lease, outcome, bench.now)
    return true
  }

  pick(flags: Step['flags'], which: number): boolean {
    const { cluster, now } = this.bench
    const visited = new Visited<string>()
    const { members } = cluster.pool
    for (let i = 0; i < members.length; i++) if ((which >> i) % 2 === 1) visited.add(members[i]!)
    const used = new Set(visited)
    const available = new Map(cluster.inspect(now).map((snapshot) => [snapshot.key, snapshot.available]))
    const lease = cluster.pick(this.bench.request({ ...flags, visited }), now)
    if (lease === undefined) return members.every((member) => flags.mustDiffer && (used.has(member) || !this.mayBe(member, flags, available)))
    this.leases.push(lease)
    const { endpoint } = lease
    const unvisited = members.some((member) => !used.has(member) && this.mayBe(member, flags, available))
    return visited.has(endpoint) && members.includes(endpoint) &&
      (lease.probe || this.mayBe(endpoint, flags, available)) && !(used.has(endpoint) && (flags.mustDiffer || unvisited))
  }

  mayBe(endpoint: Endpoint<string>, { ejectOn }: Step['flags'], available: ReadonlyMap<string, boolean>): boolean {
    if (ejectOn) return available.get(endpoint.key) === true
    return !endpoint.unreachable || this.bench.cluster.pool.members.every(({ unreachable }) => unreachable)
  }
}

describe.each(options)('under $by, whatever happens in whatever order', (by) => {
  it('a pick is of who may be picked and was not visited, there is one while there is a member, and every lease closes', () => {
    expect(counterexample(steps, (story) => {
      const told = new Story(by)
      const kept = story.every((step) => told.take(step))
      for (const lease of told.leases) told.bench.cluster.end(lease, GONE, told.bench.now)
      const idle = told.leases.every(({ endpoint }) => endpoint.inFlight(told.bench.now) === 0 && endpoint.open === 0)
      const { cluster, now } = told.bench
      const placed = cluster.pick(told.bench.request(), now) !== undefined
      return kept && idle && placed === cluster.pool.members.length > 0
    }, 150)).toBeUndefined()
  })
})

describe.each(['round-robin', 'weighted-round-robin', 'hash'] satisfies Balancing[])('under %s', (by) => {
  it('looking changes nothing: the pick after it is the one without it', () => {
    expect(counterexample(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }), (keys) => {
      const [looked, plain] = [new Bench(4, { balance: { by } }), new Bench(4, { balance: { by } })]
      return keys.every((affinity) => {
        const would = looked.cluster.preview(looked.request({ affinity }), 0)
        const picked = looked.pick({ affinity }).endpoint.key
        return picked === would!.key && picked === plain.pick({ affinity }).endpoint.key
      })
    }, 50)).toBeUndefined()
  })
})
