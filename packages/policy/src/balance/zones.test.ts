import { describe, expect, it } from 'vitest'
import { Bench, failed, GONE, OK } from '../cluster/cluster.test-support.ts'
import type { BalanceOptions, Balancing } from './options.ts'

/** Endpoints by zone; we are in `here`. */
function bench(zones: readonly (string | undefined)[], said: BalanceOptions = {}): Bench {
  const of = new Bench(0, { balance: { localZone: 'here', ...said } })
  of.cluster.pool.update(zones.map((zone, i) => ({ key: `${i}`, target: '', zone })), 0)
  return of
}

/** The share of the endpoints of our zone, of calls of which so many are under way at one time. */
function local(of: Bench, open = 0, times = 2_000): number {
  const under = Array.from({ length: open }, () => of.pick())
  const picks = of.picks(times)
  for (const lease of under) of.cluster.end(lease, GONE, of.now)
  const there = of.cluster.pool.members.filter(({ zone }) => zone === 'here').map(({ key }) => picks[Number(key)]!)
  return there.reduce((sum, count) => sum + count, 0) / times
}

const HALF = ['here', 'here', 'there', 'there']

describe.each(['latency', 'least-request'] satisfies Balancing[])('the preference of our zone under %s', (by) => {
  it('takes an idle local one of those that it compares', () => {
    // Least request compares two, and one pair in six is both remote.
    expect(local(bench(HALF, { by }))).toBeCloseTo(by === 'latency' ? 1 : 5 / 6, 1)
    expect(local(bench(HALF, { by, localZone: '' }))).toBeCloseTo(1 / 2, 1)
  })

  it('gives way to load: a local one has half as much again under way, and no more', () => {
    const of = bench(['here', 'there'], { by })
    const under = Array.from({ length: 500 }, () => of.pick().endpoint.zone)
    expect(under.filter((zone) => zone === 'here').length / 500).toBeCloseTo(0.6, 1)
  })

  it('is as strong as it is said to be, and can be none', () => {
    const share = (remoteCost: number): number => {
      const of = bench(['here', 'there'], { by, remoteCost })
      return Array.from({ length: 500 }, () => of.pick().endpoint.zone).filter((zone) => zone === 'here').length / 500
    }
    expect([share(4), share(1)].map((one) => Math.round(one * 10) / 10)).toEqual([0.8, 0.5])
  })

  it('goes elsewhere when nobody is in here', () => {
    const of = bench(HALF, { by })
    for (const i of [0, 1]) of.cluster.setUnreachable(of.endpoint(i), true)
    expect(local(of)).toBe(0)
    for (const i of [0, 1]) of.cluster.setUnreachable(of.endpoint(i), false)
    expect(local(of)).toBeGreaterThan(0.7)
  })
})

describe('the preference of our zone', () => {
  it('counts in turns by weight', () => {
    expect(local(bench(HALF, { by: 'weighted-round-robin' }))).toBeCloseTo(0.6, 1)
  })

  it('does not hold against a zone that is sick', () => {
    const of = bench(HALF)
    of.warm()
    for (const i of [0, 1]) of.answer(i, OK, 60)
    expect(local(of)).toBeLessThan(0.2)
    const failing = bench(HALF, {})
    failing.warm()
    for (const i of [0, 1]) failing.answers(i, 3, failed())
    expect(local(failing)).toBeLessThan(0.2)
  })

  it('holds nothing against an endpoint of unknown zone', () => {
    const of = bench(['here', undefined])
    expect(local(of)).toBeCloseTo(0.5, 1)
    expect(of.cluster.inspect(0).map(({ cost }) => cost)).toEqual([1, 1])
  })

  it('does not change weights, and follows them and the zone wherever they go', () => {
    const of = bench(['here', 'there'])
    of.cluster.pool.update([{ key: '0', target: '', zone: 'there', weight: 3 }, { key: '1', target: '', zone: 'here' }], 1)
    expect(of.cluster.inspect(1).map(({ weight, cost }) => [weight, cost])).toEqual([[3, 0.5], [1, 1]])
    of.cluster.configure({ balance: { localZone: 'there', remoteCost: 2 } })
    expect(of.cluster.inspect(1).map(({ weight, cost }) => [weight, Math.round(cost * 100) / 100])).toEqual([[3, 0.33], [1, 2]])
    of.cluster.configure({})
    expect(of.cluster.inspect(1).map(({ cost }) => Math.round(cost * 100) / 100)).toEqual([0.33, 1])
  })

  it('costs in a fleet of one nothing but what it shows', () => {
    expect(bench(['there']).picks(5)).toEqual([5])
  })
})
