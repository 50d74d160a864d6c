import type { Instant } from '../types.ts'

/**
 * The mean age of the tries that await their head, each in medians of its operation, from two running sums. This is how
 * a hung endpoint shows before its timeout (brpc's locality-aware balancer does the same with unfinished calls). Bodies,
 * event streams and sockets are not in it: one healthy 30 s long poll would cut its host out.
 */
export class Ages {
  #count = 0
  #perMedian = 0
  #starts = 0

  get count(): number {
    return this.#count
  }

  add(start: Instant, perMedian: number): void {
    this.#count += 1
    this.#perMedian += perMedian
    this.#starts += start * perMedian
  }

  /** With the numbers given to `add`. */
  remove(start: Instant, perMedian: number): void {
    this.#count -= 1
    if (this.#count > 0) {
      this.#perMedian -= perMedian
      this.#starts -= start * perMedian
    } else {
      // An empty sum is 0 exactly, or rounding errors would add up over days into an age that nobody has.
      this.#perMedian = 0
      this.#starts = 0
    }
  }

  mean(now: Instant): number {
    return this.#count === 0 ? 0 : (now * this.#perMedian - this.#starts) / this.#count
  }
}
