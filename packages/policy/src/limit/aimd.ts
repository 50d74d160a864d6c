import type { Instant, Millis } from '../types.ts'

export interface AimdOptions {
  /** The least limit. Default 1: whoever has nothing in flight may always ask. At least 1. */
  readonly min?: number
  /** The greatest limit. Default 1,000 (Envoy's). Equal to `min`, the limit is fixed. */
  readonly max?: number
  /** The first limit. Default 20 (Netflix), within `min` and `max`. */
  readonly initial?: number
  /** How much the limit grows with each limit's worth of good answers. Default 1, as TCP's congestion avoidance does. */
  readonly increase?: number
  /** What is left of the limit after a loss. Default 0.9 (Netflix). 0.1–0.99. */
  readonly backoff?: number
  /** A good answer that took longer counts as a loss, in ms. Default: none does. */
  readonly latencyAbove?: Millis
}

/** With `latencyAbove` none. */
export const AIMD_DEFAULTS: Required<AimdOptions> = { min: 1, max: 1_000, initial: 20, increase: 1, backoff: 0.9, latencyAbove: Infinity }

/**
 * A limit on what may be in flight, found by losses: additive increase, multiplicative decrease (Chiu and Jain 1989). By
 * loss and not by delay, since a client sees the queues of all replicas and of the network at once (Netflix,
 * concurrency-limits, whose factor and least use these are). What differs from theirs is TCP's (Jacobson 1988): one cut
 * for each round trip, since a hundred losses of one moment are one event and would leave 0.9¹⁰⁰ of the limit, and growth
 * by `increase` for a whole limit of answers, so that clients of different limits grow at the same pace and become equal.
 */
export class AimdLimit {
  #options: Required<AimdOptions>
  #limit: number
  /** What began before the last cut speaks of the limit that was. */
  #cutAt: Instant = -Infinity

  constructor(options: AimdOptions = {}) {
    this.#options = rulesOf(options)
    this.#limit = clamped(this.#options.initial, this.#options)
  }

  /** How many may be in flight: a whole number. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** New rules; the limit found so far stays, within the new bounds. */
  configure(options: AimdOptions): void {
    this.#options = rulesOf(options)
    this.#limit = clamped(this.#limit, this.#options)
  }

  /** A good answer, and how many were in flight with it. A limit that is not half used has not been tried, and does not grow. */
  succeeded(start: Instant, now: Instant, inFlight: number): void {
    if (now - start > this.#options.latencyAbove) return this.lost(start, now)
    if (start < this.#cutAt || inFlight * 2 < this.#limit) return
    this.#limit = clamped(this.#limit + this.#options.increase / this.#limit, this.#options)
  }

  /** No answer for want of room: a rejection, or none in time. */
  lost(start: Instant, now: Instant): void {
    if (start < this.#cutAt) return
    this.#cutAt = now
    this.#limit = clamped(this.#limit * this.#options.backoff, this.#options)
  }
}

function clamped(limit: number, { min, max }: Required<AimdOptions>): number {
  return Math.min(max, Math.max(min, limit))
}

/** Brought into order, not thrown: what users write is validated where it is written. */
function rulesOf(options: AimdOptions): Required<AimdOptions> {
  const rules = { ...AIMD_DEFAULTS, ...options }
  const min = Math.max(1, rules.min)
  return { ...rules, min, max: Math.max(min, rules.max), increase: Math.max(0, rules.increase), backoff: Math.min(0.99, Math.max(0.1, rules.backoff)) }
}
