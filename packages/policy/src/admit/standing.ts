import type { Instant, Millis } from '../types.ts'

/** A queue that stands for longer than that is no burst (CoDel's interval; RFC 8289). */
const INTERVAL: Millis = 100
const SECOND: Millis = 1_000
/** Of those that come, so many must find nobody waiting before them for the overload to be over. */
const FREE = 0.25

/**
 * Whether there is more to do of one class and those above it than can be done: somebody of them has been waiting all the
 * time for a while. Not how long the queue is: a burst makes a long one and is worked off by itself. It is over when of a
 * second's arrivals a quarter found nobody waiting: under overload the queue is kept so short that it is often empty for a
 * moment, and is not over for that.
 */
export class Standing {
  /** Of this class and those above it. */
  waiting = 0
  #since: Instant = Infinity
  #on = false
  #arrived = 0
  #found = 0
  #countedFrom: Instant = -Infinity
  #turnedAt: Instant = -Infinity

  arrived(): void {
    if (!this.#on) return
    this.#arrived += 1
    if (this.waiting === 0) this.#found += 1
  }

  joined(now: Instant): void {
    this.waiting += 1
    if (this.#since === Infinity) this.#since = now
  }

  left(): void {
    this.waiting -= 1
    if (this.waiting === 0) this.#since = Infinity
  }

  /** There was no place left to wait in. */
  turnedAway(now: Instant): void {
    this.#turnedAt = now
  }

  /** The least critical that wait began after a wait that is none to speak of: that is no queue, unless it is one that may not be longer. */
  servedSoon(now: Instant): void {
    if (this.#since !== Infinity && now - this.#turnedAt >= INTERVAL) this.#since = now
  }

  /** As last brought up to date. */
  get on(): boolean {
    return this.#on
  }

  /** Brings it up to date. `patience`: so many times the interval must it stand. */
  lasts(now: Instant, patience = 1): boolean {
    if (now - this.#since >= patience * INTERVAL) {
      if (!this.#on) this.#count(now)
      this.#on = true
    }
    if (this.#on && now - this.#countedFrom >= SECOND) {
      if (this.#found >= FREE * this.#arrived) this.#on = false
      this.#count(now)
    }
    return this.#on
  }

  #count(now: Instant): void {
    this.#arrived = 0
    this.#found = 0
    this.#countedFrom = now
  }
}
