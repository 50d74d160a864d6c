import { lowerMedian } from '../estimate/median.ts'
import type { Instant, Millis } from '../types.ts'
import type { Endpoint } from './endpoint.ts'

/** What nobody has confirmed for so long is not true any more (gRPC A58). */
const EXPIRES: Millis = 180_000
/** A median over thousands of reports costs more than one report is worth. */
const REFRESH: Millis = 1_000
/** However wrong a report is, its endpoint gets between a tenth and ten times what an ordinary one gets. */
const MOST = 10

interface Reported {
  weight: number
  at: Instant
  /** Relative to the median of all, as of the last refresh. */
  factor: number
}

/**
 * Weights that endpoints earn by what they say of their load (ORCA: requests a second over utilisation), relative to the
 * median of all reports, so that they multiply a configured weight whatever their unit is. Who has not reported is
 * ordinary. One report alone changes nothing: it is the median.
 */
export class ReportedWeights<T> {
  readonly #reported = new Map<Endpoint<T>, Reported>()
  #refreshAt: Instant = -Infinity
  #scratch = new Float64Array(16)

  /** A weight that is no number above 0 is no report. */
  report(endpoint: Endpoint<T>, weight: number, now: Instant): void {
    if (!(weight > 0 && weight < Infinity)) return
    const known = this.#reported.get(endpoint)
    if (known === undefined) this.#reported.set(endpoint, { weight, at: now, factor: 1 })
    else {
      known.weight = weight
      known.at = now
    }
    if (now >= this.#refreshAt) this.#refresh(now)
  }

  /** Above 1 for one that can take more than an ordinary one. */
  of(endpoint: Endpoint<T>, now: Instant): number {
    if (this.#reported.size === 0) return 1
    const known = this.#reported.get(endpoint)
    return known === undefined || now - known.at > EXPIRES ? 1 : known.factor
  }

  /** Those that are gone report no more. */
  forget(endpoints: readonly Endpoint<T>[]): void {
    for (const endpoint of endpoints) this.#reported.delete(endpoint)
  }

  #refresh(now: Instant): void {
    this.#refreshAt = now + REFRESH
    for (const [endpoint, { at }] of this.#reported) if (now - at > EXPIRES) this.#reported.delete(endpoint)
    const median = this.#median()
    for (const one of this.#reported.values()) one.factor = Math.min(MOST, Math.max(1 / MOST, one.weight / median))
  }

  #median(): number {
    const count = this.#reported.size
    if (this.#scratch.length < count) this.#scratch = new Float64Array(2 * count)
    let at = 0
    for (const { weight } of this.#reported.values()) this.#scratch[at++] = weight
    return lowerMedian(this.#scratch, count)
  }
}
