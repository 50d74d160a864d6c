import type { Instant, Millis } from '../types.ts'

/** What happened since it was told last. */
export interface SlotUse {
  /** The most calls that were in flight or waiting at once. */
  readonly peak: number
  /** Calls that got a slot. */
  readonly entered: number
}

/** What one stretch of time saw. */
interface Stretch {
  peak: number
  entered: number
  missed: number
}

const nothing: Stretch = { peak: 0, entered: 0, missed: 0 }

/**
 * How many slots were needed at once of late: in the present stretch of `span` ms and in the one before, so that a peak is
 * remembered for at least `span` and at most twice as long.
 */
export class RecentNeed {
  readonly #span: Millis
  #now: Stretch = { ...nothing }
  #before: Stretch = nothing
  #turnedAt: Instant = -Infinity
  #usedAt: Instant

  constructor(span: Millis, now: Instant) {
    this.#span = span
    this.#usedAt = now
  }

  add({ peak, entered }: SlotUse, now: Instant): void {
    const stretches = (now - this.#turnedAt) / this.#span
    if (stretches >= 1) {
      this.#turnedAt = now
      this.#before = stretches < 2 ? this.#now : nothing
      this.#now = { ...nothing }
    }
    this.#now.peak = Math.max(this.#now.peak, peak)
    this.#now.entered += entered
    if (peak > 0) this.#usedAt = now
  }

  /** A call that was refused. */
  miss(): void {
    this.#now.missed++
  }

  /** At once, by those that got a slot or wait for one. */
  get had(): number {
    return Math.max(this.#now.peak, this.#before.peak)
  }

  /**
   * How many more the refused calls would have needed; 0 where none were. Had they been let in, there would have been more in
   * flight in proportion (Little's law), but no more than they were: a burst comes once, and whoever is refused in a
   * microsecond may come again a thousand times while one call runs.
   */
  get lacked(): number {
    const missed = this.#now.missed + this.#before.missed
    const entered = this.#now.entered + this.#before.entered
    return entered === 0 ? missed : Math.min(missed, Math.ceil((this.had * missed) / entered))
  }

  /** For how long nothing was in flight or waiting. */
  idle(now: Instant): Millis {
    return now - this.#usedAt
  }
}
