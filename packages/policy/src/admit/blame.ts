import type { Instant, Millis } from '../types.ts'

/** Of fewer answers nobody knows whether they are far apart. */
const FEWEST = 5
/** Two looks at the loop at the least. */
const SHORTEST: Millis = 100
/** So much of the time must have gone into requests for them to be what makes the loop late: handlers that compute in several pieces show one of them. */
const SHARE = 0.25
/** Answers that are nearer to each other took nothing to speak of; a clock may be no finer. */
const LEAST: Millis = 0.05

/**
 * Whether it is requests that make an event loop late, or something else in the process. Nobody can see whose a turn of the loop
 * was; but handlers that compute end one by one, each as much later than the one before as it computed, while those that waited
 * through somebody else's turn end together behind it. So what they took is their number times the geometric mean of the time
 * between them, in which one long turn counts for little.
 */
export class Blame {
  #from: Instant = NaN
  #at: Instant = NaN
  #answers = 0
  #logs = 0

  /** The loop is late, or is not any more. */
  watch(late: boolean, now: Instant): void {
    if (late !== Number.isNaN(this.#from)) return
    this.#from = late ? now : NaN
    this.#at = now
    this.#answers = 0
    this.#logs = 0
  }

  /** Something else than an answer: what comes next has not taken longer than from here. */
  met(now: Instant): void {
    this.#at = now
  }

  ended(now: Instant): void {
    if (Number.isNaN(this.#from)) return
    this.#answers += 1
    this.#logs += Math.log(Math.max(LEAST, now - this.#at))
    this.#at = now
  }

  /** Whose doing it was since it was last asked; undefined: not known yet. */
  verdict(now: Instant): 'requests' | 'others' | undefined {
    const passed = now - this.#from
    if (!(passed >= SHORTEST) || this.#answers < FEWEST) return undefined
    const spent = this.#answers * Math.exp(this.#logs / this.#answers)
    this.#from = now
    this.#answers = 0
    this.#logs = 0
    return spent >= SHARE * passed ? 'requests' : 'others'
  }
}
