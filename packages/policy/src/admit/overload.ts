import type { Instant, Millis } from '../types.ts'

/** A queue that stands for longer than that, or a loop that is late for longer, is no burst (CoDel's interval; RFC 8289). */
const INTERVAL: Millis = 100
/** A report that is older says nothing any more. */
const STALE: Millis = 1_000

/**
 * Whether there is more to do than can be done: a queue that has not been empty for a while, or an event loop that has
 * not been on time for a while. Not how long the queue is, and not how late the loop was once: a burst, or one long
 * computation, is worked off by itself.
 */
export class Overload {
  #target: Millis
  #waitingSince: Instant = Infinity
  #lateSince: Instant = Infinity
  #delay: Millis = 0
  #toldAt: Instant = -Infinity
  #cutAt: Instant = -Infinity

  constructor(target: Millis) {
    this.#target = target
  }

  configure(target: Millis): void {
    this.#target = target
  }

  /** Somebody waits. */
  waits(now: Instant): void {
    if (this.#waitingSince === Infinity) this.#waitingSince = now
  }

  /** Nobody waits any more. */
  emptied(): void {
    this.#waitingSince = Infinity
  }

  /**
   * The event loop's delay of the last stretch. Answers what is left of what may be in hand, 1 for all of it: in
   * proportion to how late the loop is, half of it at the least, and once for each time that it takes to show.
   */
  delayed(delay: Millis, now: Instant): number {
    const late = delay > this.#target
    if (!late || now - this.#toldAt > STALE) this.#lateSince = Infinity
    if (late && this.#lateSince === Infinity) this.#lateSince = now
    this.#delay = delay
    this.#toldAt = now
    if (now - this.#lateSince < INTERVAL || now - this.#cutAt < Math.max(INTERVAL, delay)) return 1
    this.#cutAt = now
    return Math.max(0.5, this.#target / delay)
  }

  delay(now: Instant): Millis {
    return now - this.#toldAt > STALE ? 0 : this.#delay
  }

  /** The loop is late now, be it for a moment. */
  late(now: Instant): boolean {
    return this.delay(now) > this.#target
  }

  lasts(now: Instant): boolean {
    return now - this.#waitingSince >= INTERVAL || this.late(now) && now - this.#lateSince >= INTERVAL
  }
}
