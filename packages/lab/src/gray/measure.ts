import { OUTCOME } from '../recording.ts'
import type { Recording } from '../recording.ts'
import { isMeasuredTry, measuredCalls } from '../stats/figures.ts'
import { quantile } from '../stats/quantiles.ts'
import { TIMEOUT } from './cell.ts'

/** What is kept of one run. */
export interface Measured {
  readonly calls: number
  readonly p50: number
  readonly p99: number
  readonly success: number
  readonly extraLoad: number
}

/**
 * Of all calls due while something was wrong. A call that failed counts as one that took its whole timeout, however soon
 * it did so: failing fast would else be the best latency of all.
 */
export function measure(recording: Recording): Measured {
  const { result } = recording
  const calls = measuredCalls(recording)
  const latency = Float64Array.from(calls, (call) =>
    result.outcome[call] === OUTCOME.success ? (result.latency[call] ?? 0) : Math.max(TIMEOUT, result.latency[call] ?? 0)
  ).sort()
  const good = calls.filter((call) => result.outcome[call] === OUTCOME.success).length
  return {
    calls: calls.length,
    p50: quantile(latency, 0.5),
    p99: quantile(latency, 0.99),
    success: good / calls.length,
    extraLoad: measuredTries(recording) / calls.length - 1
  }
}

function measuredTries(recording: Recording): number {
  const { at } = recording.result.tries
  let count = 0
  for (let index = 0; index < at.length; index++) if (isMeasuredTry(recording, index)) count++
  return count
}
