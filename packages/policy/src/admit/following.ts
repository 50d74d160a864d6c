import type { Instant, Millis } from '../types.ts'

/** What has not shown for so long that it is too much holds nobody back: the limit follows what comes. */
const CALM: Millis = 10_000
/** It doubles when that is used up, and has so long to show by a late event loop that it is too much; where that is late already, as long as it is late. */
const STEP: Millis = 5
/** So many more begin than before. */
const MORE = 1.3
/** Weight of the latest window in what begins while nothing waits. */
const NEWEST = 0.3

/** What a window of answers says of as many as were in hand. */
export interface Shown {
  /** All of the limit was in hand. */
  readonly full: boolean
  /** How much longer answers took than can be put up with, as a logarithm. 0: they did not. */
  readonly excess: number
  /** Too many came to nothing. */
  readonly failing: boolean
  /** How many began in a ms. */
  readonly rate: number
}

/**
 * Whether a limit may follow what comes, since nothing has spoken against so many for long. Before the first answer, and
 * after a step in what comes, a limit that grew by what it has seen would refuse what could be done. Where answers become
 * slower under it and no more come, that alone does not say that it is for so many: then fewer are tried first.
 */
export class Following {
  /** Whether fewer are in hand for a window, to see if the latency follows. */
  trying = false
  /** When there was last too much in hand: answers slower for it, the loop late by it, a line that stood. */
  #excessAt: Instant = -Infinity
  #doubledAt: Instant = -Infinity
  /** What has doubled has not shown before. */
  #shownAt: Instant = -Infinity
  /** How many began in a ms while answers came as soon as they do alone. */
  #rate = NaN

  on(now: Instant): boolean {
    return now >= this.#excessAt + CALM
  }

  /** The earliest that the limit may double. */
  get from(): Instant {
    return Math.max(this.#shownAt, this.#excessAt + CALM)
  }

  doubled(now: Instant, late: Millis): void {
    this.#doubledAt = now
    this.#shownAt = now + Math.max(STEP, late)
  }

  doubledSince(from: Instant): boolean {
    return this.#doubledAt >= from
  }

  /** There is too much in hand. */
  stop(now: Instant): void {
    this.#excessAt = now
  }

  /** What spoke against so many had another reason. */
  resume(): void {
    this.#excessAt = -Infinity
  }

  /** At the end of a window; sets whether fewer are tried in the next. */
  judge({ full, excess, failing, rate }: Shown, now: Instant): void {
    const followed = this.on(now)
    if (full && (excess > 0 || failing)) this.#excessAt = now
    const more = this.#comesMore(rate, excess)
    this.trying = full && followed && excess > 0 && !more
  }

  /** Whether clearly more begin than did while there was no queue: then it is for that that it takes longer. */
  #comesMore(rate: number, excess: number): boolean {
    if (excess === 0) this.#rate = Number.isNaN(this.#rate) ? rate : this.#rate + NEWEST * (rate - this.#rate)
    return rate > MORE * this.#rate
  }
}
