import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { ReportedQueues } from './reported-queues.ts'
import { costs, weighted } from './strategies.test-support.ts'

interface Reporting {
  readonly pool: ReturnType<typeof weighted>
  readonly queues: ReportedQueues
  factors(now?: number): number[]
}

/** Each endpoint has said so much at 0. */
function reporting(...inFlight: readonly (number | undefined)[]): Reporting {
  const pool = weighted(...inFlight.map(() => 1))
  const queues = new ReportedQueues()
  for (const [at, count] of inFlight.entries()) if (count !== undefined) queues.report(pool[at]!, count, 0, 0)
  queues.refresh(pool, 0)
  const factors = (now = 0): number[] => pool.map(({ reported }) => reported === undefined ? 1 : queues.factor(reported, now))
  return { pool, queues, factors }
}

describe('what endpoints have in flight for others', () => {
  it('makes them dearer or cheaper, by what is ordinary among them', () => {
    const [busy, usual, idle] = reporting(11, 3, 1).factors() as [number, number, number]
    expect(busy).toBe(2)
    expect(usual).toBeCloseTo(4 / 6, 9)
    expect(idle).toBeLessThan(usual)
  })

  it('changes nothing where all have as much, or none has said anything', () => {
    expect(reporting(5, 5, 5).factors()).toEqual([1, 1, 1])
    expect(reporting(undefined, undefined).factors()).toEqual([1, 1])
    expect(reporting(9).factors()).toEqual([1])
  })

  it('is what they report less what is ours, so a single client balances as without', () => {
    const { pool, queues, factors } = reporting()
    const mine = weighted(1, 1)
    queues.report(mine[0]!, 8, 8, 0)
    queues.report(mine[1]!, 1, 1, 0)
    queues.refresh(mine, 0)
    expect(mine.map(({ reported }) => queues.factor(reported!, 0))).toEqual([1, 1])
    // More of ours are on their way than have arrived there.
    queues.report(mine[0]!, 3, 8, 0)
    expect(mine[0]!.reported?.others).toBe(0)
    expect([pool, factors()]).toEqual([[], []])
  })

  it('is forgotten within a second or so: a queue lasts no longer', () => {
    const { factors } = reporting(11, 3, 1)
    const [now, later, late] = [factors(0)[0]!, factors(250)[0]!, factors(1_000)[0]!]
    expect(later - 1).toBeCloseTo((now - 1) / Math.E, 3)
    expect(late - 1).toBeLessThan((now - 1) / 50)
    expect(factors(10_000)).toEqual([1, 1, 1])
  })

  it('leaves one that has not been heard of as it is', () => {
    expect(reporting(11, undefined, 1).factors()[1]).toBe(1)
  })

  it('makes nobody more than ten times as dear, nor cheaper than half, whatever he says', () => {
    const { factors } = reporting(1e9, 3, 3, 3, 0)
    expect(factors()[0]).toBeLessThanOrEqual(10)
    // The others are what they are beside one that exaggerates a little.
    expect(Math.min(...factors())).toBeGreaterThanOrEqual(0.5)
    // Where ten have a hundred each for others, one that says it has none is not given ten times as much.
    expect(reporting(...Array.from({ length: 10 }, () => 100), 0).factors().at(-1)).toBe(0.5)
  })

  it('of one that says anything leaves the others told apart', () => {
    const [liar, busy, idle] = reporting(1e9, 40, 2, 2, 2).factors() as [number, number, number]
    expect(liar).toBeGreaterThan(busy)
    expect(busy).toBeGreaterThan(2 * idle)
  })

  it('is no number below 0, nor none', () => {
    const { pool, queues } = reporting(undefined)
    for (const nonsense of [-1, NaN, Infinity, -Infinity]) queues.report(pool[0]!, nonsense, 0, 0)
    expect(pool[0]!.reported).toBeUndefined()
  })

  it('is ordinary as of the last two seconds; of old reports nothing is left', () => {
    const { pool, queues, factors } = reporting(9, 9)
    queues.report(pool[0]!, 1, 0, 2_001)
    queues.refresh(pool, 2_001)
    expect(factors(2_001)).toEqual([1, 1])
  })

  it('is made up in pieces in a large pool, and costs no more', () => {
    const pool = weighted(...Array.from({ length: 1_000 }, () => 1))
    const queues = new ReportedQueues()
    for (const endpoint of pool) queues.report(endpoint, 4, 0, 0)
    for (let step = 0; step < 30; step++) {
      queues.refresh(pool, 0)
      expect(queues.factor(pool[999]!.reported!, 0)).toBe(1)
    }
    // Every endpoint is looked at within eight steps.
    queues.report(pool[500]!, 1e6, 0, 0)
    const seen = Array.from({ length: 8 }, () => {
      queues.refresh(pool, 0)
      return queues.factor(pool[0]!.reported!, 0)
    })
    expect(seen.filter((factor) => factor < 1)).toHaveLength(1)
  })

  it('never makes a cost anything but a number above 0', () => {
    const said = fc.array(fc.tuple(fc.double({ noNaN: false }), fc.nat(5_000)), { minLength: 1, maxLength: 40 })
    expect(counterexample(said, (reports) => {
      const pool = weighted(1, 1, 1)
      const all = costs()
      let now = 0
      for (const [at, [inFlight, wait]] of reports.entries()) {
        now += wait
        all.reported.report(pool[at % 3]!, inFlight, at % 2, now)
        all.refresh(pool, now)
        for (const endpoint of pool) if (!(all.of(endpoint, now) > 0 && all.of(endpoint, now) <= 10 * all.slowness)) return false
      }
      return true
    })).toBeUndefined()
  })
})
