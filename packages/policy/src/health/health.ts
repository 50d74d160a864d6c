import type { Instant, Millis } from '../types.ts'
import type { HealthThresholds } from './options.ts'

export type HealthState = 'unknown' | 'healthy' | 'unhealthy'

export interface HealthChange {
  readonly from: HealthState
  readonly lasted: Millis
}

/**
 * What checks of one endpoint say together. Unknown until it was checked, and then trusted: nobody is to be without
 * endpoints for as long as the first checks take. Its first success makes it healthy.
 */
export class Health {
  state: HealthState = 'unknown'
  /** When it came into its state. */
  since: Instant
  /** Checks in a row that said the contrary of the state. */
  contrary = 0

  constructor(now: Instant) {
    this.since = now
  }

  /** Answers what it was before, where it has changed. */
  checked(ok: boolean, { unhealthyAfter, healthyAfter }: HealthThresholds, now: Instant): HealthChange | undefined {
    if (ok === (this.state !== 'unhealthy')) {
      this.contrary = 0
      return ok && this.state === 'unknown' ? this.#enter('healthy', now) : undefined
    }
    this.contrary += 1
    if (this.contrary < (ok ? healthyAfter : unhealthyAfter)) return undefined
    return this.#enter(ok ? 'healthy' : 'unhealthy', now)
  }

  #enter(state: HealthState, now: Instant): HealthChange {
    const from = this.state
    const lasted = now - this.since
    this.state = state
    this.since = now
    this.contrary = 0
    return { from, lasted }
  }
}
