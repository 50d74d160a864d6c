import { describe, expect, it } from 'vitest'
import { countIn, mostBeyond, mostWithin } from './excess.ts'
import { runFleet } from './fleet.ts'
import type { FleetModel, FleetRun, ProcessModel } from './model.ts'

const WINDOWS = [100, 1_000, 10_000]
const RATE = 2_000
const BURST = 200

function same(count: number, rate: number): ProcessModel[] {
  return Array.from({ length: count }, () => ({ demand: [[0, rate]] }))
}

/** Four processes that want three times what there is. */
const saturated: FleetModel = { rate: RATE, burst: BURST, processes: same(4, 1_500), duration: 12_000, seed: 1 }

function run(part: Partial<FleetModel> = {}): FleetRun {
  return runFleet({ ...saturated, ...part })
}

/** Calls in the worst window of each length, beyond what the bound allows there, with `more` of them in each window. */
function excess({ at, hold }: FleetRun, { rate, burst }: FleetModel, more: (window: number) => number = () => 0): number[] {
  return WINDOWS.map((window) => mostWithin(at, window) - (rate * window) / 1_000 - burst - hold - more(window))
}

function perProcess({ by, offered }: FleetRun): number[] {
  const counts = offered.map(() => 0)
  for (const index of by) counts[index]!++
  return counts
}

/** Of the rate, without the burst that came first. */
function use(result: FleetRun, { rate, burst, duration }: FleetModel): number {
  return (result.at.length - burst) / ((rate * duration) / 1_000)
}

function expectBound(result: FleetRun, model: FleetModel, more?: (window: number) => number): void {
  for (const beyond of excess(result, model, more)) expect(beyond).toBeLessThanOrEqual(0)
}

describe('a fleet with one limit', () => {
  it('keeps to the bound, uses the rate and shares it equally, at 0.03 asks a call', () => {
    for (const seed of [1, 2, 3]) {
      const result = run({ seed })
      expect(mostBeyond(result.at, RATE / 1_000)).toBeLessThanOrEqual(BURST + result.hold)
      expectBound(result, saturated)
      expect(use(result, saturated)).toBeGreaterThan(0.99)
      expect(result.asked / result.at.length).toBeLessThan(0.03)
      const counts = perProcess(result)
      expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.05)
    }
  })

  it('adds at most one and a half times what comes in a refresh to its burst', () => {
    expect(run({ duration: 10 }).hold).toBeLessThanOrEqual(1.5 * RATE * 0.1)
  })

  it('uses nearly all of it when a little more is wanted than there is', () => {
    const model = { ...saturated, processes: same(4, 525) }
    const result = runFleet(model)
    expectBound(result, model)
    expect(use(result, model)).toBeGreaterThan(0.98)
  })

  it('refuses next to nothing of what is less than the rate', () => {
    const result = run({ processes: same(4, 400) })
    const offered = result.offered.reduce((sum, each) => sum + each, 0)
    expect(result.at.length / offered).toBeGreaterThan(0.999)
  })

  it('keeps to the bound from idle to twelve times the rate, and admits the burst within 100 ms', () => {
    const model: FleetModel = { ...saturated, processes: Array.from({ length: 4 }, () => ({ demand: [[0, 0], [3_000, 6_000], [4_000, 0], [8_000, 6_000]] })) }
    const result = runFleet(model)
    expect(mostBeyond(result.at, RATE / 1_000)).toBeLessThanOrEqual(BURST + result.hold)
    expectBound(result, model)
    expect(countIn(result.at, 3_000, 3_100)).toBeGreaterThan(0.9 * (BURST + RATE * 0.1))
  })

  it('leaves to the busy what the quiet do not need', () => {
    const model: FleetModel = { ...saturated, processes: [3_000, 1_000, 300, 10].map((rate) => ({ demand: [[0, rate]] })) }
    const result = runFleet(model)
    expectBound(result, model)
    expect(use(result, model)).toBeGreaterThan(0.98)
    const [, , quiet, seldom] = perProcess(result) as [number, number, number, number]
    expect(quiet / result.offered[2]!).toBeGreaterThan(0.98)
    expect(seldom / result.offered[3]!).toBeGreaterThan(0.95)
  })

  it('keeps to the bound while processes join and leave, and uses the rate all the time', () => {
    const joining = Array.from({ length: 6 }, (_, i): ProcessModel => ({ demand: [[0, 1_500]], joins: 3_000 + 400 * i, leaves: 7_000 + 300 * i }))
    const model: FleetModel = { ...saturated, processes: [...saturated.processes, ...joining] }
    const result = runFleet(model)
    expectBound(result, model)
    for (let from = 1_000; from < 12_000; from += 1_000) expect(countIn(result.at, from, from + 1_000)).toBeGreaterThan(0.95 * RATE)
  })
})

describe('a limit of which each process has little', () => {
  it('is used up and shared equally, one token at a time', () => {
    const model: FleetModel = { ...saturated, rate: 10, burst: 1, processes: same(4, 100), duration: 1_500_000 }
    const result = runFleet(model)
    expectBound(result, model)
    expect(use(result, model)).toBeGreaterThan(0.98)
    const counts = perProcess(result)
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.1)
  })

  it('goes to whom it is for: one process with nearly all calls gets nearly all of it', () => {
    const model: FleetModel = { ...saturated, rate: 1, burst: 1, processes: [...same(1, 20), ...same(3, 0.05)], duration: 500_000 }
    const result = runFleet(model)
    expectBound(result, model)
    expect(use(result, model)).toBeGreaterThan(0.98)
    const [busy, ...quiet] = perProcess(result) as [number, ...number[]]
    expect(busy).toBeGreaterThan(400)
    for (const [i, count] of quiet.entries()) expect(count / result.offered[i + 1]!).toBeGreaterThan(0.75)
  })

  it('asks a few times for each token, whatever the number of calls', () => {
    const result = runFleet({ ...saturated, rate: 10, burst: 1, processes: same(4, 500), duration: 60_000 })
    expect(result.asked).toBeLessThan(60 * 4 * 10)
  })

  it('keeps to the bound in a thousand processes, and in three', () => {
    for (const [count, rate, burst, demand] of [[1_000, 2_000, 200, 6], [3_000, 200, 20, 1], [3, 5, 2, 4]] as const) {
      const model: FleetModel = { ...saturated, rate, burst, processes: same(count, demand), duration: 30_000 }
      const result = runFleet(model)
      expect(mostBeyond(result.at, rate / 1_000)).toBeLessThanOrEqual(burst + result.hold)
      expectBound(result, model)
      expect(use(result, model)).toBeGreaterThan(0.95)
    }
  })

  it('shares its rate equally among many of whom few hold a token at a time', () => {
    const model: FleetModel = { ...saturated, processes: same(100, 100), duration: 60_000 }
    const counts = perProcess(runFleet(model))
    const mean = counts.reduce((sum, each) => sum + each, 0) / counts.length
    const deviation = Math.sqrt(counts.reduce((sum, each) => sum + (each - mean) ** 2, 0) / counts.length)
    expect(deviation / mean).toBeLessThan(0.05)
  })
})

describe('classes of calls', () => {
  const classes = (critical: number, floor = 0): FleetModel => ({
    ...saturated,
    processes: [...same(4, critical).map((each) => ({ ...each, criticality: 'CRITICAL' as const })), ...same(4, 1_000).map((each) => ({ ...each, criticality: 'SHEDDABLE' as const, floor }))],
  })
  const shares = (model: FleetModel): number[] => {
    const result = runFleet(model)
    expectBound(result, model)
    expect(use(result, model)).toBeGreaterThan(0.98)
    const counts = perProcess(result)
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
    return [sum(counts.slice(0, 4)) / sum(result.offered.slice(0, 4)), sum(counts.slice(4)) / (RATE * 12)]
  }

  it('give way by how far ahead they reserve: who does so further has all it wants, the other what is left', () => {
    const [critical, sheddable] = shares(classes(400)) as [number, number]
    expect(critical).toBeGreaterThan(0.995)
    expect(sheddable).toBeGreaterThan(0.18)
    expect(shares(classes(600))[1]).toBeLessThan(0.01)
  })

  it('that give way keep what their floor keeps for them', () => {
    const [, sheddable] = shares(classes(600, 0.1)) as [number, number]
    expect(sheddable).toBeGreaterThan(0.08)
    expect(sheddable).toBeLessThan(0.11)
  })
})

describe('a fleet in trouble', () => {
  /** What processes that count by themselves add in a window of this length: their part of rate and burst. */
  const local = (processes: number) => (window: number): number => (0.8 * processes * ((RATE * window) / 1_000 + BURST)) / 4

  it('adds one burst and what is held when the engine has lost its state', () => {
    const result = run({ faults: [{ kind: 'forget', at: 5_000 }] })
    expectBound(result, saturated, () => BURST + result.hold)
    expect(countIn(result.at, 0, 12_000)).toBeLessThanOrEqual(RATE * 12 + 2 * (BURST + result.hold))
    expect(use(result, saturated)).toBeGreaterThan(0.98)
  })

  it('adds no second burst for that, since those who have a lease know that there was one', () => {
    const result = run({ faults: [{ kind: 'forget', at: 5_000 }] })
    expect(result.lost).toBe(1)
    expect(mostBeyond(result.at, RATE / 1_000)).toBeLessThan(BURST + result.hold)
  })

  it('counts by itself while the engine is gone, at 75 to 85 % of the rate, and comes back without a burst', () => {
    const result = run({ faults: [{ kind: 'kill', at: 5_000, for: 2_000 }] })
    const during = countIn(result.at, 5_200, 7_000) / (RATE * 1.8)
    expect(during).toBeGreaterThan(0.75)
    expect(during).toBeLessThan(0.85)
    expect(countIn(result.at, 7_500, 8_500)).toBeGreaterThan(0.95 * RATE)
    for (let from = 5_000; from < 9_000; from += 100) expect(countIn(result.at, from, from + 1_000)).toBeLessThanOrEqual(1.1 * RATE)
    expectBound(result, saturated)
  })

  it('keeps to the bound through an engine that stands still, and does afterwards what it was asked', () => {
    const result = run({ faults: [{ kind: 'freeze', at: 5_000, for: 1_500 }] })
    expectBound(result, saturated)
    expect(countIn(result.at, 5_200, 6_500) / (RATE * 1.3)).toBeGreaterThan(0.75)
  })

  it('keeps to the bound whichever way the engine’s clock is set', () => {
    expectBound(run({ faults: [{ kind: 'clock', at: 5_000, by: -10_000 }] }), saturated)
    const forward = run({ faults: [{ kind: 'clock', at: 5_000, by: 10_000 }] })
    // As a loss of state: what was reserved ahead counts as over.
    expectBound(forward, saturated, () => BURST + forward.hold)
    expect(use(run({ faults: [{ kind: 'clock', at: 5_000, by: -10_000 }] }), saturated)).toBeGreaterThan(0.98)
  })

  it('keeps to the bound when a process stands still and then does all at once, and uses what it does not', () => {
    const result = run({ faults: [{ kind: 'pause', process: 1, at: 5_000, for: 2_000 }] })
    expectBound(result, saturated)
    expect(countIn(result.at, 5_300, 7_000)).toBeGreaterThan(0.98 * RATE * 1.7)
  })

  it('adds 0.8 of its share for as long as a process is cut off', () => {
    const result = run({ faults: [{ kind: 'cut', processes: [1], at: 3_000, for: 6_000 }] })
    expectBound(result, saturated, local(1))
    expect(result.byThemselves).toBeLessThanOrEqual(0.8 * RATE * 0.25 * 6.5)
  })

  it('keeps to the bound with one message of fifty lost each way', () => {
    const result = run({ network: { asksLost: 0.02, answersLost: 0.02 } })
    expect(result.failed).toBeGreaterThan(10)
    // Who misses an answer counts by itself for a moment.
    expectBound(result, saturated, local(4))
    expect(use(result, saturated)).toBeGreaterThan(0.97)
  })

  it('plays the same model again to the same end', () => {
    expect(run({ network: { answersLost: 0.02 } })).toEqual(run({ network: { answersLost: 0.02 } }))
  })
})

describe('what is in windows', () => {
  it('is the most that lies in one of that length', () => {
    expect([0, 10, 50, 100].map((window) => mostWithin([0, 5, 10, 60, 110], window))).toEqual([1, 3, 3, 4])
    expect(mostWithin([], 10)).toBe(0)
  })

  it('goes beyond the rate by the burst that it keeps to', () => {
    expect(mostBeyond([0, 10, 20, 30], 0.1)).toBe(1)
    expect(mostBeyond([0, 0, 0, 10, 10], 0.1)).toBe(4)
    expect(mostBeyond([0, 0, 1_000, 1_000, 1_000], 0.1)).toBe(3)
  })
})
