import type { Instant, Millis } from '../types.ts'
import { type Endpoint, HEAD_AT, PICKED_AT } from './endpoint.ts'
import type { PickRequest } from './pick-request.ts'

/**
 * An endpoint whose last try was given up without a word is looked at this many times less often: with backups nobody
 * waits for a hung one's timeout, so it is never ejected, and every look costs a caller a backup delay.
 */
const SILENT = 5

/** A look is a place in memory that the pick itself does not need. */
const PICKS_PER_LOOK = 4

export interface ExploreOptions {
  readonly exploreAfter: Millis
  readonly exploreShare: number
}

/**
 * Finds an endpoint that starves: a hand goes round the pool, one endpoint with every fourth pick, and stops at one that
 * was not picked for a second and owes no answer (a hung one must not be fed). A hand and not a list in the order of the last
 * pick: it costs one read in turn instead of four writes all over memory, and with the share of picks that may explore
 * bounded anyway, which of the starved ones comes first makes no difference.
 */
export class Explorer<T> {
  #after: Millis
  /** So many picks for one that explores. */
  #every: number
  #hand = 0
  /** Picks until the next look. */
  #wait = 0

  constructor(options: ExploreOptions) {
    this.#after = options.exploreAfter
    this.#every = Math.ceil(1 / options.exploreShare)
  }

  configure({ exploreAfter, exploreShare }: ExploreOptions): void {
    this.#after = exploreAfter
    this.#every = Math.ceil(1 / exploreShare)
    this.#wait = Math.min(this.#wait, PICKS_PER_LOOK)
  }

  /** `advance` false: only look. */
  pick(
    candidates: readonly Endpoint<T>[], request: PickRequest<T>, now: Instant, advance: boolean,
  ): Endpoint<T> | undefined {
    if (this.#wait === 0) return this.#look(candidates, request, now, advance)
    if (advance) this.#wait -= 1
    return undefined
  }

  #look(
    candidates: readonly Endpoint<T>[], request: PickRequest<T>, now: Instant, advance: boolean,
  ): Endpoint<T> | undefined {
    if (!request.mayExplore || request.mustDiffer || candidates.length < 2 || this.#every === Infinity) return undefined
    const at = this.#hand < candidates.length ? this.#hand : 0
    const endpoint = candidates[at]!
    if (advance) {
      this.#hand = at + 1
      this.#wait = PICKS_PER_LOOK - 1
    }
    if (!this.#starves(endpoint, now) || request.visited.has(endpoint)) return undefined
    if (advance) this.#wait = this.#every - 1
    return endpoint
  }

  #starves(endpoint: Endpoint<T>, now: Instant): boolean {
    if (endpoint.awaiting > 0) return false
    const { numbers } = endpoint.slab
    const pickedAt = numbers[endpoint.at + PICKED_AT]!
    if (now - pickedAt < this.#after) return false
    const silent = pickedAt > numbers[endpoint.at + HEAD_AT]!
    return !silent || now - pickedAt >= SILENT * this.#after
  }
}
