import type { Instant, Millis } from '../types.ts'
import type { LogBuckets } from './log-buckets.ts'

export interface PercentilesOptions {
  readonly buckets: LogBuckets
  /** How far back a reading looks. Default 30 s: three slices of 10 s, as Finagle's windowed histogram has them. */
  readonly window?: Millis
  /** The window moves on by one slice at a time. Default 3; at least 1. */
  readonly slices?: number
  /** Bits of a counter. 16 (for endpoints) halves a slice's counts when one would overflow: its shape stays. Default 32. */
  readonly counter?: 16 | 32
}

/**
 * Percentiles of a moving window: counters per bucket, one set per slice of time, merged on read. An insert touches one
 * counter and allocates nothing; a reading changes nothing.
 */
export class Percentiles {
  readonly buckets: LogBuckets
  readonly #slices: number
  readonly #sliceLength: Millis
  readonly #ceiling: number
  readonly #counters: Uint16Array | Uint32Array
  readonly #totals: number[]
  readonly #epochs: number[]
  #current = 0
  #offset = 0
  #sliceEnd: Instant = -Infinity

  constructor(options: PercentilesOptions) {
    const { buckets, window = 30_000, slices = 3, counter = 32 } = options
    this.buckets = buckets
    this.#slices = slices
    this.#sliceLength = window / slices
    this.#ceiling = counter === 16 ? 0xffff : 0xffffffff
    this.#counters = new (counter === 16 ? Uint16Array : Uint32Array)(buckets.count * slices)
    this.#totals = new Array<number>(slices).fill(0)
    this.#epochs = new Array<number>(slices).fill(-1)
  }

  insert(value: Millis, now: Instant): void {
    this.insertAt(this.buckets.index(value), now)
  }

  /** The same for who knows the bucket already: one logarithm may serve several windows over the same buckets. */
  insertAt(bucket: number, now: Instant): void {
    if (now >= this.#sliceEnd) this.#rotate(now)
    const at = this.#offset + bucket
    const count = this.#counters[at]!
    if (count === this.#ceiling) {
      this.#halve()
      this.#counters[at]! += 1
    } else this.#counters[at] = count + 1
    this.#totals[this.#current]! += 1
  }

  count(now: Instant): number {
    const oldest = this.#oldest(now)
    let total = 0
    for (let s = 0; s < this.#slices; s++) if (this.#epochs[s]! >= oldest) total += this.#totals[s]!
    return total
  }

  /** `undefined` while the window holds nothing. `q` is clamped to 0…1. */
  quantile(q: number, now: Instant): Millis | undefined {
    const total = this.count(now)
    if (total === 0) return undefined
    const rank = Math.max(1, Math.ceil(Math.min(q, 1) * total))
    const oldest = this.#oldest(now)
    let seen = 0
    for (let bucket = 0; bucket < this.buckets.count; bucket++) {
      seen += this.#inBucket(bucket, oldest)
      if (seen >= rank) return this.buckets.representative(bucket)
    }
    return undefined
  }

  /** Adds what `other` has seen, slice by slice. Both must have the same buckets and window, or the sum would mean nothing. */
  merge(other: Percentiles): void {
    if (other.buckets.count !== this.buckets.count || other.buckets.accuracy !== this.buckets.accuracy ||
      other.#sliceLength !== this.#sliceLength || other.#slices !== this.#slices) {
      throw new RangeError('merge: accepted are percentiles over the same buckets and window')
    }
    for (let s = 0; s < this.#slices; s++) this.#mergeSlice(other, s)
    this.#current = this.#epochs.indexOf(Math.max(...this.#epochs))
    this.#offset = this.#current * this.buckets.count
    this.#sliceEnd = (this.#epochs[this.#current]! + 1) * this.#sliceLength
  }

  #mergeSlice(other: Percentiles, slice: number): void {
    if (other.#epochs[slice]! < this.#epochs[slice]! || other.#totals[slice] === 0) return
    if (other.#epochs[slice]! > this.#epochs[slice]!) this.#clear(slice, other.#epochs[slice]!)
    const from = slice * this.buckets.count
    for (let at = from; at < from + this.buckets.count; at++) {
      this.#counters[at] = Math.min(this.#ceiling, this.#counters[at]! + other.#counters[at]!)
    }
    this.#totals[slice]! += other.#totals[slice]!
  }

  #inBucket(bucket: number, oldest: number): number {
    let sum = 0
    for (let s = 0; s < this.#slices; s++) {
      if (this.#epochs[s]! >= oldest) sum += this.#counters[s * this.buckets.count + bucket]!
    }
    return sum
  }

  #oldest(now: Instant): number {
    return Math.max(0, Math.floor(now / this.#sliceLength) - this.#slices + 1)
  }

  #rotate(now: Instant): void {
    const epoch = Math.max(0, Math.floor(now / this.#sliceLength))
    this.#current = epoch % this.#slices
    this.#offset = this.#current * this.buckets.count
    this.#sliceEnd = (epoch + 1) * this.#sliceLength
    this.#clear(this.#current, epoch)
  }

  #clear(slice: number, epoch: number): void {
    const from = slice * this.buckets.count
    this.#counters.fill(0, from, from + this.buckets.count)
    this.#totals[slice] = 0
    this.#epochs[slice] = epoch
  }

  #halve(): void {
    let total = 0
    for (let at = this.#offset; at < this.#offset + this.buckets.count; at++) {
      this.#counters[at] = this.#counters[at]! >>> 1
      total += this.#counters[at]!
    }
    this.#totals[this.#current] = total
  }
}
