import type { Instant, Millis } from '../types.ts'
import type { Costs } from './costs.ts'
import { type Endpoint, LEAST_WEIGHT } from './endpoint.ts'

/** The sum is taken again after so many picks for each endpoint, so it costs sixteen readings a pick and is never off by much. */
const PICKS_PER_ENDPOINT = 1 / 16
const LONGEST: Millis = 100

/**
 * How much one endpoint may have under way: ⌈factor · (total + 1) · weight / Σ weight⌉ (consistent hashing with bounded
 * loads; Mirrokni, Thorup & Zadimoghaddam 2018). While the factor is at least 1, somebody is always below. What was
 * picked since the sum was taken counts as still under way.
 */
export class LoadBound<T> {
  readonly #endpoints: readonly Endpoint<T>[]
  readonly #costs: Costs<T>
  #total = 0
  #weights = 0
  #picks = Infinity
  #takenAt: Instant = -Infinity

  constructor(endpoints: readonly Endpoint<T>[], costs: Costs<T>) {
    this.#endpoints = endpoints
    this.#costs = costs
  }

  isFull(endpoint: Endpoint<T>, factor: number, now: Instant): boolean {
    if (factor === Infinity) return false
    if (this.#picks >= this.#endpoints.length * PICKS_PER_ENDPOINT || now - this.#takenAt >= LONGEST) this.#sum(now)
    const most = Math.ceil((factor * (this.#total + this.#picks + 1) * this.#weightOf(endpoint, now)) / this.#weights)
    return endpoint.inFlight(now) >= most
  }

  picked(): void {
    this.#picks += 1
  }

  #sum(now: Instant): void {
    this.#total = 0
    this.#weights = 0
    for (const endpoint of this.#endpoints) {
      this.#total += endpoint.inFlight(now)
      this.#weights += this.#weightOf(endpoint, now)
    }
    this.#picks = 0
    this.#takenAt = now
  }

  /** One that ramps up may have as much less under way; the keys it is first for stay its own. */
  #weightOf(endpoint: Endpoint<T>, now: Instant): number {
    const weight = Math.max(LEAST_WEIGHT, endpoint.weight)
    return endpoint.trial === undefined ? weight : weight * endpoint.trial.share(now, this.#costs.options.ramp)
  }
}
