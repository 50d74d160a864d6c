import { describe, expect, it } from 'vitest'
import type { Millis } from '../types.ts'
import {
  during, failing, healthy, hung, latencyAt, lognormal, type Replica, type Run, share, simulate, type Simulation, successRate, UNAVAILABLE,
} from './simulation.test-support.ts'

const FROM = 10_000
const TO = 20_000

/** Five replicas of 5 ms at 200 calls a second, the first of which is faulty for ten seconds. */
function badDay(fault: Replica, said: Partial<Simulation> = {}, count = 5): Run {
  const replicas = Array.from({ length: count }, (_, i) => (i === 0 ? during(FROM, TO, fault, healthy(5)) : healthy(5)))
  return simulate({ replicas, rate: 200, duration: 70_000, ...said })
}

function gotItsShareBack(run: Run, by: Millis, count = 5): boolean {
  return share(run, 0, by, by + 20_000) > 0.5 / count
}

describe('a slow replica', () => {
  const run = badDay(healthy(50))

  it('loses nearly all its traffic within a second', () => {
    expect(share(run, 0, FROM + 1_000, TO)).toBeLessThan(0.01)
  })

  it('does not make the 99th percentile', () => {
    expect(latencyAt(run, 0.99, FROM, TO)).toBeLessThan(1.2 * latencyAt(run, 0.99, 0, FROM))
  })

  it('gets its share back when it has healed', () => {
    expect(gotItsShareBack(run, TO + 25_000)).toBe(true)
  })

  it('is not ejected: slow is not failing', () => {
    expect(run.events.filter(({ type }) => type === 'ejected')).toEqual([])
  })
})

describe('a hung replica', () => {
  it('is out of the way within ten medians, long before a timeout', () => {
    const run = badDay(hung())
    const met = run.tries.find((t) => t.replica === 0 && t.at >= FROM)!.at
    expect(run.tries.filter((t) => t.replica === 0 && t.at >= met + 50 && t.at < met + 800)).toEqual([])
    expect(successRate(run, FROM + 1_000, TO)).toBeGreaterThan(0.995)
    expect(gotItsShareBack(run, TO + 15_000)).toBe(true)
  })

  it('stays out of the way when backups end its tries before anybody sees a timeout', () => {
    const run = badDay(hung(), { backupAfter: 10 })
    expect(share(run, 0, FROM + 1_000, TO)).toBeLessThan(0.01)
    expect(latencyAt(run, 0.99, FROM + 1_000, TO)).toBeLessThan(1.3 * latencyAt(run, 0.99, 0, FROM))
    expect(gotItsShareBack(run, TO + 15_000)).toBe(true)
  })
})

describe('a replica that fails fast', () => {
  const run = badDay(failing(1))
  const withoutEjection = badDay(failing(1), { policies: { eject: false } })

  it('gets less than a hundredth of the tries after a second, also without ejection', () => {
    expect(share(run, 0, FROM + 1_000, TO)).toBeLessThan(0.01)
    expect(share(withoutEjection, 0, FROM + 1_000, TO)).toBeLessThan(0.01)
  })

  it('gets its share back when it has healed', () => {
    expect(gotItsShareBack(run, TO + 15_000)).toBe(true)
    expect(gotItsShareBack(withoutEjection, TO + 10_000)).toBe(true)
  })

  it('would get its whole share in turn', () => {
    const baseline = badDay(failing(1), { balanceOn: false, ejectOn: false })
    expect(share(baseline, 0, FROM, TO)).toBeCloseTo(0.2, 2)
  })

  it('loses traffic by what it fails: a replica that fails a third of its tries loses most of it', () => {
    const partly = badDay(failing(1, 0.33), { policies: { eject: false } })
    expect(share(partly, 0, FROM + 1_000, TO)).toBeLessThan(0.05)
  })
})

describe('a healthy fleet', () => {
  it('keeps its 99th percentile within 5 % when one try in a thousand fails everywhere', () => {
    const fleet = (replica: Replica): Run =>
      simulate({ replicas: Array.from({ length: 10 }, () => replica), rate: 1_000, duration: 30_000 })
    const ratio = latencyAt(fleet(failing(5, 0.001)), 0.99) / latencyAt(fleet(healthy(5)), 0.99)
    expect(Math.abs(ratio - 1)).toBeLessThan(0.05)
  })

  it('serves short and long operations side by side without taking the long for slowness', () => {
    const mixed: Replica = (_now, random, operation) => ({ after: lognormal(random, operation === 'long' ? 500 : 5, 0.3) })
    const replicas = Array.from({ length: 5 }, () => mixed)
    const run = simulate({ replicas, rate: 200, duration: 40_000, operations: { long: 0.1, short: 0.9 }, timeout: 5_000 })
    const alone = simulate({ replicas, rate: 180, duration: 40_000 })
    expect(latencyAt(run, 0.99, 0, Infinity, 'short')).toBeLessThan(1.05 * latencyAt(alone, 0.99))
    for (let i = 0; i < 5; i++) expect(Math.abs(share(run, i, 0, 40_000) - 0.2)).toBeLessThan(0.03)
  })

  it('does not lose a host to a rare operation that is slow', () => {
    const mixed: Replica = (_now, random, operation) => ({ after: lognormal(random, operation === 'rare' ? 500 : 5, 0.3) })
    const replicas = Array.from({ length: 5 }, () => mixed)
    const run = simulate({ replicas, rate: 200, duration: 40_000, operations: { rare: 0.001, usual: 0.999 }, timeout: 5_000 })
    for (let i = 0; i < 5; i++) expect(Math.abs(share(run, i, 0, 40_000) - 0.2)).toBeLessThan(0.06)
  })

  it('spreads evenly where there is load, and within half a share while it is idle', () => {
    // With one call in flight on average, whoever answered fastest lately is the cheapest of those that have none.
    for (const [rate, within] of [[200, 0.11], [2_000, 0.02]] as const) {
      const run = simulate({ replicas: Array.from({ length: 5 }, () => healthy(5)), rate, duration: 20_000 })
      for (let i = 0; i < 5; i++) expect(Math.abs(share(run, i, 0, 20_000) - 0.2)).toBeLessThan(within)
    }
  })

  it('is seen whole every second', () => {
    const run = simulate({ replicas: Array.from({ length: 5 }, () => healthy(5)), rate: 200, duration: 20_000 })
    for (let from = 1_000; from < 20_000; from += 1_000) {
      for (let i = 0; i < 5; i++) expect(share(run, i, from, from + 1_000)).toBeGreaterThan(0)
    }
  })
})

describe('a broken operation', () => {
  it('is not held against the hosts', () => {
    const broken: Replica = (_now, random, operation) =>
      operation === 'broken' ? { after: 3, failure: UNAVAILABLE } : { after: lognormal(random, 5, 0.3) }
    const replicas = Array.from({ length: 5 }, () => broken)
    const run = simulate({ replicas, rate: 200, duration: 30_000, operations: { broken: 0.3, fine: 0.7 } })
    // Each host sees some three runs of five failures: one of them may fall on a stretch in which the others did well.
    expect(run.events.filter(({ type }) => type === 'ejected').length).toBeLessThanOrEqual(1)
    expect(run.events.filter(({ type }) => type === 'ejection-suppressed').length).toBeGreaterThan(5)
    for (let i = 0; i < 5; i++) expect(Math.abs(share(run, i, 0, 30_000) - 0.2)).toBeLessThan(0.1)
  })
})

describe('small fleets', () => {
  it('of one are used whatever happens', () => {
    for (const fault of [healthy(50), failing(1), hung()]) {
      const run = badDay(fault, { rate: 100, duration: 30_000 }, 1)
      expect(run.tries).toHaveLength(run.calls.length)
      expect(successRate(run, TO + 1_000)).toBe(1)
    }
  })

  it('of two and three are rid of a failing or hung member, and take it back', () => {
    for (const count of [2, 3]) {
      for (const fault of [failing(1), hung()]) {
        const run = badDay(fault, { rate: 100 }, count)
        expect(share(run, 0, FROM + 1_000, TO)).toBeLessThan(0.01)
        expect(gotItsShareBack(run, TO + 20_000, count)).toBe(true)
      }
    }
  })
})

describe('the same seed', () => {
  it('makes the same decisions, try by try', () => {
    const trace = (seed: number): string => JSON.stringify(badDay(failing(1), { seed, duration: 15_000 }).tries)
    expect(trace(7)).toBe(trace(7))
    expect(trace(7)).not.toBe(trace(8))
  })
})
