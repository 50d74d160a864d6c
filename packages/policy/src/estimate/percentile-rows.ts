import type { Instant, Millis } from '../types.ts'
import { type Counters, NEVER, SlicedCounters, type SlicedCountersOptions } from './sliced-counters.ts'

const ROWS_PER_CHUNK = 16

/** How many samples wait to be counted together. */
const TOGETHER = 256

/**
 * Percentiles of many things at once, a row each. With thousands of rows a counter is seldom in the cache, and waiting for
 * it costs more than all the arithmetic of a try. So samples are noted one behind the other and counted in batches: the
 * processor fetches the counters of a batch side by side, where between other work it would wait for each.
 */
export class PercentileRows {
  readonly #shape: SlicedCounters
  readonly #chunks: Counters[] = []
  /** For each row the latest slice written. */
  #last: Int32Array = new Int32Array(ROWS_PER_CHUNK)
  #rows = 0
  readonly #free: number[] = []
  /** `row, bucket` of each sample not counted yet. All of them are of the current slice. */
  readonly #noted = new Int32Array(2 * TOGETHER)
  #notes = 0
  #epoch = NEVER
  #offset = 0
  #sliceEnd: Instant = -Infinity

  constructor(options: SlicedCountersOptions) {
    this.#shape = new SlicedCounters(options, ROWS_PER_CHUNK)
  }

  /** An empty row. */
  take(): number {
    const row = this.#free.pop() ?? this.#add()
    this.#last[row] = NEVER
    return row
  }

  /** Nobody may use the row afterwards. */
  give(row: number): void {
    // What is noted of it would be the next one's.
    this.#count()
    this.#free.push(row)
  }

  insertAt(row: number, bucket: number, now: Instant): void {
    if (now >= this.#sliceEnd) this.#turn(now)
    const at = this.#notes
    this.#noted[at] = row
    this.#noted[at + 1] = bucket
    this.#notes = at + 2
    if (at === 2 * TOGETHER - 2) this.#count()
  }

  /** `undefined` while the row's window holds nothing. */
  quantile(row: number, q: number, now: Instant): Millis | undefined {
    this.#count()
    const from = (row & (ROWS_PER_CHUNK - 1)) * this.#shape.buckets.count
    return this.#shape.quantile(this.#chunks[row >> 4]!, from, this.#last[row]!, q, now)
  }

  #count(): void {
    const noted = this.#noted
    for (let at = 0; at < this.#notes; at += 2) this.#countOne(noted[at]!, noted[at + 1]!)
    this.#notes = 0
  }

  #countOne(row: number, bucket: number): void {
    const counters = this.#chunks[row >> 4]!
    const from = (row & (ROWS_PER_CHUNK - 1)) * this.#shape.buckets.count
    if (this.#last[row]! < this.#epoch) this.#turnRow(counters, from, row)
    const start = from + this.#offset
    const count = counters[start + bucket]!
    if (count < this.#shape.ceiling) counters[start + bucket] = count + 1
    else this.#shape.halve(counters, start, bucket)
  }

  #turn(now: Instant): void {
    this.#count()
    this.#epoch = this.#shape.epoch(now)
    this.#offset = this.#shape.offset(this.#epoch)
    this.#sliceEnd = (this.#epoch + 1) * this.#shape.length
  }

  #turnRow(counters: Counters, from: number, row: number): void {
    this.#shape.turn(counters, from, this.#last[row]!, this.#epoch)
    this.#last[row] = this.#epoch
  }

  #add(): number {
    if (this.#rows % ROWS_PER_CHUNK === 0) this.#chunks.push(this.#shape.allocate())
    if (this.#rows === this.#last.length) {
      const larger = new Int32Array(this.#last.length * 2)
      larger.set(this.#last)
      this.#last = larger
    }
    return this.#rows++
  }
}
