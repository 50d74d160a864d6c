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

/** What came of the calls of one operation. */
export interface OperationFigures {
  readonly operation: string
  readonly calls: number
  readonly success: number
  readonly latencyMs: Latencies
}

/** What one contender reached under one seed. Every call due in the measured time is in every figure. */
export interface Figures {
  readonly name: string
  readonly seed: number
  readonly calls: number
  readonly success: number
  /** Calls a second answered with success. */
  readonly served: number
  /** Share answered with success within `measure.within`, where the scenario gives one. */
  readonly withinShare?: number
  readonly failures: Readonly<Record<string, number>>
  readonly latencyMs: Latencies
  readonly meanMs: number
  readonly healthy: { readonly calls: number; readonly latencyMs: Latencies }
  /** By operation, where there are several. */
  readonly operations: readonly OperationFigures[]
  readonly tries: number
  /** Tries ÷ calls − 1, the calls that services make of each other included. */
  readonly extraLoad: number
  /** Share of all tries by replica. */
  readonly share: Readonly<Record<string, number>>
  readonly faults: readonly FaultFigures[]
  readonly repeatedWork: number
  /** Busy share of the machine; of the real world only. */
  readonly cpu?: number
  /** How late the load generator itself sent: the part of every latency that is not the contender's. */
  readonly latenessMs: Latencies
  /** Why the run ended before its time; what is missing then is in no figure. */
  readonly stopped?: string
}

export function computeFigures(scenario: Scenario, recording: Recording): Figures {
  const { result, contender, seed, cpu, repeatedWork } = recording
  const { load, measure } = scenario
  const measured = measuredCalls(recording)
  const calm = healthyUntil(scenario)
  const healthyCalls = measured.filter((call) => (result.dueAt[call] ?? 0) < calm)
  const healthy = { calls: healthyCalls.length, latencyMs: latencies(pick(result.latency, healthyCalls)) }
  const latency = pick(result.latency, measured)
  const good = measured.filter((call) => result.outcome[call] === OUTCOME.success)
  const byEndpoint = triesByEndpoint(recording)
  const tries = byEndpoint.reduce((sum, count) => sum + count, 0)
  const stopped = stopOf(recording)
  return {
    name: contender,
    seed,
    calls: measured.length,
    success: ratio(good.length, measured.length),
    served: (good.length / load.duration) * 1_000,
    ...(measure.within !== undefined && {
      withinShare: ratio(
        good.filter((call) => (result.latency[call] ?? 0) <= (measure.within ?? 0)).length,
        measured.length
      )
    }),
    failures: result.failures,
    latencyMs: latencies(latency),
    meanMs: ratio(
      latency.reduce((sum, each) => sum + each, 0),
      latency.length
    ),
    healthy,
    operations: operationFigures(scenario, recording, measured),
    tries,
    extraLoad: extraLoad(tries, measured.length + (recording.virtual?.handlerCalls ?? recording.handlerCalls ?? 0)),
    share: Object.fromEntries(recording.endpoints.map((name, at) => [name, ratio(byEndpoint[at] ?? 0, tries)])),
    // Without a time before the first fault nothing says what is slow: only what failed was hurt then.
    faults: faultFigures(scenario, recording, healthy.calls === 0 ? Infinity : healthy.latencyMs.p99),
    repeatedWork,
    ...(cpu !== undefined && { cpu }),
    latenessMs: latencies(pick(result.lateness, measured)),
    ...(stopped !== undefined && { stopped })
  }
}

/** Indices of the calls due in the measured time. */
export function measuredCalls({ result: { dueAt } }: Recording): Int32Array {
  const calls = new Int32Array(dueAt.length)
  let count = 0
  for (let call = 0; call < dueAt.length; call++) if (dueAt[call]! >= 0) calls[count++] = call
  return calls.subarray(0, count)
}

export function pick(from: Float64Array, calls: Int32Array): Float64Array {
  return Float64Array.from({ length: calls.length }, (_, at) => from[calls[at]!]!)
}

function extraLoad(tries: number, calls: number): number {
  return calls === 0 ? 0 : tries / calls - 1
}

/** Is a try one of a measured call? One that carries no call's number counts by its time. */
export function isMeasuredTry({ result: { tries, dueAt } }: Recording, index: number): boolean {
  const call = tries.call[index] ?? -1
  return (call >= 0 ? (dueAt[call] ?? -1) : (tries.at[index] ?? -1)) >= 0
}

function triesByEndpoint(recording: Recording): number[] {
  const { endpoint } = recording.result.tries
  const counts = recording.endpoints.map(() => 0)
  for (let index = 0; index < endpoint.length; index++) {
    if (isMeasuredTry(recording, index)) counts[endpoint[index]!]! += 1
  }
  return counts
}

function operationFigures({ load }: Scenario, { result }: Recording, measured: Int32Array): OperationFigures[] {
  const nameOf = load.classes.map(({ operation, method, path }) => operation ?? `${method} ${path}`)
  const names = [...new Set(nameOf)]
  if (names.length < 2) return []
  return names.map((operation) => {
    const calls = measured.filter((call) => nameOf[result.classOf[call] ?? 0] === operation)
    const good = calls.filter((call) => result.outcome[call] === OUTCOME.success).length
    return {
      operation,
      calls: calls.length,
      success: ratio(good, calls.length),
      latencyMs: latencies(pick(result.latency, calls))
    }
  })
}

function faultFigures(scenario: Scenario, recording: Recording, healthyP99: number): FaultFigures[] {
  const { dueAt, latency, outcome } = recording.result
  const slow = SLOW_TIMES_HEALTHY_P99 * healthyP99
  const hurt = (call: number): boolean => outcome[call] !== OUTCOME.success || (latency[call] ?? 0) > slow
  return scenario.faults.map(({ name, where: replica, at: from, for: length }) => {
    const span: Span = { from, to: Math.min(from + length, scenario.load.duration) }
    return { name, replica, ...span, outOfTheWayMs: outOfTheWay(dueAt, hurt, span) ?? null }
  })
}

/** Share of all tries begun in a span that went to some replicas. */
export function triesShare(recording: Recording, replicas: readonly string[], { from, to }: Span): number {
  const { tries } = recording.result
  const those = new Set(replicas.map((name) => recording.endpoints.indexOf(name)))
  let all = 0
  let counted = 0
  for (let index = 0; index < tries.at.length; index++) {
    if (tries.at[index]! < from || tries.at[index]! >= to) continue
    all++
    if (those.has(tries.endpoint[index]!)) counted++
  }
  return ratio(counted, all)
}

const BOUNDS = { events: 'events', time: 'virtual time', wall: 'time', memory: 'memory' } as const

function stopOf({ virtual }: Recording): string | undefined {
  if (virtual?.bound === undefined) return undefined
  const at = `${Number((virtual.endedAt / 1_000).toFixed(3))} s`
  return `the bound on ${BOUNDS[virtual.bound]} was reached at ${at}, after ${virtual.events.toLocaleString('en')} events`
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
