import { fileURLToPath } from 'node:url'
import { OUTCOME } from '../recording.ts'
import type { Recording } from '../recording.ts'
import { readScenario } from '../scenario/parse.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { quantile } from '../stats/quantiles.ts'
import type { MakeClient } from '../virtual/contract.ts'
import { runVirtual } from '../virtual/world.ts'

/** A scenario of `scenarios/reproduce`. */
export function scenarioOf(name: string): Scenario {
  return readScenario(fileURLToPath(new URL(`../../scenarios/reproduce/${name}.json`, import.meta.url)))
}

/** The same at another rate. */
export function atRate(scenario: Scenario, rate: number): Scenario {
  const { load } = scenario
  if (load.arrivals === 'closed') throw new Error(`${scenario.name} has no rate`)
  return { ...scenario, load: { ...load, rate } }
}

/** One contender under every seed of a scenario; only what was due in the measured time. */
export function play(scenario: Scenario, contender: string, make?: MakeClient): Played {
  const chosen = scenario.contenders.find(({ name }) => name === contender)
  if (chosen === undefined) throw new Error(`${scenario.name} has no contender ${contender}`)
  const options = make === undefined ? {} : { make }
  return new Played(scenario.seeds.map((seed) => runVirtual(scenario, chosen, seed, {}, options)))
}

/** What became of the calls, all seeds together. */
export class Played {
  readonly calls: number
  readonly succeeded: number
  /** Tries that belong to these calls, at whatever replica. */
  readonly tries: number
  private readonly recordings: readonly Recording[]
  private readonly latencies: Float64Array

  constructor(recordings: readonly Recording[]) {
    this.recordings = recordings
    const measured = recordings.flatMap(({ result }) => [...result.dueAt.keys()].filter((call) => result.dueAt[call]! >= 0).map((call) => ({ result, call })))
    this.calls = measured.length
    this.succeeded = measured.filter(({ result, call }) => result.outcome[call] === OUTCOME.success).length
    this.latencies = Float64Array.from(measured, ({ result, call }) => result.latency[call]!).sort()
    this.tries = recordings.reduce((sum, { result: { tries, dueAt } }) => sum + tries.call.reduce((own, call) => own + (dueAt[call]! >= 0 ? 1 : 0), 0), 0)
  }

  get success(): number {
    return this.succeeded / this.calls
  }

  get mean(): number {
    return this.latencies.reduce((sum, latency) => sum + latency, 0) / this.calls
  }

  quantile(share: number): number {
    return quantile(this.latencies, share)
  }

  /** Share of calls that ended within so many ms, one way or the other. */
  endedWithin(limit: number): number {
    return this.latencies.filter((latency) => latency <= limit).length / this.calls
  }

  /** Arrivals at the replicas of a service, warm-up and all. */
  arrivalsAt(service: string): number {
    const own = (name: string): boolean => name.slice(0, name.lastIndexOf('-')) === service
    return this.recordings
      .flatMap(({ arrivals }) => Object.entries(arrivals))
      .reduce((sum, [name, count]) => sum + (own(name) ? count : 0), 0)
  }
}
