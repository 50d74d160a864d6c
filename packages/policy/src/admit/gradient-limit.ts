import type { Instant, Millis } from '../types.ts'

export interface LimitBounds {
  readonly min: number
  readonly max: number
  readonly initial: number
}

/** An answer a window at the least, and no verdict on fewer (Netflix). */
const FEWEST = 10
const SHORTEST: Millis = 100
const LONGEST: Millis = 1_000
/** So much slower than alone is no queue yet (Netflix, Gradient2). */
const TOLERANCE = 1.5
/** Of a window's verdict, since one is a sample. */
const SMOOTHING = 0.5
/** A change of what is in hand, as a logarithm, that is large enough to see whether the latency follows it. */
const TELLING = 0.4
/** How fast the latency without a queue is believed to have become less, and more. */
const DOWN = 0.3
const UP = 0.02
/** A limit that is always used up shows nothing but its own queue; so often it is halved for a moment to see without. */
const PROBE_EVERY: Millis = 10_000
/** With half in hand it takes half as long, as a logarithm and nearly so: then the other half was all queue. */
const ALL_QUEUE = 0.8 * Math.LN2
/** Below that, differences in latency are the clock's. */
const LEAST_LATENCY: Millis = 0.5

/**
 * A limit on what is worked on at once, found by delay: of so many in hand that each takes longer than it would alone,
 * some only wait for the others. After Netflix's Gradient2 and Envoy's adaptive concurrency,
 *
 *     limit ← limit · clamp(0.5, 1, tolerance · base / latency) + √limit
 *
 * in windows of a limit's worth of answers. What differs: latencies are compared by their geometric means, which a few very
 * slow answers hardly move; the limit grows only when half of it was used; and `base`, the latency without a queue, is
 * learned where half of the limit was not used, or else by halving the limit for one window. Gradient2's long average
 * takes an overload that lasts for the normal state, and its limit climbs; Envoy's least concurrency of 3 refuses nearly
 * everybody while it looks. Half of a limit that holds a queue of its own length still keeps the callee busy.
 */
export class GradientLimit {
  #bounds: LimitBounds
  #limit: number
  /** Logarithm of the latency without a queue. */
  #base = NaN
  /** When `base` was last seen without a queue. */
  #seenAt: Instant = -Infinity
  #probing = false
  /** The window: since when, what began before it is left out from then on, answers, the sum of their logarithms, losses, the most in hand. */
  #from: Instant = NaN
  #begunFrom: Instant = -Infinity
  #answers = 0
  #logs = 0
  #squares = 0
  #lost = 0
  #peak = 0
  /** Of the window before: of one that has just begun it says more. */
  #peakBefore = 0
  /** What was in hand and the latency, as logarithms, at the last look at whether one follows the other. */
  #heldThen = NaN
  #meanThen = NaN
  /** The window before a look at half of it. */
  #meanBefore = NaN

  constructor(bounds: LimitBounds) {
    this.#bounds = bounds
    this.#limit = bounds.initial
  }

  /** How many may be worked on at once: a whole number. */
  get limit(): number {
    const { min } = this.#bounds
    return Math.max(min, Math.floor(this.#probing ? this.#limit / 2 : this.#limit))
  }

  /** New bounds; the limit found so far stays, within them. */
  configure(bounds: LimitBounds): void {
    this.#bounds = bounds
    this.#limit = this.#clamped(this.#limit)
  }

  /** One more was begun; so many are in hand with it. */
  began(inFlight: number): void {
    if (inFlight > this.#peak) this.#peak = inFlight
  }

  /** An answer, and how many were in hand with it. `lost`: there was none in time, or whoever is called below had no room. */
  ended(started: Instant, now: Instant, inFlight: number, lost: boolean): void {
    this.began(inFlight)
    if (started < this.#begunFrom) return
    if (this.#answers === 0 && Number.isNaN(this.#from)) this.#from = now
    this.#answers += 1
    const log = Math.log(Math.max(LEAST_LATENCY, now - started))
    this.#logs += log
    this.#squares += log * log
    if (lost) this.#lost += 1
    if (this.#answers < FEWEST) return
    const passed = now - this.#from
    if (passed >= LONGEST || passed >= SHORTEST && this.#answers >= this.#limit) this.#close(now)
  }

  /** The event loop is late: at once down to `factor` of what is in hand, which may be far less than the limit. */
  cut(factor: number, inFlight: number, now: Instant): void {
    this.#limit = this.#clamped(Math.min(this.#limit, Math.max(this.#peakBefore, this.#peak, inFlight)) * factor)
    this.#probing = false
    this.#open(now, now)
  }

  #close(now: Instant): void {
    const mean = this.#logs / this.#answers
    // Of the mean: what a window seems slower or faster by that much is chance.
    const error = Math.sqrt(Math.max(0, this.#squares / this.#answers - mean * mean) / this.#answers)
    if (this.#probing) {
      this.#probing = false
      this.#probed(mean, error, now)
      // What began under the half limit would make the whole one look good.
      return this.#open(now, now)
    }
    const used = this.#peak * 2 >= this.#limit
    this.#learn(mean, error, used, now)
    const excess = Math.max(0, mean - error - this.#base - Math.log(TOLERANCE))
    const gradient = Math.max(0.5, Math.min(this.#lost * 10 >= this.#answers ? 0.9 : 1, Math.exp(-excess)))
    const next = this.#limit * gradient + (used ? Math.sqrt(this.#limit) : 0)
    this.#limit = this.#clamped(this.#limit + SMOOTHING * (next - this.#limit))
    this.#meanBefore = mean
    this.#probing = used && now - this.#seenAt >= PROBE_EVERY && this.limit > this.#bounds.min
    this.#open(now, this.#probing ? now : -Infinity)
  }

  /**
   * With half of it in hand. Where that took half as long, or near it, the other half was all queue, and half of what is
   * left may be as well: it stays so and is looked at again, or an overload that was there first would be climbed down from
   * over minutes.
   */
  #probed(mean: number, error: number, now: Instant): void {
    this.#base += (mean - this.#base) / 2
    if (this.#meanBefore - mean - error < ALL_QUEUE) this.#seenAt = now
    else this.#limit = this.#clamped(this.#limit / 2)
  }

  #learn(mean: number, error: number, used: boolean, now: Instant): void {
    const base = this.#base
    if (Number.isNaN(base)) this.#base = mean
    else if (mean + error < base) this.#base += DOWN * (mean + error - base)
    else if (!used) this.#base += UP * (mean - base)
    else if (mean - error > base && (this.#limit <= this.#bounds.min || this.#isIntrinsic(mean))) this.#base += (mean - base) / 2
    if (!used) this.#seenAt = now
  }

  /** Less in hand, and it takes as long: then what it takes is not the queue. */
  #isIntrinsic(mean: number): boolean {
    const held = Math.log(this.#peak)
    const less = this.#heldThen - held
    if (less > -TELLING && less < TELLING) return false
    const intrinsic = less > 0 && this.#meanThen - mean < less / 2
    this.#heldThen = held
    this.#meanThen = mean
    return intrinsic
  }

  #open(now: Instant, begunFrom: Instant): void {
    this.#from = now
    this.#begunFrom = begunFrom
    this.#answers = 0
    this.#logs = 0
    this.#squares = 0
    this.#lost = 0
    this.#peakBefore = this.#peak
    this.#peak = 0
  }

  #clamped(limit: number): number {
    return Math.min(this.#bounds.max, Math.max(this.#bounds.min, limit))
  }
}
