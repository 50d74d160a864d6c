import { FailureWindow } from '../estimate/failure-window.ts'
import type { Instant, Millis } from '../types.ts'

export type EjectedWhy = 'consecutive' | 'failure-rate' | 'success-rate' | 'probe'

/**
 * `in` → `ejected` until an instant → `due`: waits for a call that may be its probe → `probing`: that call is under way
 * → `ramp`: back, with growing weight → `in`.
 */
export type TrialState = 'in' | 'ejected' | 'due' | 'probing' | 'ramp'

/** A new or returned endpoint starts at this share of its weight. */
const LEAST_SHARE = 0.1

/** How the weight of an endpoint grows that is new, or back: one object for all of a service, so that a change reaches them all. */
export interface SlowStart {
  /** 0: only those that are back grow. */
  window: Millis
  /** 1 / aggression. */
  exponent: number
}

/** How long one dying connection may go on failing tries and still be one event. */
const ONE_EVENT: Millis = 1_000

const STRAIGHT: SlowStart = { window: 0, exponent: 1 }

/** What is known against one endpoint. Allocated at its first failure, or for its slow start: most endpoints never need it. */
export class Trial {
  window: FailureWindow
  state: TrialState = 'in'
  since: Instant
  until: Instant = -Infinity
  keptOffUntil: Instant = -Infinity
  why: EjectedWhy | undefined = undefined
  /** Failures in a row. */
  consecutive = 0
  /** How often it was ejected in all. */
  ejections = 0
  /** How often lately: sets the length of the next ejection, and falls by one for each healthy interval of that length. */
  times = 0
  length: Millis = 0
  returnedAt: Instant = -Infinity
  suppressedAt: Instant = -Infinity
  readonly #slowStart: SlowStart
  #cause: unknown = undefined
  #causeAt: Instant = -Infinity

  constructor(window: Millis, now: Instant, slowStart: SlowStart = STRAIGHT) {
    this.window = new FailureWindow(window)
    this.since = now
    this.#slowStart = slowStart
  }

  get isOut(): boolean {
    return this.state !== 'in' && this.state !== 'ramp'
  }

  enter(state: TrialState, now: Instant): void {
    this.state = state
    this.since = now
  }

  /** What it was judged on is spent. */
  goOut(why: EjectedWhy, now: Instant, until: Instant): void {
    this.enter('ejected', now)
    this.why = why
    this.until = until
    this.ejections += 1
    this.#forget()
  }

  comeBack(now: Instant): void {
    this.enter('ramp', now)
    this.returnedAt = now
    this.keptOffUntil = -Infinity
    this.#forget()
  }

  /** Whether it ramps up because it is new, and not because it was out. */
  get isNew(): boolean {
    return this.state === 'ramp' && this.returnedAt < this.since
  }

  /** It has its whole weight after all. */
  endRamp(now: Instant): void {
    if (this.state === 'ramp') this.enter('in', now)
  }

  /** The share of its weight that an endpoint has now (slow start: Envoy). `ramp`: for one that was out, at least. */
  share(now: Instant, ramp: Millis): number {
    if (this.state !== 'ramp') return 1
    const { window, exponent } = this.#slowStart
    const length = this.isNew ? window : Math.max(window, ramp)
    const share = (now - this.since) / length
    return share >= 1 || length <= 0 ? 1 : Math.max(LEAST_SHARE, exponent === 1 ? share : share ** exponent)
  }

  /** Counting starts anew: buckets of another length cannot be converted. */
  resize(window: Millis): void {
    this.window = new FailureWindow(window)
  }

  /**
   * Whether this failure belongs to one already counted: the death of an HTTP/2 session is eighty failures in one tick and
   * one event. Known by the identity of the cause, and for a second only, since some libraries reuse an error object.
   */
  isSameEvent(cause: unknown, now: Instant): boolean {
    if (typeof cause !== 'object' || cause === null) return false
    if (cause === this.#cause && now - this.#causeAt < ONE_EVENT) return true
    this.#cause = cause
    this.#causeAt = now
    return false
  }

  #forget(): void {
    this.consecutive = 0
    this.window.clear()
  }
}
