import type { Plan } from '../workload/arrivals.ts'
import { quantile } from '../stats/quantiles.ts'
import { OUTCOME } from './messages.ts'
import type { Tick } from './messages.ts'

/** What became of each call. Exact, one number per call; nothing is aggregated before the run is over. */
export interface Recorder {
  readonly latency: Float64Array
  readonly outcome: Uint8Array
  readonly lateness: Float64Array
  readonly failures: Record<string, number>
  readonly sent: (call: number, now: number) => void
  readonly ended: (call: number, now: number, failure?: string) => void
  /** Calls still open have waited until `now`, and failed. */
  readonly closeAt: (now: number) => void
  readonly pending: () => number
  /** What ended since the last tick. */
  readonly tick: (now: number) => Tick
}

export function createRecorder({ dueAt }: Pick<Plan, 'dueAt'>): Recorder {
  const latency = new Float64Array(dueAt.length)
  const outcome = new Uint8Array(dueAt.length)
  const lateness = new Float64Array(dueAt.length)
  const failures: Record<string, number> = {}
  let recent: number[] = []
  let recentFailed = 0
  let pending = 0
  let closed = false

  function ended(call: number, now: number, failure?: string): void {
    if (closed) return
    pending--
    latency[call] = now - (dueAt[call] ?? 0)
    outcome[call] = failure === undefined ? OUTCOME.success : OUTCOME.failure
    recent.push(latency[call])
    if (failure !== undefined) count(failure)
  }

  function count(failure: string): void {
    recentFailed++
    failures[failure] = (failures[failure] ?? 0) + 1
  }

  return {
    latency,
    outcome,
    lateness,
    failures,
    sent: (call, now) => {
      pending++
      lateness[call] = now - (dueAt[call] ?? 0)
    },
    ended,
    closeAt: (now) => {
      closed = true
      for (const [call, due] of dueAt.entries()) {
        if (outcome[call] !== OUTCOME.unfinished) continue
        latency[call] = now - due
        count('no answer by the end')
      }
    },
    pending: () => pending,
    tick: (at) => {
      const tick = {
        at,
        calls: recent.length,
        failed: recentFailed,
        p99: quantile(Float64Array.from(recent).sort(), 0.99)
      }
      recent = []
      recentFailed = 0
      return tick
    }
  }
}
