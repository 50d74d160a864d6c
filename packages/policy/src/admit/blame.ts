import type { Instant, Millis } from '../types.ts'

/** By fewer times between answers nobody knows whether they are far apart. */
const FEWEST = 5
/** Two looks at the loop at the least. */
const SHORTEST: Millis = 100
/**
 * So much of the time must have gone into requests for them to be what makes the loop late: of handlers that compute in several pieces one
 * shows. Measured: beside a job up to 0.04, handlers that compute in four pieces about 0.25, in one 0.65 and more.
 */
const SHARE = 0.1
/** Answers that are nearer to each other took nothing to speak of; a clock may be no finer. */
const LEAST: Millis = 0.05

/**
 * Whether it is requests that make an event loop late, or something else in the process. Nobody can see whose a turn of the loop
 * was; but handlers that compute end one by one, each as much later than the one before as it computed, while those that waited
 * through somebody else's turn end together behind it. So what they took is their number times the geometric mean of the time
 * between them, in which one long turn counts for little.
 *
 * Between them within one turn of the loop: what passed before the first sign of a turn may have been anybody's. Counted, a
 * single answer behind each of somebody else's turns looks like one request after the other that computes for as long.
 */
export class Blame {
  #from: Instant = NaN
  #at: Instant = NaN
  #answers = 0
  #gaps = 0
  #logs = 0

  /** The loop is late, or is not any more. */
  watch(late: boolean, now: Instant): void {
    if (late === this.watching) return
    this.#begin(late ? now : NaN)
    this.#at = NaN
  }

  /** Whether anything is counted. */
  get watching(): boolean {
    return !Number.isNaN(this.#from)
  }

  /** Something else than an answer: what comes next has not taken longer than from here. */
  met(now: Instant): void {
    this.#at = now
  }

  /** A turn of the loop is over: whose the time is until something comes or ends in the next, nobody knows. */
  turnOver(): void {
    this.#at = NaN
  }

  ended(now: Instant): void {
    if (!this.watching) return
    this.#answers += 1
    if (!Number.isNaN(this.#at)) {
      this.#gaps += 1
      this.#logs += Math.log(Math.max(LEAST, now - this.#at))
    }
    this.#at = now
  }

  /** Whose doing it was since it was last asked; undefined: not known yet. */
  verdict(now: Instant): 'requests' | 'others' | undefined {
    const passed = now - this.#from
    if (!(passed >= SHORTEST) || this.#gaps < FEWEST) return undefined
    const spent = this.#answers * Math.exp(this.#logs / this.#gaps)
    this.#begin(now)
    return spent >= SHARE * passed ? 'requests' : 'others'
  }

  #begin(from: Instant): void {
    this.#from = from
    this.#answers = 0
    this.#gaps = 0
    this.#logs = 0
  }
}
