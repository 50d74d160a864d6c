import type { Instant, Millis } from '../types.ts'

/**
 * Peak-sensitive moving average (Finagle's `PeakEwma`; Tower, Linkerd and brpc follow it): up at once, down with a time
 * constant. Two things differ. Samples are latencies divided by the operation's median, so 1 is ordinary. And between
 * samples it moves towards what is ordinary in the pool, not towards zero: else in an idle pool whoever has not answered
 * for longest looks fastest, and the herd goes there.
 */
export class PeakEwma {
  #value = 1.5
  /** Nothing known yet: the distance in time is infinite, so a reading is the pool's value exactly. */
  #at: Instant = -Infinity

  /** Changes nothing. */
  read(now: Instant, pool: number, decay: Millis): number {
    return pool + (this.#value - pool) * Math.exp((this.#at - now) / decay)
  }

  add(sample: number, now: Instant, pool: number, decay: Millis): void {
    const kept = Math.exp((this.#at - now) / decay)
    this.#value = sample >= pool + (this.#value - pool) * kept ? sample : sample + (this.#value - sample) * kept
    this.#at = now
  }

  /** A try that was given up after this long: the truth is at least that much, so it may only raise the estimate. */
  raise(atLeast: number, now: Instant, pool: number, decay: Millis): void {
    if (atLeast <= this.read(now, pool, decay)) return
    this.#value = atLeast
    this.#at = now
  }

  /** As new: what was known belongs to a condition that has passed. */
  forget(): void {
    this.#at = -Infinity
  }
}
