import { fade } from '../estimate/fade.ts'
import type { Instant, Millis } from '../types.ts'

/** Below this a severity changes no decision: it is dropped, so that an endpoint that recovered costs nothing to read. */
const NEGLIGIBLE = 1e-4

/** Crossing one of these is worth telling; every single try is not. */
const STEPS = [0.01, 0.1, 0.5, 1, 5] as const

/**
 * How badly an endpoint has failed of late: a moving average over completed tries, `f += 0.1 · (severity − f)`, that also
 * fades with time. Kept apart from latency, because failing is often fast.
 */
export class Severity {
  #value = 0
  #at: Instant = -Infinity
  #level = 0

  read(now: Instant, decay: Millis): number {
    return this.#value === 0 ? 0 : this.#value * fade((now - this.#at) / decay)
  }

  /** Answers whether a coarse step was crossed. */
  add(severity: number, now: Instant, step: number, decay: Millis): boolean {
    if (this.#value === 0 && severity === 0) return false
    const faded = this.read(now, decay)
    const value = faded + step * (severity - faded)
    this.#value = value < NEGLIGIBLE ? 0 : value
    this.#at = now
    return this.#cross()
  }

  /** As if it had never failed. */
  forget(): void {
    this.#value = 0
    this.#level = 0
  }

  #cross(): boolean {
    let level = 0
    while (level < STEPS.length && this.#value >= STEPS[level]!) level += 1
    const crossed = level !== this.#level
    this.#level = level
    return crossed
  }
}
