import { OUTCOME } from '../recording.ts'
import type { Recording } from '../recording.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { quantile } from './quantiles.ts'

/** A run by the second; entry i is what was due (calls) or begun (tries) from second i to i + 1. */
export interface Series {
  readonly calls: readonly number[]
  readonly success: readonly number[]
  /** ms; null in a second without calls. */
  readonly p50: readonly (number | null)[]
  readonly p99: readonly (number | null)[]
  /** Share of that second's tries, by replica. */
  readonly share: Readonly<Record<string, readonly (number | null)[]>>
}

export function computeSeries({ load }: Scenario, { result, endpoints }: Recording): Series {
  const seconds = Math.ceil(load.duration / 1_000)
  const calls = bySecond(result.dueAt, seconds)
  const tries = bySecond(result.tries.at, seconds)
  const sorted = calls.map((of) => Float64Array.from(of, (call) => result.latency[call] ?? 0).sort())
  const shareOf = (endpoint: number): (number | null)[] =>
    tries.map((of) => ratio(of.filter((index) => result.tries.endpoint[index] === endpoint).length, of.length))
  return {
    calls: calls.map((of) => of.length),
    success: calls.map((of) => of.filter((call) => result.outcome[call] === OUTCOME.success).length),
    p50: sorted.map((of) => (of.length === 0 ? null : quantile(of, 0.5))),
    p99: sorted.map((of) => (of.length === 0 ? null : quantile(of, 0.99))),
    share: Object.fromEntries(endpoints.map((name, endpoint) => [name, shareOf(endpoint)]))
  }
}

function bySecond(at: Float64Array, seconds: number): number[][] {
  const bins: number[][] = Array.from({ length: seconds }, () => [])
  for (const [index, time] of at.entries()) bins[Math.floor(time / 1_000)]?.push(index)
  return bins
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
