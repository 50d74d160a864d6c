import type { Instant, Millis } from '../types.ts'
import { Answers } from './answers.ts'
import { Following } from './following.ts'

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
/** Of what is in hand, as little as is more than `TELLING` less. */
const TRIAL = 0.65
/** Answers so much alike need not be many, nor is it the quick ones that come first. */
const SURE = 0.05
/** How fast the latency without a queue is believed to have become less, and more. */
const DOWN = 0.3
const UP = 0.02
/** A limit that is always used up shows nothing but its own queue; so often it is halved for a moment to see without. */
const PROBE_EVERY: Millis = 10_000
/** With half in hand it takes half as long, as a logarithm and nearly so: then the other half was all queue. */
const ALL_QUEUE = 0.8 * Math.LN2
/** Of what followed what came, at once down to that at the least. */
const MOST_AT_ONCE = 0.25
/** While it follows what comes, windows of so many answers are enough, and may be that short. */
const EARLY = 20
const EARLIEST: Millis = 25

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
  readonly #following = new Following()
  readonly #answers = new Answers()
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

  /**
   * All of it is in hand, and one more would like to be. While nothing says that so many are too many it doubles, once in a
   * while that a late event loop would show in. `late`: so late it is already, by what nobody knows to be in hand.
   */
  follow(inFlight: number, now: Instant, late: Millis = 0): boolean {
    if (now < this.followsAt) return false
    this.#limit = this.#clamped(2 * this.#limit)
    this.#following.doubled(now, late)
    return inFlight < this.limit
  }

  /** What it may come to before anything speaks against it. */
  most(now: Instant): number {
    return this.#following.on(now) ? this.#bounds.max : this.limit
  }

  /** The earliest that it may double. Infinity: it is as great as may be. */
  get followsAt(): Instant {
    return this.#limit >= this.#bounds.max || this.#probing ? Infinity : this.#following.from
  }

  /** There is more to do than can be done, by something else than latency. */
  pressed(now: Instant): void {
    this.#following.stop(now)
  }

  /** One more was begun; so many are in hand with it. */
  began(inFlight: number): void {
    this.#answers.began(inFlight)
  }

  /** An answer, and how many were in hand with it. `lost`: there was none in time, or whoever is called below had no room. */
  ended(started: Instant, now: Instant, inFlight: number, lost: boolean): void {
    if (this.#answers.ended(started, now, inFlight, lost) && this.#answers.count >= FEWEST && this.#whole(now)) this.#close(now)
  }

  #whole(now: Instant): boolean {
    const { count, from } = this.#answers
    const passed = now - from
    // Somebody may wait for what a trial shows.
    if (passed >= LONGEST || this.#following.trying && this.#answers.error < SURE) return true
    return passed >= SHORTEST && count >= this.#limit || passed >= EARLIEST && count >= EARLY && this.#following.on(now)
  }

  /**
   * The event loop is late for what is in hand: at once down to `factor` of that, which may be far less than the limit.
   */
  cut(factor: number, inFlight: number, now: Instant): void {
    const held = Math.max(this.#answers.peakBefore, this.#answers.peak, inFlight)
    const fewer = Math.max(this.#bounds.min, Math.min(this.#limit, held) * factor)
    if (fewer >= this.#limit) return
    this.#limit = this.#clamped(fewer)
    this.#following.stop(now)
    this.#following.trying = false
    this.#probing = false
    this.#answers.open(now, now)
  }

  #close(now: Instant): void {
    const { mean, error, peak } = this.#answers
    if (this.#probing) {
      this.#probing = false
      this.#probed(mean, error, now)
      // What began under the half limit would make the whole one look good.
      return this.#answers.open(now, now)
    }
    if (this.#seenAt === -Infinity) this.#seenAt = now
    const used = peak * 2 >= this.#limit
    const innocent = this.#learn(mean, error, used, now) && this.#following.trying
    const excess = Math.max(0, mean - error - this.#base - Math.log(TOLERANCE))
    this.#meanBefore = mean
    this.#judge(excess, used, innocent, now)
    const looks = this.#probing || this.#following.trying
    this.#answers.open(now, looks ? now : -Infinity)
  }

  #judge(excess: number, used: boolean, innocent: boolean, now: Instant): void {
    const { peak, lost, count, from, mean } = this.#answers
    const following = this.#following
    const followed = following.on(now)
    const tried = following.trying
    // Doubled in this window, it was used up with half of what it is now.
    const full = following.doubledSince(from) ? used : peak >= this.limit
    const failing = lost * 10 >= count
    following.judge({ full, excess, failing, rate: this.#answers.rate(now) }, now)
    if (following.trying) {
      // Nothing has spoken against so many until now, nor do more come. Whether it is for what is in hand is seen with a third
      // less: enough to tell, and little enough that those who wait for the answer can be served if it is not.
      this.#heldThen = Math.log(peak)
      this.#meanThen = mean
      this.#limit = this.#clamped(Math.min(this.#limit, peak) * TRIAL)
    } else if (innocent) following.resume()
    else if (full && excess > 0 && (followed || tried)) {
      // It has followed what came, with nothing to hold it: down to where the queue begins, at once.
      this.#limit = this.#clamped(Math.min(this.#limit, peak) * Math.max(MOST_AT_ONCE, Math.exp(-excess)))
      this.#seenAt = now
    } else {
      const gradient = Math.max(0.5, Math.min(failing ? 0.9 : 1, Math.exp(-excess)))
      const next = this.#limit + SMOOTHING * (this.#limit * gradient + (used ? Math.sqrt(this.#limit) : 0) - this.#limit)
      // A limit that nobody came up against is not what makes it slow: it closes in, and is lowered further once it is used.
      this.#limit = this.#clamped(full ? next : Math.max(next, Math.min(this.#limit, 2 * peak)))
    }
    this.#probing = !following.trying && used && !followed && now - this.#seenAt >= PROBE_EVERY && this.limit > this.#bounds.min
  }

  /**
   * With half of it in hand. Where that took half as long, or near it, the other half was all queue, and half of what is
   * left may be as well: it stays so and is looked at again, or an overload that was there first would be climbed down from
   * over minutes.
   */
  #probed(mean: number, error: number, now: Instant): void {
    this.#base += (mean - this.#base) / 2
    if (!(this.#meanBefore - mean - error >= ALL_QUEUE)) this.#seenAt = now
    else this.#limit = this.#clamped(this.#limit / 2)
  }

  /** What the latency is without a queue. Answers whether this window says that it has become more by itself. */
  #learn(mean: number, error: number, used: boolean, now: Instant): boolean {
    const base = this.#base
    if (!used) this.#seenAt = now
    if (Number.isNaN(base)) this.#base = mean
    else if (mean + error < base) this.#base += DOWN * (mean + error - base)
    else if (!used) this.#base += UP * (mean - base)
    else if (mean - error > base) {
      const intrinsic = this.#isIntrinsic(this.#following.trying ? mean - 2 * error : mean)
      if (intrinsic || this.#limit <= this.#bounds.min) this.#base = intrinsic && this.#following.trying ? mean : base + (mean - base) / 2
      return intrinsic
    }
    return false
  }

  /** Less in hand, and it takes as long: then what it takes is not the queue. */
  #isIntrinsic(mean: number): boolean {
    // On trial there is more in hand at first, of which nothing is counted.
    const held = Math.log(this.#following.trying ? Math.min(this.#answers.peak, this.limit) : this.#answers.peak)
    const less = this.#heldThen - held
    if (less > -TELLING && less < TELLING) return false
    const intrinsic = less > 0 && this.#meanThen - mean < less / 2
    this.#heldThen = held
    this.#meanThen = mean
    return intrinsic
  }

  #clamped(limit: number): number {
    return Math.min(this.#bounds.max, Math.max(this.#bounds.min, limit))
  }
}
