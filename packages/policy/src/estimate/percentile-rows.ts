import type { Instant, Millis } from '../types.ts'
import { type Counters, NEVER, SlicedCounters, type SlicedCountersOptions } from './sliced-counters.ts'

const ROWS_PER_CHUNK = 16

/**
 * Percentiles of many things at once, a row each. One object and one array per thing would be three more places in memory
 * to fetch for every insert, which with ten thousand endpoints is more than all the arithmetic of a try.
 */
export class PercentileRows {
  readonly #shape: SlicedCounters
  readonly #chunks: Counters[] = []
  /** For each row the latest slice written. */
  #last: Int32Array = new Int32Array(ROWS_PER_CHUNK)
  #rows = 0
  readonly #free: number[] = []
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
    this.#free.push(row)
  }

  insertAt(row: number, bucket: number, now: Instant): void {
    if (now >= this.#sliceEnd) this.#turn(now)
    const counters = this.#chunks[row >> 4]!
    const from = (row & (ROWS_PER_CHUNK - 1)) * this.#shape.buckets.count
    if (this.#last[row]! < this.#epoch) this.#turnRow(counters, from, row)
    this.#shape.add(counters, from + this.#offset, bucket)
  }

  /** `undefined` while the row's window holds nothing. */
  quantile(row: number, q: number, now: Instant): Millis | undefined {
    const from = (row & (ROWS_PER_CHUNK - 1)) * this.#shape.buckets.count
    return this.#shape.quantile(this.#chunks[row >> 4]!, from, this.#last[row]!, q, now)
  }

  #turn(now: Instant): void {
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
