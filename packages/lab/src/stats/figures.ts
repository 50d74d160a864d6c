import { OUTCOME } from '../recording.ts'
import type { Recording } from '../recording.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { healthyUntil } from '../workload/timeline.ts'
import { outOfTheWay, SLOW_TIMES_HEALTHY_P99 } from './out-of-the-way.ts'
import type { Span } from './out-of-the-way.ts'
import { latencies } from './quantiles.ts'
import type { Latencies } from './quantiles.ts'

export interface FaultFigures {
  readonly name: string
  readonly replica: string
  readonly from: number
  readonly to: number
  /** ms until callers no longer felt it; null: not within the fault. */
  readonly outOfTheWayMs: number | null
}

/** What one contender reached under one seed. Every call due in the measured time is in every figure. */
export interface Figures {
  readonly name: string
  readonly seed: number
  readonly calls: number
  readonly success: number
  readonly failures: Readonly<Record<string, number>>
  readonly latencyMs: Latencies
  readonly healthy: { readonly calls: number; readonly latencyMs: Latencies }
  readonly tries: number
  readonly extraLoad: number
  /** Share of all tries by replica. */
  readonly share: Readonly<Record<string, number>>
  readonly faults: readonly FaultFigures[]
  readonly repeatedWork: number
  readonly cpu: number
  /** How late the load generator itself sent: the part of every latency that is not the contender's. */
  readonly latenessMs: Latencies
}

export function computeFigures(scenario: Scenario, recording: Recording): Figures {
  const { result, contender, seed, cpu, repeatedWork } = recording
  const measured = [...result.dueAt.keys()].filter((call) => (result.dueAt[call] ?? -1) >= 0)
  const calm = healthyUntil(scenario.faults, scenario.load.duration)
  const healthyCalls = measured.filter((call) => (result.dueAt[call] ?? 0) < calm)
  const latencyOf = (call: number): number => result.latency[call] ?? 0
  const healthy = { calls: healthyCalls.length, latencyMs: latencies(healthyCalls.map(latencyOf)) }
  const tries = measuredTries(recording)
  return {
    name: contender,
    seed,
    calls: measured.length,
    success: share(measured, (call) => result.outcome[call] === OUTCOME.success),
    failures: result.failures,
    latencyMs: latencies(measured.map(latencyOf)),
    healthy,
    tries: tries.length,
    extraLoad: measured.length === 0 ? 0 : tries.length / measured.length - 1,
    share: shareByEndpoint(tries, recording),
    faults: faultFigures(scenario, recording, healthy.latencyMs.p99),
    repeatedWork,
    cpu,
    latenessMs: latencies(measured.map((call) => result.lateness[call] ?? 0))
  }
}

/** Indices of the tries of measured calls; one that carries no call's number counts by its time. */
export function measuredTries({ result: { tries, dueAt } }: Recording): number[] {
  return [...tries.at.keys()].filter((index) => {
    const call = tries.call[index] ?? -1
    return (call >= 0 ? (dueAt[call] ?? -1) : (tries.at[index] ?? -1)) >= 0
  })
}

function shareByEndpoint(tries: readonly number[], { result, endpoints }: Recording): Record<string, number> {
  return Object.fromEntries(
    endpoints.map((name, endpoint) => [name, share(tries, (index) => result.tries.endpoint[index] === endpoint)])
  )
}

function faultFigures(scenario: Scenario, recording: Recording, healthyP99: number): FaultFigures[] {
  const { dueAt, latency, outcome } = recording.result
  const slow = SLOW_TIMES_HEALTHY_P99 * healthyP99
  const hurt = (call: number): boolean => outcome[call] !== OUTCOME.success || (latency[call] ?? 0) > slow
  return scenario.faults.map(({ name, replica, at: from, for: length }) => {
    const span: Span = { from, to: from + length }
    return { name, replica, ...span, outOfTheWayMs: outOfTheWay(dueAt, hurt, span) ?? null }
  })
}

/** Share of all tries begun in a span that went to one replica. */
export function triesShare(recording: Recording, replica: string, { from, to }: Span): number {
  const { tries } = recording.result
  const endpoint = recording.endpoints.indexOf(replica)
  const within = [...tries.at.keys()].filter((index) => (tries.at[index] ?? 0) >= from && (tries.at[index] ?? 0) < to)
  return share(within, (index) => tries.endpoint[index] === endpoint)
}

function share<T>(all: readonly T[], counts: (item: T) => boolean): number {
  return all.length === 0 ? 0 : all.filter(counts).length / all.length
}
