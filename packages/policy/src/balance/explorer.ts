import type { Instant, Millis } from '../types.ts'
import type { Endpoint } from './endpoint.ts'
import type { PickRequest } from './pick-request.ts'

/** How many endpoints a pick looks at. */
const LOOKS = 2

export interface ExploreOptions {
  readonly exploreAfter: Millis
  readonly exploreShare: number
}

/**
 * Finds an endpoint that starves: a hand goes round the pool, two endpoints with every pick, and stops at one that was
 * not picked for a second and owes no answer (a hung one must not be fed). A hand and not a list in the order of the last
 * pick: it costs two reads in turn instead of four writes all over memory, and with the share of picks that may explore
 * bounded anyway, which of the starved ones comes first makes no difference.
 */
export class Explorer<T> {
  options: ExploreOptions
  #hand = 0
  #credit = 1

  constructor(options: ExploreOptions) {
    this.options = options
  }

  /** `advance` false: only look. */
  pick(
    candidates: readonly Endpoint<T>[], request: PickRequest<T>, now: Instant, advance: boolean,
  ): Endpoint<T> | undefined {
    const credit = Math.min(1, this.#credit + this.options.exploreShare)
    if (advance) this.#credit = credit
    if (credit < 1 || !request.mayExplore || request.mustDiffer || candidates.length < 2) return undefined
    for (let look = 1; look <= LOOKS; look++) {
      const at = (this.#hand + look) % candidates.length
      const endpoint = candidates[at]!
      if (!this.#starves(endpoint, now) || request.visited.has(endpoint)) continue
      if (advance) {
        this.#hand = at
        this.#credit = 0
      }
      return endpoint
    }
    if (advance) this.#hand = (this.#hand + LOOKS) % candidates.length
    return undefined
  }

  #starves(endpoint: Endpoint<T>, now: Instant): boolean {
    return now - endpoint.pickedAt >= this.options.exploreAfter && endpoint.awaiting === 0
  }
}
