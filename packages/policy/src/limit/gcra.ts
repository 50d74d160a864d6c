import type { Instant, Millis } from '../types.ts'

export interface GcraOptions {
  /** How many are admitted in `per`, in the long run. */
  readonly rate: number
  /** The time in which `rate` are admitted, in ms. Default 1 000. */
  readonly per?: Millis
  /** How many may be admitted at once after a pause. Default 1, raised to 1 when below it. */
  readonly burst?: number
}

/**
 * A rate limit as one number, the *theoretical arrival time* of the next one (TAT), after the Generic Cell Rate Algorithm
 * (ITU-T I.371). Over every window W it admits at most `rate · W + burst`. A token bucket without a refill to forget and
 * without a window's edge at which twice the rate may pass.
 */
export class Gcra {
  #interval: Millis
  #burst: number
  #tat: Instant = -Infinity
  #last: Instant = -Infinity

  constructor(options: GcraOptions) {
    this.#interval = intervalOf(options)
    this.#burst = burstOf(options)
  }

  /** 0: admitted. More: nothing was taken, ask again after that long (Infinity: `cost` is more than `burst`, or rate 0). */
  admit(now: Instant, cost = 1): Millis {
    const wait = this.wait(now, cost)
    if (wait === 0) this.#take(now, 0, cost)
    return wait
  }

  /** Takes a place in the queue: how long to wait before going, 0 for at once. −1: longer than `maxWait`, nothing taken. */
  reserve(now: Instant, maxWait: Millis, cost = 1): Millis {
    const wait = this.wait(now, cost)
    if (wait === Infinity || wait > maxWait) return -1
    this.#take(now, wait, cost)
    return wait
  }

  /**
   * Gives back a reservation for the instant `at` (`now + wait` as it was made) that will not be used. Only the latest can
   * be given back: behind any other stand reservations whose instants are promised, and a second one admitted at the
   * same instant would break the bound. Answers whether it was.
   */
  cancel(at: Instant, cost = 1): boolean {
    if (at !== this.#last) return false
    this.#tat -= cost * this.#interval
    this.#last = -Infinity
    return true
  }

  /** How long until `cost` would be admitted; nothing is taken. */
  wait(now: Instant, cost = 1): Millis {
    return waitFor(this.#tat, now, cost, this.#interval, this.#burst)
  }

  /** How many would be admitted at once. */
  available(now: Instant): number {
    return roomFor(this.#tat, now, this.#interval, this.#burst)
  }

  /** A new rate and burst; what has been used under the old ones stays used. */
  configure(options: GcraOptions, now: Instant): void {
    const used = Math.max(0, this.#tat - now) / this.#interval
    this.#interval = intervalOf(options)
    this.#burst = burstOf(options)
    this.#tat = used > 0 ? now + used * this.#interval : -Infinity
    this.#last = -Infinity
  }

  #take(now: Instant, wait: Millis, cost: number): void {
    this.#tat = Math.max(this.#tat, now) + cost * this.#interval
    this.#last = now + wait
  }
}

export function waitFor(tat: Instant, now: Instant, cost: number, interval: Millis, burst: number): Millis {
  if (cost > burst || interval === Infinity) return Infinity
  return Math.max(0, Math.max(tat, now) - now - (burst - cost) * interval)
}

/** How many would be admitted at once. */
export function roomFor(tat: Instant, now: Instant, interval: Millis, burst: number): number {
  if (interval === Infinity) return 0
  return Math.max(0, Math.floor((now + burst * interval - Math.max(tat, now)) / interval + 1e-9))
}

export function intervalOf(options: GcraOptions): Millis {
  return options.rate > 0 ? (options.per ?? 1000) / options.rate : Infinity
}

export function burstOf(options: GcraOptions): number {
  return Math.max(1, options.burst ?? 1)
}
