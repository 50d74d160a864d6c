import { describe, expect, it } from 'vitest'
import type { BalanceOptions } from '../balance/options.ts'
import type { PickReasons } from '../balance/pick-reasons.ts'
import type { PickRequest } from '../balance/pick-request.ts'
import { Bench, failed, OK } from './cluster.test-support.ts'

/** Picks, answers after 5 ms, and tells why it went where it did. */
function reasons(bench: Bench, said: Partial<PickRequest<string>> = {}): PickReasons & { readonly key: string } {
  const request = bench.request(said)
  const lease = bench.cluster.pick(request, bench.now)!
  const told = bench.cluster.reasons(lease, request)
  bench.cluster.head(lease, OK, bench.now + 5)
  bench.cluster.end(lease, OK, bench.now + 5)
  return { ...told, key: lease.endpoint.key }
}

/** Five endpoints, the first of which was ejected and may be probed. */
function due(): Bench {
  const bench = new Bench(5)
  bench.warm()
  bench.now = 100
  bench.answers(0, 5, failed())
  return bench
}

describe('why a try went where it did', () => {
  it.each<Required<BalanceOptions>['by']>(['latency', 'least-request', 'weighted-round-robin', 'hash', 'round-robin'])('is the strategy: %s', (by) => {
    const bench = new Bench(5, { balance: { by, exploreShare: 0 } })
    bench.warm()
    for (let i = 0; i < 20; i++) expect(reasons(bench, { affinity: 'k' })).toMatchObject({ by, among: 5, of: 5 })
  })

  it('is round robin where balancing is off, whatever the strategy', () => {
    const bench = new Bench(3)
    bench.warm()
    expect(reasons(bench, { balanceOn: false }).by).toBe('round-robin')
    expect(reasons(bench).by).toBe('latency')
  })

  it('is that nobody had asked it for a while, and of the next pick no more', () => {
    const bench = new Bench(5, { balance: { exploreShare: 0.1 } })
    bench.warm()
    // One that is so slow that nothing else would take it.
    bench.answers(4, 20)
    for (let i = 0; i < 20; i++) bench.answer(4, OK, 500)
    const seen: { readonly by: string; readonly key: string }[] = []
    for (let i = 0; i < 1000; i++) {
      bench.now += 10
      seen.push(reasons(bench, { mayExplore: true }))
    }
    const explored = seen.filter(({ by }) => by === 'explored')
    expect(explored.length).toBeGreaterThan(3)
    expect(new Set(explored.map(({ key }) => key))).toEqual(new Set(['4']))
    for (const [i, { by }] of seen.entries()) if (by === 'explored') expect(seen[i + 1]?.by ?? 'latency').toBe('latency')
    // Another strategy has nothing of it, not even of the very last pick.
    for (let by = ''; by !== 'explored'; bench.now += 10) ({ by } = reasons(bench, { mayExplore: true }))
    bench.cluster.configure({ balance: { by: 'round-robin' } })
    expect(reasons(bench, { mayExplore: true }).by).toBe('round-robin')
  })

  it('is that it is out and may show that it is well', () => {
    const bench = due()
    bench.now = 6_200
    expect(reasons(bench, { mayExplore: true })).toMatchObject({ by: 'probe', key: '0', among: 4, of: 5 })
  })

  it('counts those that could be picked: without those that are out, or with them where ejection is off', () => {
    const bench = due()
    expect(reasons(bench)).toMatchObject({ among: 4, of: 5 })
    expect(reasons(bench, { ejectOn: false })).toMatchObject({ among: 5, of: 5 })
    bench.cluster.setUnreachable(bench.endpoint(1), true)
    expect(reasons(bench)).toMatchObject({ among: 3, of: 5 })
    expect(reasons(bench, { ejectOn: false })).toMatchObject({ among: 4, of: 5 })
  })

  it('tells what it cost beside what half of the endpoints cost less than', () => {
    const bench = new Bench(3)
    bench.warm()
    const { cost, median, key } = reasons(bench)
    const snapshot = bench.cluster.inspect(bench.now).find((one) => one.key === key)
    expect(cost).toBeGreaterThan(0)
    expect(cost / median).toBeCloseTo(snapshot!.cost / snapshot!.medianCost, 0)
  })
})
