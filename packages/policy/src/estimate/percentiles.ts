import type { Instant, Millis } from '../types.ts'
import { type Counters, NEVER, SlicedCounters, type SlicedCountersOptions } from './sliced-counters.ts'

export type PercentilesOptions = SlicedCountersOptions

/**
 * Percentiles of a moving window over log-spaced buckets. An insert touches one counter, allocates nothing and keeps no
 * totals, which readings, being rare, add up themselves. A reading changes nothing.
 */
export class Percentiles {
  readonly #shape: SlicedCounters
  readonly #counters: Counters
  #last = NEVER
  #start = 0
  #sliceEnd: Instant = -Infinity

  constructor(options: PercentilesOptions) {
    this.#shape = new SlicedCounters(options)
    this.#counters = this.#shape.allocate()
  }

  insert(value: Millis, now: Instant): void {
    this.insertAt(this.#shape.buckets.index(value), now)
  }

  /** The same for who knows the bucket already: one search may serve several windows over the same buckets. */
  insertAt(bucket: number, now: Instant): void {
    if (now >= this.#sliceEnd) this.#turn(this.#shape.epoch(now))
    this.#shape.add(this.#counters, this.#start, bucket)
  }

  count(now: Instant): number {
    return this.#shape.count(this.#counters, 0, this.#last, now)
  }

  /** `undefined` while the window holds nothing. `q` is clamped to 0…1. */
  quantile(q: number, now: Instant): Millis | undefined {
    return this.#shape.quantile(this.#counters, 0, this.#last, q, now)
  }

  /** Adds what `other` has seen, slice by slice. Both must have the same buckets and window, or the sum would mean nothing. */
  merge(other: Percentiles): void {
    const { buckets, slices, length } = this.#shape
    const theirs = other.#shape
    if (theirs.buckets.count !== buckets.count || theirs.buckets.accuracy !== buckets.accuracy ||
      theirs.slices !== slices || theirs.length !== length) {
      throw new RangeError('merge: accepted are percentiles over the same buckets and window')
    }
    if (other.#last === NEVER) return
    if (other.#last > this.#last) this.#turn(other.#last)
    for (let epoch = this.#last - slices + 1; epoch <= other.#last; epoch++) {
      const start = this.#shape.offset(epoch)
      if (epoch > other.#last - slices) this.#shape.merge(this.#counters, start, other.#counters, start)
    }
  }

  #turn(epoch: number): void {
    this.#shape.turn(this.#counters, 0, this.#last, epoch)
    this.#last = epoch
    this.#start = this.#shape.offset(epoch)
    this.#sliceEnd = (epoch + 1) * this.#shape.length
  }
}
