import type { Millis } from '@inmesh/policy'

/**
 * How much the latest stretch counts in an exponentially weighted mean over time. Stretches are as long as they happen to
 * be, since nothing is looked at without requests: one of ten seconds outweighs all before it, and the first one is all
 * there is. All means that are told together share these weights, so that their ratios are ratios of the same time; of a
 * window cut in slices they would jump whenever a slice leaves it.
 */
export class Recency {
  readonly #over: Millis
  /** What the weights of all stretches add up to; towards 1. */
  #all = 0

  constructor(over: Millis) {
    this.#over = over
  }

  /** The share of the latest stretch, above 0 and at most 1: `mean += share · (latest − mean)`. */
  shareOf(stretch: Millis): number {
    const kept = Math.exp(-stretch / this.#over)
    this.#all = this.#all * kept + (1 - kept)
    return (1 - kept) / this.#all
  }
}
