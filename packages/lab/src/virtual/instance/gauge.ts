import type { Instant, Millis } from '@inmesh/policy'

/** Time-weighted means of what a replica works on and of what waits there. Told before each change. */
export class Gauge {
  private working: Millis = 0
  private waiting: Millis = 0
  private since: Instant = 0

  note(working: number, waiting: number, now: Instant): void {
    const passed = now - this.since
    if (passed === 0) return
    this.working += passed * working
    this.waiting += passed * waiting
    this.since = now
  }

  /** Both sums since they were last taken, in calls × ms. */
  take(): { readonly working: Millis; readonly waiting: Millis } {
    const { working, waiting } = this
    this.working = 0
    this.waiting = 0
    return { working, waiting }
  }
}
