import { describe, expect, it } from 'vitest'
import type { Outcome } from '../types.ts'
import { Bench, failed, GONE, OK, SUPERSEDED } from './cluster.test-support.ts'

describe('a lease', () => {
  it('awaits its head, then holds its body, then is over', () => {
    const bench = new Bench(1)
    const endpoint = bench.endpoint(0)
    const lease = bench.pick()
    expect([endpoint.awaiting, endpoint.inFlight(0)]).toEqual([1, 1])
    bench.cluster.head(lease, OK, 5)
    expect([endpoint.awaiting, endpoint.inFlight(5)]).toEqual([0, 1])
    bench.cluster.end(lease, OK, 6)
    expect([endpoint.awaiting, endpoint.inFlight(6)]).toEqual([0, 0])
  })

  it('marks its endpoint as visited', () => {
    const bench = new Bench(3)
    const { visited } = bench.request()
    const used = [0, 1, 2].map(() => bench.pick({ visited }).endpoint.key)
    expect(used.sort()).toEqual(['0', '1', '2'])
    expect(bench.cluster.pick(bench.request({ visited, mustDiffer: true }), 0)).toBeUndefined()
  })

  it('is outlying on an endpoint that costs more than three times what is ordinary', () => {
    const bench = new Bench(5)
    bench.warm()
    expect(bench.pickOn(0)!.outlying).toBe(false)
    bench.answer(1, OK, 100)
    expect(bench.pickOn(1)!.outlying).toBe(false)
    for (let more = 0; more < 3; more++) bench.answer(1, OK, 100)
    expect(bench.pickOn(1)!.outlying).toBe(true)
  })
})

describe('what is learnt', () => {
  it('from a failure is no latency: a fast failure does not make an endpoint look fast', () => {
    const bench = new Bench(3)
    bench.warm()
    const before = bench.cluster.operations.service.latency.count(0)
    bench.answers(0, 3, failed('INTERNAL', { status: 500 }))
    const [snapshot] = bench.cluster.inspect(0)
    expect([bench.cluster.operations.service.latency.count(0) - before, snapshot!.slow > 0.9]).toEqual([0, true])
    expect(snapshot!.cost).toBeGreaterThan(5 * snapshot!.medianCost)
  })

  it('from a superseded try is that it would have taken longer', () => {
    const bench = new Bench(3)
    bench.warm()
    const lease = bench.pickOn(0)!
    bench.cluster.end(lease, SUPERSEDED, 40)
    expect(bench.cluster.inspect(40)[0]!.slow).toBeCloseTo(8, 0)
    bench.cluster.end(bench.pickOn(0)!, SUPERSEDED, 40)
    expect(bench.cluster.inspect(40)[0]!.slow).toBeCloseTo(8, 0)
  })

  it('from a loser that ran to its end is its latency', () => {
    const bench = new Bench(3)
    bench.warm()
    const lease = bench.pickOn(0)!
    bench.cluster.head(lease, OK, 40)
    bench.cluster.end(lease, SUPERSEDED, 41)
    // A fifth of the way from 1 to 8.
    expect(bench.cluster.inspect(41)[0]!.slow).toBeCloseTo(2.4, 0)
  })

  it('from a try that waits is its age, before any timeout', () => {
    const bench = new Bench(5)
    bench.warm()
    bench.pickOn(0)
    bench.now = 40
    expect(bench.picks(400)[0]).toBe(0)
    expect(bench.cluster.inspect(40)[0]!.slow).toBeCloseTo(8, 0)
  })

  it('from a healthy long poll is nothing', () => {
    const bench = new Bench(2)
    bench.warm()
    const poll = bench.pickOn(0)!
    bench.cluster.head(poll, OK, 5)
    bench.now = 30_000
    expect(bench.cluster.inspect(30_000)[0]).toMatchObject({ open: 1, inFlight: 0, awaiting: 0 })
    const [cost] = bench.cluster.inspect(30_000).map((snapshot) => snapshot.cost)
    expect(cost).toBeCloseTo(bench.cluster.inspect(30_000)[1]!.cost, 6)
  })

  it('shows in the percentiles of its endpoint', () => {
    const bench = new Bench(2)
    for (let i = 1; i <= 100; i++) bench.answer(0, OK, i)
    const [snapshot, unused] = bench.cluster.inspect(0)
    expect([snapshot!.p50! / 50, snapshot!.p90! / 90, snapshot!.p99! / 99].every((ratio) => Math.abs(ratio - 1) <= 0.05)).toBe(true)
    expect([unused!.p50, unused!.p99]).toEqual([undefined, undefined])
  })
})

describe('a code reported afterwards', () => {
  it('counts as one more completed try of that code', () => {
    const bench = new Bench(3, { reweight: { codes: { QUOTA: 4 } } })
    const lease = bench.pickOn(0)!
    bench.cluster.head(lease, OK, 5)
    bench.cluster.end(lease, OK, 5)
    bench.cluster.report(lease, 'QUOTA', 5)
    expect(bench.cluster.inspect(5)[0]).toMatchObject({ severity: 0.4, consecutiveFailures: 1 })
    bench.cluster.report(lease, 'UNAVAILABLE', 5)
    expect(bench.cluster.inspect(5)[0]!.consecutiveFailures).toBe(2)
    bench.cluster.report(lease, 'unheard of', 5)
    bench.cluster.report(lease, '503', 5)
    expect(bench.cluster.inspect(5)[0]!.consecutiveFailures).toBe(4)
    bench.cluster.report(lease, 'OK', 5)
    expect(bench.cluster.inspect(5)[0]!.consecutiveFailures).toBe(0)
  })
})

describe('suspicion', () => {
  it('falls on a try whose endpoint has been silent since it began', () => {
    const bench = new Bench(2)
    bench.warm()
    bench.now = 10
    const lease = bench.pickOn(0)!
    expect(bench.cluster.suspect(lease, 12)).toBe(true)
    bench.now = 12
    bench.answer(0, OK, 0)
    expect(bench.cluster.suspect(lease, 12)).toBe(false)
  })

  it('falls on a try whose endpoint has become an outlier, though it speaks', () => {
    const bench = new Bench(3)
    bench.warm()
    const lease = bench.pickOn(0)!
    bench.now = 200
    bench.answer(0, OK, 0)
    expect(bench.cluster.suspect(lease, 200)).toBe(true)
  })

  it('is not lifted by a failure of the transport or of our own patience', () => {
    for (const outcome of [failed('DEADLINE_EXCEEDED'), failed('UNAVAILABLE', { cause: new Error('reset') })] as Outcome[]) {
      const bench = new Bench(2)
      const lease = bench.pickOn(0)!
      const { status: _, ...withoutStatus } = outcome as ReturnType<typeof failed>
      bench.cluster.end(bench.pickOn(0)!, withoutStatus, 5)
      expect(bench.cluster.suspect(lease, 5)).toBe(true)
    }
  })
})

describe('another balancer than latency', () => {
  it('keeps the medians of a large pool, so that who is as loaded as everybody is no outlier', () => {
    for (const by of ['round-robin', 'least-request', 'weighted-round-robin'] as const) {
      const bench = new Bench(300, { balance: { by } })
      for (let i = 0; i < 1_500; i++) {
        bench.now += 1
        bench.pick()
      }
      expect(bench.pick().outlying, by).toBe(false)
    }
  })

  it('follows a changed bound, and forgets the reports of who is gone', () => {
    const bench = new Bench(4, { balance: { by: 'hash', loadFactor: Infinity } })
    const hot = (): number => new Set(Array.from({ length: 30 }, () => bench.pick({ affinity: 'hot' }).endpoint.key)).size
    expect(hot()).toBe(1)
    bench.cluster.configure({ balance: { by: 'hash', loadFactor: 1.25 } })
    expect(hot()).toBe(2)
    const reported = new Bench(3, { balance: { by: 'weighted-round-robin' } })
    for (const at of [0, 1_000]) for (const [i, weight] of [1, 1, 9].entries()) reported.cluster.reportWeight(reported.endpoint(i), weight, at)
    reported.now = 1_000
    reported.cluster.reportWeight(reported.endpoint(0), 1, 2_000)
    expect(reported.picks(110)[2]).toBeGreaterThan(85)
    reported.members(2)
    reported.members(3)
    expect(reported.picks(300)[2]).toBeLessThan(103)
  })
})

/** A try on that endpoint whose reply says so much, after 5 ms. */
function replied(bench: Bench, index: number, inFlight: number): void {
  const lease = bench.pickOn(index)!
  bench.cluster.reportInFlight(lease, inFlight, bench.now + 5)
  bench.cluster.head(lease, OK, bench.now + 5)
  bench.cluster.end(lease, OK, bench.now + 5)
}

describe('what an endpoint says that it has in flight', () => {
  const told = (by?: 'hash', reports = true): { bench: Bench; share: () => number } => {
    const bench = new Bench(2, { balance: { ...(by && { by }), reports, exploreAfter: Infinity } })
    for (const [index, inFlight] of [9, 1].entries()) replied(bench, index, inFlight)
    // What is ordinary is looked at ten times a second.
    bench.now = 105
    const share = (): number => Array.from({ length: 100 }, () => {
      const lease = bench.pick()
      bench.cluster.end(lease, SUPERSEDED, bench.now)
      return lease.endpoint.key
    }).filter((key) => key === '0').length
    return { bench, share }
  }

  it('keeps calls away from whom others keep busy, where latency balances', () => {
    expect(told().share()).toBe(0)
    expect(told('hash').share()).toBe(0)
  })

  it('is less what was ours as the try began, though that has ended since: a server may count before it works', () => {
    const bench = new Bench(1)
    const before = [bench.pick(), bench.pick(), bench.pick()]
    const lease = bench.pick()
    for (const each of before) bench.cluster.end(each, OK, 1)
    bench.cluster.reportInFlight(lease, 4, 2)
    expect(bench.endpoint(0).reported?.others).toBe(0)
    // And what has begun since is ours as well.
    const after = Array.from({ length: 6 }, () => bench.pick())
    bench.cluster.reportInFlight(lease, 8, 2)
    expect([after.length, bench.endpoint(0).reported?.others]).toEqual([6, 1])
  })

  it('is forgotten soon', () => {
    const { bench, share } = told()
    bench.now = 10_000
    expect(share()).toBeGreaterThan(30)
  })

  it('means nothing where reports do not count', () => {
    expect(told(undefined, false).share()).toBeGreaterThan(30)
    const bench = new Bench(3, { balance: { by: 'weighted-round-robin', reports: false } })
    for (const at of [0, 1_000]) for (const [i, weight] of [1, 1, 9].entries()) bench.cluster.reportWeight(bench.endpoint(i), weight, at)
    expect(bench.picks(300)[2]).toBeLessThan(103)
  })

  it('goes with its endpoint, and is no report when it is no number', () => {
    const { bench } = told()
    bench.members(1)
    bench.members(2)
    for (const nonsense of [NaN, -1, Infinity]) replied(bench, 1, nonsense)
    expect(bench.endpoint(1).reported?.others ?? 0).toBeLessThan(2)
  })
})

describe('preview', () => {
  it('answers what the whole policy would pick, and changes nothing', () => {
    const bench = new Bench(5)
    bench.warm()
    bench.answers(0, 5, failed())
    const before = JSON.stringify(bench.cluster.inspect(1))
    const observed = bench.request({ balanceOn: false, ejectOn: false })
    const previews = Array.from({ length: 200 }, () => bench.cluster.preview(observed, 1)!.key)
    expect(new Set(previews)).toEqual(new Set(['1', '2', '3', '4']))
    expect([JSON.stringify(bench.cluster.inspect(1)), observed.visited.size]).toEqual([before, 0])
  })

  it('names the endpoint that is due for a probe, and leaves it due', () => {
    const bench = new Bench(5)
    bench.warm()
    bench.answers(0, 5, failed())
    bench.now = 7_000
    expect(bench.cluster.preview(bench.request({ mayExplore: true }), 7_000)?.key).toBe('0')
    expect(bench.pick({ mayExplore: true }).probe).toBe(true)
  })
})

describe('a change of policies', () => {
  it('keeps what was learnt, and every lease', () => {
    const bench = new Bench(3)
    bench.warm()
    bench.answer(0, failed(), 0)
    const lease = bench.pickOn(0)!
    bench.cluster.configure({ balance: { by: 'round-robin' }, reweight: { weight: 0 }, eject: { window: 5_000 } })
    expect(bench.cluster.inspect(0)[0]).toMatchObject({ severity: 0.1, awaiting: 1, consecutiveFailures: 1 })
    expect(bench.picks(300)).toEqual([100, 100, 100])
    bench.cluster.end(lease, OK, 0)
    expect(bench.endpoint(0).inFlight(0)).toBe(0)
  })
})

describe('inspect', () => {
  it('is plain data', () => {
    const bench = new Bench(4)
    bench.warm()
    bench.answers(0, 5, failed())
    bench.cluster.end(bench.pick(), GONE, 9)
    const snapshots = bench.cluster.inspect(9)
    expect(JSON.parse(JSON.stringify(snapshots))).toEqual(snapshots)
    expect(snapshots[0]).toMatchObject({ state: 'ejected', why: 'consecutive', ejections: 1, available: false, since: 5 })
  })
})
