import { OUTCOME } from '../recording.ts'
import type { EndpointLoad, Recording } from '../recording.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { measuredCalls, pick } from './figures.ts'
import { quantile } from './quantiles.ts'
import { computeSeries } from './series.ts'
import type { Series } from './series.ts'

/** More dots than this cannot be told apart in a plot. */
const MAX_POINTS = 10_000
const MAX_ROWS = 100
const MAX_COLUMNS = 240

/** What is drawn of a run. Small, however many calls it had. */
export interface Curves {
  readonly series: Series
  /** Latency at rising shares of all calls: [share, ms]. */
  readonly cdf: readonly (readonly [number, number])[]
  readonly points: Points
  /** Calls worked on and waiting, by endpoint over time; of the virtual world. */
  readonly heat?: Heat
}

export interface Points {
  /** ms from the end of the warm-up, whole; latency to a tenth of a millisecond: more cannot be seen. */
  readonly at: readonly number[]
  readonly ms: readonly number[]
  /** Positions of those that failed. */
  readonly failed: readonly number[]
  /** Every how manieth call is here. */
  readonly every: number
}

export interface Heat {
  /** ms from the end of the warm-up, and from column to column. */
  readonly from: number
  readonly every: number
  readonly columns: number
  /** Name of each row: an endpoint, or the first and the last of several. */
  readonly rows: readonly string[]
  /** Row by row; of several endpoints the most loaded. */
  readonly load: readonly number[]
}

export function computeCurves(scenario: Scenario, recording: Recording): Curves {
  const measured = measuredCalls(recording)
  const load = recording.virtual?.load
  return {
    series: computeSeries(scenario, recording),
    cdf: cdfOf(pick(recording.result.latency, measured)),
    points: pointsOf(recording, measured),
    ...(load !== undefined && load.working.length > 0 && { heat: heatOf(load, recording.endpoints) })
  }
}

/** Shares by their nines, ten steps to each: 0, …, 0.9, …, 0.99, …, as far as the samples go. */
export function cdfOf(latency: Float64Array): [number, number][] {
  const sorted = latency.toSorted()
  if (sorted.length === 0) return []
  const steps = Math.floor(10 * Math.log10(sorted.length))
  const shares = Array.from({ length: steps + 1 }, (_, step) => 1 - 10 ** (-step / 10))
  return [...shares, 1].map((share) => [share, quantile(sorted, share)])
}

function pointsOf({ result }: Recording, measured: Int32Array): Points {
  const every = Math.max(1, Math.ceil(measured.length / MAX_POINTS))
  const calls = measured.filter((_, at) => at % every === 0)
  return {
    at: Array.from(calls, (call) => Math.round(result.dueAt[call] ?? 0)),
    ms: Array.from(calls, (call) => Number((result.latency[call] ?? 0).toFixed(1))),
    failed: [...calls.keys()].filter((at) => result.outcome[calls[at] ?? 0] !== OUTCOME.success),
    every
  }
}

function heatOf({ from, every, working, waiting }: EndpointLoad, endpoints: readonly string[]): Heat {
  const samples = Math.floor(working.length / endpoints.length)
  const perRow = Math.ceil(endpoints.length / MAX_ROWS)
  const perColumn = Math.max(1, Math.ceil(samples / MAX_COLUMNS))
  const rows = Math.ceil(endpoints.length / perRow)
  const columns = Math.ceil(samples / perColumn)
  const load = new Float64Array(rows * columns)
  for (let sample = 0; sample < samples; sample++) {
    for (let endpoint = 0; endpoint < endpoints.length; endpoint++) {
      const cell = Math.floor(endpoint / perRow) * columns + Math.floor(sample / perColumn)
      const index = sample * endpoints.length + endpoint
      load[cell] = Math.max(load[cell]!, working[index]! + waiting[index]!)
    }
  }
  return {
    from,
    every: every * perColumn,
    columns,
    rows: Array.from({ length: rows }, (_, row) => rowName(endpoints.slice(row * perRow, (row + 1) * perRow))),
    load: Array.from(load, (each) => Number(each.toFixed(1)))
  }
}

function rowName(endpoints: readonly string[]): string {
  return endpoints.length < 2 ? (endpoints[0] ?? '') : `${endpoints[0]} – ${endpoints.at(-1)}`
}
