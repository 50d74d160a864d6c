import type { Instant, Millis } from '../types.ts'
import { LateTally, SLICES } from './late-tally.ts'

const SLICE: Millis = 250
const RETURN_STEPS: readonly number[] = [0, 0.1, 0.25, 0.5, 1]
const CLOSED = RETURN_STEPS.length - 1
const STEP: Millis = 1000
/** Fewer late tries than this are chance. */
const FEWEST_LATE = 8
/** This share of endpoints, the latest ones, is left out: late hosts are what backups are for. */
const TRIM = 0.3

/** Sorting up to so many with each late try costs nothing to speak of; ten thousand are sorted once a second. */
const FEW_ENDPOINTS = 100

/**
 * Backups help when *some* endpoints are late. When all are, they are more load on what is overloaded already. Over two
 * seconds it compares late tries L with armed ones N, without the ⌈0.3 n⌉ endpoints that are late most: untrimmed, one
 * late host in ten at 200 calls a second opens it every time. Opens at L ≥ 8 and L/N > 4 ε, ε being the share that is
 * late in good times; comes back in steps of a second while L/N < 2 ε.
 *
 * Tries are counted whether or not a backup may be sent: a breaker that counts what it lets pass cannot see the end.
 */
export class StormBreaker<E = string> {
  #epsilon: number
  #step: number = CLOSED
  #stepAt: Instant = -Infinity
  #sliceEnd: Instant = -Infinity
  #current = 0
  readonly #tally: LateTally<E> = new LateTally()
  #trimmedAt: Instant = -Infinity
  #trimmedLate = 0
  #trimmedArmed = 0

  constructor(options: { readonly maxExtraLoad: number }) {
    this.#epsilon = options.maxExtraLoad
  }

  configure(options: { readonly maxExtraLoad: number }): void {
    this.#epsilon = options.maxExtraLoad
  }

  /** A first try went out with its timer armed. Tries without an endpoint count, but are never the ones left out. */
  armed(endpoint: E | undefined, now: Instant): void {
    if (now >= this.#sliceEnd) this.#rotate(now)
    this.#tally.armed(endpoint, this.#current)
  }

  /** Its timer fired before its head came. */
  late(endpoint: E | undefined, now: Instant): void {
    if (now >= this.#sliceEnd) this.#rotate(now)
    this.#tally.late(endpoint, this.#current)
    this.#judge(now)
  }

  /** The share of late tries that may send a backup now: 0, 0.1, 0.25, 0.5 or 1. */
  share(now: Instant): number {
    if (now >= this.#sliceEnd) this.#rotate(now)
    if (this.#step < CLOSED) this.#judge(now)
    return RETURN_STEPS[this.#step]!
  }

  /** Late tries, armed tries, both of all endpoints, over the last two seconds. */
  inspect(now: Instant): { share: number; late: number; armed: number } {
    if (now >= this.#sliceEnd) this.#rotate(now)
    return { share: this.share(now), late: this.#tally.lateSum, armed: this.#tally.armedSum }
  }

  #judge(now: Instant): void {
    this.#trim(now)
    const late = this.#trimmedLate
    const calm = late === 0 || late < 2 * this.#epsilon * this.#trimmedArmed
    if (late >= FEWEST_LATE && late > 4 * this.#epsilon * this.#trimmedArmed) this.#step = 0
    if (!calm) this.#stepAt = now + STEP
    else for (; this.#step < CLOSED && now >= this.#stepAt; this.#stepAt += STEP) this.#step++
  }

  /** Leaving out the worst only lowers the share, so a whole that is calm needs no sorting. */
  #trim(now: Instant): void {
    const { lateSum, armedSum } = this.#tally
    if (lateSum < FEWEST_LATE || lateSum < 2 * this.#epsilon * armedSum) {
      this.#trimmedLate = lateSum
      this.#trimmedArmed = armedSum
    } else if (now >= this.#trimmedAt) {
      const { late, armed, endpoints } = this.#tally.without(TRIM)
      this.#trimmedLate = late
      this.#trimmedArmed = armed
      this.#trimmedAt = now + Math.max(0, endpoints - FEW_ENDPOINTS) / 10
    }
  }

  #rotate(now: Instant): void {
    const passed = Math.min(SLICES, Math.floor((now - this.#sliceEnd) / SLICE) + 1)
    for (let i = 0; i < passed; i++) {
      this.#current = (this.#current + 1) % SLICES
      this.#tally.clear(this.#current)
    }
    this.#sliceEnd = passed === SLICES ? now + SLICE : this.#sliceEnd + passed * SLICE
    // Each quarter second, since in calm times hardly a late try comes by to ask.
    if (this.#step < CLOSED) this.#judge(now)
  }
}
