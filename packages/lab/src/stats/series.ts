import { OUTCOME } from '../recording.ts'
import type { Recording } from '../recording.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { pick } from './figures.ts'
import { quantile } from './quantiles.ts'

/** More endpoints than this are told of as a heat map, not one by one. */
export const MAX_SHARES = 40

/** A run step by step; entry i is what was due (calls) or begun (tries) from step i to i + 1. */
export interface Series {
  readonly calls: readonly number[]
  readonly success: readonly number[]
  /** ms; null in a step without calls. */
  readonly p50: readonly (number | null)[]
  readonly p99: readonly (number | null)[]
  /** Share of that step's tries, by replica; of fleets up to 40. */
  readonly share: Readonly<Record<string, readonly (number | null)[]>>
}

export function computeSeries({ load, measure }: Scenario, { result, endpoints }: Recording): Series {
  const steps = Math.ceil(load.duration / measure.interval)
  const calls = byStep(result.dueAt, steps, measure.interval)
  const sorted = calls.map((of) => pick(result.latency, of).sort())
  return {
    calls: calls.map((of) => of.length),
    success: calls.map((of) => of.filter((call) => result.outcome[call] === OUTCOME.success).length),
    p50: sorted.map((of) => (of.length === 0 ? null : quantile(of, 0.5))),
    p99: sorted.map((of) => (of.length === 0 ? null : quantile(of, 0.99))),
    share: endpoints.length > MAX_SHARES ? {} : shares({ result, endpoints }, steps, measure.interval)
  }
}

/** Indices of what happened in each step. */
function byStep(at: Float64Array, steps: number, every: number): Int32Array[] {
  const counts = new Int32Array(steps)
  for (const time of at) if (time >= 0 && time < steps * every) counts[Math.floor(time / every)]! += 1
  const bins = Array.from(counts, (count) => new Int32Array(count))
  const next = new Int32Array(steps)
  for (let index = 0; index < at.length; index++) {
    const step = Math.floor(at[index]! / every)
    if (step >= 0 && step < steps) bins[step]![next[step]!++] = index
  }
  return bins
}

function shares(
  { result, endpoints }: Pick<Recording, 'result' | 'endpoints'>,
  steps: number,
  every: number
): Series['share'] {
  const { at, endpoint } = result.tries
  const counts = endpoints.map(() => new Int32Array(steps))
  const totals = new Int32Array(steps)
  for (let index = 0; index < at.length; index++) {
    const step = Math.floor(at[index]! / every)
    if (step < 0 || step >= steps) continue
    totals[step]! += 1
    counts[endpoint[index]!]![step]! += 1
  }
  const ratios = (of: Int32Array): (number | null)[] =>
    Array.from(of, (count, step) => (totals[step] === 0 ? null : count / (totals[step] ?? 1)))
  return Object.fromEntries(endpoints.map((name, index) => [name, ratios(counts[index] ?? new Int32Array(steps))]))
}
