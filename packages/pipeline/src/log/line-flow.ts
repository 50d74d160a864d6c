import { Gcra, type Instant, type Millis } from '@inmesh/policy'
import type { Line } from './line.ts'

/** So long without one more, it has calmed. */
export const CALM: Millis = 1_000

/** What does not calm is told of this often. */
const AT_LEAST_EVERY: Millis = 10_000

/** Lines that were not written, told in one. */
export interface Held {
  readonly count: number
  /** From the first of them to now. */
  readonly within: Millis
  /** How it is now. */
  readonly last: Line
}

/**
 * Lines of one kind and one service: as many as a rate allows, and of the others how many they were. In any window W at most
 * `rate · W + burst` lines are written, and one for each second in which some were held.
 */
export class LineFlow {
  private readonly rate: Gcra
  private count = 0
  private first: Instant = 0
  private latest: Instant = 0
  private last: Line | undefined = undefined

  constructor(rate: number, burst: number) {
    this.rate = new Gcra({ rate, burst })
  }

  /** Whether this line is written now; one that is not is held. While some are held none is written: lines stand in their order. */
  admits(line: Line, now: Instant): boolean {
    if (this.count === 0 && this.rate.admit(now) === 0) return true
    if (this.count === 0) this.first = now
    this.count += 1
    this.latest = now
    this.last = line
    return false
  }

  /** When to ask for what is held; Infinity for nothing. */
  get dueAt(): Instant {
    return this.count === 0 ? Infinity : Math.min(this.latest + CALM, this.first + AT_LEAST_EVERY)
  }

  /** What is held, once; undefined for nothing. */
  release(now: Instant): Held | undefined {
    const { count, first, last } = this
    if (last === undefined) return undefined
    this.count = 0
    this.last = undefined
    return { count, within: now - first, last }
  }
}
