import type { Instant, Millis } from '../types.ts'
import type { LogBuckets } from './log-buckets.ts'

/** Before any slice of time. A small integer, since a comparison with it is part of every insert. */
export const NEVER = -0x40000000

/** Signed, so that a count is a small integer to the engine and never a floating-point number. */
export type Counters = Uint16Array | Int32Array

export interface SlicedCountersOptions {
  readonly buckets: LogBuckets
  /** How far back a reading looks. Default 30 s: three slices of 10 s, as Finagle's windowed histogram has them. */
  readonly window?: Millis
  /** The window moves on by one slice at a time. Default 3; at least 1. */
  readonly slices?: number
  /** Bits of a counter. 16 halves a slice's counts when one would overflow: its shape stays. Default 32. */
  readonly counter?: 16 | 32
}

/**
 * The arithmetic of counters per bucket, one set per slice of time, merged on read. The counters live elsewhere, from an
 * index on that the caller knows, with the number of the latest slice that was written (`last`): sets of slices that
 * have passed since are to be taken as empty.
 */
export class SlicedCounters {
  readonly buckets: LogBuckets
  readonly slices: number
  readonly length: Millis
  readonly bits: 16 | 32
  /** From the set of one slice to that of the next. */
  readonly #stride: number
  /** A counter stops short of overflowing here. */
  readonly ceiling: number

  /** `together`: how many windows share an array, set beside set of the same slice: what is written at one time is near. */
  constructor({ buckets, window = 30_000, slices = 3, counter = 32 }: SlicedCountersOptions, together = 1) {
    this.buckets = buckets
    this.slices = slices
    this.length = window / slices
    this.#stride = buckets.count * together
    this.bits = counter
    this.ceiling = counter === 16 ? 0xffff : 0x7fffffff
  }

  /** Counters for as many windows as are together. */
  allocate(): Counters {
    return new (this.bits === 16 ? Uint16Array : Int32Array)(this.#stride * this.slices)
  }

  epoch(now: Instant): number {
    return Math.floor(now / this.length)
  }

  /** Where the set of a slice begins, relative to the window's. */
  offset(epoch: number): number {
    const slice = epoch % this.slices
    return (slice < 0 ? slice + this.slices : slice) * this.#stride
  }

  /** Empties the sets of the slices that began after `last`. */
  turn(counters: Counters, from: number, last: number, epoch: number): void {
    const passed = Math.min(this.slices, epoch - last)
    for (let back = 0; back < passed; back++) {
      const start = from + this.offset(epoch - back)
      counters.fill(0, start, start + this.buckets.count)
    }
  }

  /** `start`: where the current slice's set begins. */
  add(counters: Counters, start: number, bucket: number): void {
    const count = counters[start + bucket]!
    if (count < this.ceiling) counters[start + bucket] = count + 1
    else this.halve(counters, start, bucket)
  }

  count(counters: Counters, from: number, last: number, now: Instant): number {
    let total = 0
    for (let epoch = this.#oldest(now); epoch <= last; epoch++) {
      const start = from + this.offset(epoch)
      for (let at = start; at < start + this.buckets.count; at++) total += counters[at]!
    }
    return total
  }

  quantile(counters: Counters, from: number, last: number, q: number, now: Instant): Millis | undefined {
    const total = this.count(counters, from, last, now)
    if (total === 0) return undefined
    const rank = Math.max(1, Math.ceil(Math.min(q, 1) * total))
    const oldest = this.#oldest(now)
    let seen = 0
    for (let bucket = 0; bucket < this.buckets.count; bucket++) {
      for (let epoch = oldest; epoch <= last; epoch++) seen += counters[from + this.offset(epoch) + bucket]!
      if (seen >= rank) return this.buckets.representative(bucket)
    }
    return undefined
  }

  /** Adds one set to another of the same slice. */
  merge(into: Counters, intoStart: number, counters: Counters, start: number): void {
    for (let bucket = 0; bucket < this.buckets.count; bucket++) {
      const sum = into[intoStart + bucket]! + counters[start + bucket]!
      into[intoStart + bucket] = sum < this.ceiling ? sum : this.ceiling
    }
  }

  #oldest(now: Instant): number {
    return this.epoch(now) - this.slices + 1
  }

  /** A full counter's set keeps its shape, and the sample is added. */
  halve(counters: Counters, start: number, bucket: number): void {
    for (let at = start; at < start + this.buckets.count; at++) counters[at] = counters[at]! >>> 1
    counters[start + bucket]! += 1
  }
}
