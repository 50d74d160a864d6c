import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lease } from '../balance/lease.ts'
import { counterexample } from '../counterexample.test-support.ts'
import type { Outcome } from '../types.ts'
import { Bench, failed, GONE, OK, SUPERSEDED } from './cluster.test-support.ts'

const CAUSE = new Error('session closed')

const outcomes = fc.constantFrom<Outcome>(
  OK, GONE, SUPERSEDED, failed(), failed('DEADLINE_EXCEEDED'), failed('UNAVAILABLE', { cause: CAUSE }),
  failed('RESOURCE_EXHAUSTED', { status: 429 }), failed('UNAVAILABLE', { retryAfter: 3_000 }),
)

const steps = fc.array(fc.record({
  act: fc.constantFrom('pick', 'pick', 'pick', 'head', 'head', 'end', 'end', 'members', 'reachable', 'configure'),
  wait: fc.constantFrom(0, 1, 7, 400, 3_000, 700_000),
  which: fc.nat(),
  outcome: outcomes,
  flags: fc.record({ mayExplore: fc.boolean(), mustDiffer: fc.boolean(), balanceOn: fc.boolean(), ejectOn: fc.boolean() }),
}), { maxLength: 150 })

type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never

class Story {
  readonly bench = new Bench(4)
  readonly leases: Lease<string>[] = []

  take({ act, wait, which, outcome, flags }: Step): void {
    const { bench, leases } = this
    bench.now += wait
    const lease = leases[which % (leases.length || 1)]
    if (act === 'pick') {
      const picked = bench.cluster.pick(bench.request(flags), bench.now)
      if (picked !== undefined) leases.push(picked)
    } else if (act === 'members') bench.members(which % 7)
    else if (act === 'configure') bench.cluster.configure(which % 3 === 0 ? { eject: false } : { eject: { window: 3_000 * (1 + (which % 3)) } })
    else if (act === 'reachable') {
      const endpoint = bench.cluster.pool.members[which % 5]
      if (endpoint !== undefined) bench.cluster.setUnreachable(endpoint, which % 2 === 0)
    } else if (lease !== undefined) bench.cluster[act](lease, outcome, bench.now)
  }

  /** What every endpoint must count, from the leases alone. */
  agrees(): boolean {
    const open = this.leases.filter(({ state }) => state !== 'closed')
    return [...new Set(this.leases.map(({ endpoint }) => endpoint))].every((endpoint) => {
      const own = open.filter((lease) => lease.endpoint === endpoint)
      const awaiting = own.filter(({ state }) => state === 'awaiting').length
      const young = own.filter(({ state, slot }) => state === 'body' && Math.floor(this.bench.now / 500) - slot < 2).length
      return endpoint.awaiting === awaiting && endpoint.inFlight(this.bench.now) === awaiting + young &&
        endpoint.open === own.length - awaiting - young
    })
  }
}

describe('whatever happens in whatever order', () => {
  it('each endpoint counts exactly its open leases, and none when all are closed', () => {
    expect(counterexample(steps, (story) => {
      const told = new Story()
      const agreed = story.every((step) => {
        told.take(step)
        return told.agrees()
      })
      for (const lease of told.leases) told.bench.cluster.end(lease, GONE, told.bench.now)
      for (const lease of told.leases) told.bench.cluster.end(lease, OK, told.bench.now)
      const idle = told.leases.every(({ endpoint }) => endpoint.inFlight(told.bench.now) === 0 && endpoint.open === 0)
      return agreed && idle && told.agrees()
    }, 200)).toBeUndefined()
  })

  it('somebody can be picked while there is a member, never more than the cap are ejected, and costs stay numbers', () => {
    expect(counterexample(steps, (story) => {
      const told = new Story()
      return story.every((step) => {
        told.take(step)
        const { cluster, now } = told.bench
        const snapshots = cluster.inspect(now)
        const sane = snapshots.every(({ cost, slow }) => cost >= 0 && cost < Infinity && slow >= 0)
        const placed = cluster.preview(told.bench.request(), now) !== undefined
        return sane && placed === snapshots.length > 0
      })
    }, 200)).toBeUndefined()
  })

  it('ejection leaves at least one of the reachable endpoints in, and takes out no more than its cap', () => {
    const tries = fc.array(fc.tuple(fc.nat(), fc.boolean(), fc.constantFrom(0, 10, 900)), { minLength: 20, maxLength: 200 })
    expect(counterexample(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom(0.3, 1), tries), ([count, maxShare, story]) => {
      const bench = new Bench(count, { eject: { maxShare } })
      return story.every(([which, good, wait]) => {
        bench.now += wait
        bench.answer(which % count, good && which % 3 === 0 ? OK : failed('UNAVAILABLE', { retryAfter: 5_000 }), 0)
        const out = bench.cluster.inspect(bench.now).filter(({ state }) => state !== 'in' && state !== 'ramp').length
        return out < count && out <= Math.max(1, Math.floor(maxShare * count))
      })
    })).toBeUndefined()
  })
})
