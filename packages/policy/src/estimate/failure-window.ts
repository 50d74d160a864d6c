import type { Instant, Millis } from '../types.ts'

const BUCKET: Millis = 1_000

/**
 * Tries and failures in exact one-second buckets (Linkerd's accrual does the same): what is a second too old is gone,
 * whatever the rate, where a decaying average would remember a busy hour through a quiet minute.
 */
export class FailureWindow {
  readonly #length: number
  /** `tries, failures` of each second, in a ring. */
  readonly #buckets: Int32Array
  #second = -Infinity
  #nextAt: Instant = -Infinity
  /** Where the current second's bucket is. */
  #current = 0
  #tries = 0
  #failures = 0

  constructor(window: Millis) {
    this.#length = Math.max(1, Math.ceil(window / BUCKET))
    this.#buckets = new Int32Array(this.#length * 2)
  }

  tries(now: Instant): number {
    this.#advance(now)
    return this.#tries
  }

  failures(now: Instant): number {
    this.#advance(now)
    return this.#failures
  }

  add(failed: boolean, now: Instant): void {
    if (now >= this.#nextAt) this.#advance(now)
    this.#buckets[this.#current]! += 1
    this.#tries += 1
    if (!failed) return
    this.#buckets[this.#current + 1]! += 1
    this.#failures += 1
  }

  /**
   * Successes that were only counted before the window existed, spread evenly over it. The current second has as many as
   * are due by now: with a whole second's worth of its own, an endpoint would have more tries than all together.
   */
  seed(tries: number, now: Instant): void {
    this.#advance(now)
    const elapsed = now / BUCKET - this.#second
    const each = tries / (this.#length - 1 + elapsed || 1)
    let given = 0
    for (let ago = 0; ago < this.#length; ago++) {
      const share = Math.floor(each * (ago + elapsed)) - given
      given += share
      this.#buckets[this.#at(ago)]! += share
      this.#tries += share
    }
  }

  /** How many of the latest buckets it takes to hold that many tries; all of them if there are fewer. */
  span(tries: number, now: Instant): number {
    this.#advance(now)
    let seen = 0
    for (let ago = 0; ago < this.#length; ago++) {
      seen += this.#buckets[this.#at(ago)]!
      if (seen >= tries) return ago + 1
    }
    return this.#length
  }

  triesIn(span: number, now: Instant): number {
    return this.#sum(span, 0, now)
  }

  failuresIn(span: number, now: Instant): number {
    return this.#sum(span, 1, now)
  }

  clear(): void {
    this.#buckets.fill(0)
    this.#tries = 0
    this.#failures = 0
  }

  #sum(span: number, column: 0 | 1, now: Instant): number {
    this.#advance(now)
    let sum = 0
    for (let ago = 0; ago < span && ago < this.#length; ago++) sum += this.#buckets[this.#at(ago) + column]!
    return sum
  }

  #at(ago: number): number {
    const bucket = (this.#second - ago) % this.#length
    return (bucket < 0 ? bucket + this.#length : bucket) * 2
  }

  #advance(now: Instant): void {
    if (now < this.#nextAt) return
    const second = Math.floor(now / BUCKET)
    const passed = Math.min(this.#length, second - this.#second)
    this.#second = second
    this.#nextAt = (second + 1) * BUCKET
    this.#current = this.#at(0)
    for (let ago = 0; ago < passed; ago++) this.#drop(this.#at(ago))
  }

  #drop(at: number): void {
    this.#tries -= this.#buckets[at]!
    this.#failures -= this.#buckets[at + 1]!
    this.#buckets[at] = 0
    this.#buckets[at + 1] = 0
  }
}
