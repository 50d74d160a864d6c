import type { Instant, Millis } from '../types.ts'

/** Below that, differences in latency are the clock's. */
const LEAST_LATENCY: Millis = 0.5

/** What a window of answers says, by logarithms: geometric means, which a few very slow answers hardly move. */
export class Answers {
  /** Since when; before the first answer nobody knows. */
  from: Instant = NaN
  count = 0
  lost = 0
  /** The most in hand. */
  peak = 0
  /** Of the window before: of one that has just begun it says more. */
  peakBefore = 0
  #begunFrom: Instant = -Infinity
  #begun = 0
  #logs = 0
  #squares = 0

  /** A new window. What began before `begunFrom` is left out from then on. */
  open(now: Instant, begunFrom: Instant): void {
    this.from = now
    this.#begunFrom = begunFrom
    this.count = 0
    this.lost = 0
    this.#begun = 0
    this.#logs = 0
    this.#squares = 0
    this.peakBefore = this.peak
    this.peak = 0
  }

  began(inFlight: number): void {
    this.#begun += 1
    if (inFlight > this.peak) this.peak = inFlight
  }

  /** Whether it counts. */
  ended(started: Instant, now: Instant, inFlight: number, lost: boolean): boolean {
    if (inFlight > this.peak) this.peak = inFlight
    if (started < this.#begunFrom) return false
    if (this.count === 0 && Number.isNaN(this.from)) this.from = now
    this.count += 1
    if (lost) this.lost += 1
    const log = Math.log(Math.max(LEAST_LATENCY, now - started))
    this.#logs += log
    this.#squares += log * log
    return true
  }

  /** The logarithm of the latency. */
  get mean(): number {
    return this.#logs / this.count
  }

  /** The standard error of `mean`: what a window seems slower or faster by that much is chance. */
  get error(): number {
    const { mean } = this
    return Math.sqrt(Math.max(0, this.#squares / this.count - mean * mean) / this.count)
  }

  /** Begun in a ms. */
  rate(now: Instant): number {
    return this.#begun / (now - this.from)
  }
}
