import type { Instant, Millis } from '@inmesh/policy'
import type { LoadReport } from '../contract.ts'

const SLICE: Millis = 100
const SLICES = 10
const WINDOW = SLICE * SLICES

/**
 * What a server knows of its own load, over the last second: an ORCA report (xDS `OrcaLoadReport`: `rps_fractional`,
 * `eps`, `application_utilization`). Windows of whole slices, so that a report is never older than a tenth of a second.
 */
export class Reporter {
  private readonly requests = new Float64Array(SLICES)
  private readonly errors = new Float64Array(SLICES)
  private readonly busy = new Float64Array(SLICES)
  private slice = 0
  private since: Instant = 0

  completed(failed: boolean, now: Instant): void {
    const at = this.turn(now)
    this.requests[at]!++
    if (failed) this.errors[at]!++
  }

  /** So many slots were busy since the last word. */
  worked(working: number, now: Instant): void {
    for (let from = this.since; from < now; ) {
      const to = Math.min(now, (Math.floor(from / SLICE) + 1) * SLICE)
      const at = this.turn(from)
      this.busy[at]! += working * (to - from)
      // After a long time without a word only the last window counts.
      from = now - to > WINDOW ? Math.floor((now - WINDOW) / SLICE) * SLICE : to
    }
    this.since = now
  }

  report(slots: number, inFlight: number, now: Instant): LoadReport {
    this.turn(now)
    const second = 1_000 / WINDOW
    return {
      rps: sum(this.requests) * second,
      eps: sum(this.errors) * second,
      utilization: slots === 0 ? 1 : sum(this.busy) / WINDOW / slots,
      inFlight
    }
  }

  /** Where this instant counts; slices that have passed since begin at nothing. */
  private turn(now: Instant): number {
    const slice = Math.floor(now / SLICE)
    for (let passed = Math.max(this.slice, slice - SLICES) + 1; passed <= slice; passed++) {
      const at = passed % SLICES
      this.requests[at] = 0
      this.errors[at] = 0
      this.busy[at] = 0
    }
    if (slice > this.slice) this.slice = slice
    return slice % SLICES
  }
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
