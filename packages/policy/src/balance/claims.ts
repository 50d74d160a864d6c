import { type Endpoint, LEAST_WEIGHT } from './endpoint.ts'
import { Ranks, SLOTS } from './ranks.ts'

const SPAN: number = SLOTS * SLOTS

/**
 * Who has which claim to a slot: the lower the stronger. With equal weights the number itself, which is a rank and 16
 * bits that break ties; else an exponential variate of it over the weight, with which the share of slots that an endpoint
 * wins is its share of the weight, and a weight that grows only wins slots (Schindelhauer & Schomaker 2005).
 */
export class Claims<T> {
  readonly count: number
  /** Undefined where all weigh the same: a logarithm less for each claim. */
  readonly #weights: Float64Array | undefined
  readonly #ranks: Ranks
  #sum = 0

  constructor(endpoints: readonly Endpoint<T>[]) {
    this.count = endpoints.length
    this.#ranks = new Ranks(endpoints)
    const weights = Float64Array.from(endpoints, ({ weight }) => Math.max(LEAST_WEIGHT, weight))
    for (const weight of weights) this.#sum += weight
    this.#weights = weights.every((weight) => weight === weights[0]) ? undefined : weights
  }

  of(i: number, slot: number): number {
    return this.ofRank(i, slot, this.#ranks.of(i, slot))
  }

  /** The claim to a slot of which the rank is known. */
  ofRank(i: number, slot: number, rank: number): number {
    return this.#strength(i, rank * SLOTS + this.#ranks.tieBreak(i, slot))
  }

  /** No claim of this rank or a later one is stronger. */
  strongestOf(i: number, rank: number): number {
    return this.#strength(i, rank * SLOTS)
  }

  /** The slot to which one has its claim of that rank. */
  slotAt(i: number, rank: number): number {
    return this.#ranks.slotAt(i, rank)
  }

  /** Below it lie `each` claims to an ordinary slot. */
  levelOf(each: number): number {
    return this.#weights === undefined ? (SPAN / this.count) * each : each / this.#sum
  }

  #strength(i: number, number: number): number {
    return this.#weights === undefined ? number : -Math.log1p(-(number + 0.5) / SPAN) / this.#weights[i]!
  }
}
