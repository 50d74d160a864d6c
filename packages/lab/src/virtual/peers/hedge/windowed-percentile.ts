import type { Millis } from '@inmesh/policy'

/**
 * Finagle's `WindowedPercentileHistogram`: whole milliseconds, read from the buckets that are full, never from the one
 * being filled. HdrHistogram with three digits is exact in this range, so plain counters say the same.
 */
export class WindowedPercentile {
  readonly highest: number
  private readonly full: Uint32Array[]
  private filling: Uint32Array
  private oldest = 0

  constructor(buckets: number, highest: Millis) {
    this.highest = highest
    this.full = Array.from({ length: buckets }, () => new Uint32Array(highest + 1))
    this.filling = new Uint32Array(highest + 1)
  }

  add(value: Millis): void {
    this.filling[Math.min(Math.max(0, Math.floor(value)), this.highest)]!++
  }

  flush(): void {
    const forgotten = this.full[this.oldest] as Uint32Array
    this.full[this.oldest] = this.filling
    this.filling = forgotten.fill(0)
    this.oldest = (this.oldest + 1) % this.full.length
  }

  /** 0 while no bucket is full. */
  percentile(share: number): Millis {
    const counts = this.filling.map((_, value) => this.full.reduce((sum, bucket) => sum + bucket[value]!, 0))
    const total = counts.reduce((sum, count) => sum + count, 0)
    // The share of a hundred samples is a whole rank that floating point may put a hair above.
    const rank = Math.ceil(share * total - 1e-9)
    let seen = 0
    return total === 0 ? 0 : counts.findIndex((count) => (seen += count) >= Math.max(1, rank))
  }
}
