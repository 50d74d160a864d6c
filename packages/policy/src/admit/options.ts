import type { Criticality, Millis } from '../types.ts'

export interface AdmissionOptions {
  /** The least limit of requests worked on at once. Default 4, or `max` where that is less, so that a bad moment never leaves room for less than is needed to see that it is over. At least 1. */
  readonly min?: number
  /** The greatest limit. Default 1,000 (Envoy's adaptive concurrency). Equal to `min`, the limit is fixed. */
  readonly max?: number
  /** The first limit. Default 20 (Netflix, concurrency-limits), within `min` and `max`. */
  readonly initial?: number
  /**
   * By criticality, what share of the requests that begin is certainly that class's while somebody of it waits, 0–1 each
   * and 1 together at most (scaled down to it beyond). What a class does not use is everybody's, most critical first.
   * Default none, which is strictly by criticality: whatever is promised to a lesser class is taken from CRITICAL, which
   * then is refused although it would have fitted alone.
   */
  readonly shares?: { readonly [C in Criticality]?: number | undefined }
  /** How many may wait for their turn. Default 100. 0: nobody waits. */
  readonly queue?: number
  /**
   * The longest wait for a turn, in ms. Default 100: what a burst needs to be worked off (Maurer, "Fail at Scale", 2015).
   * Shorter in an overload helps nobody: the newest go first then, and wait for a few milliseconds whatever this is. A class that fits
   * while lesser ones do not may wait three times as long.
   */
  readonly maxWait?: Millis
  /**
   * Delay in queues, the event loop's own included, above which the process counts as overloaded, in ms. Default 20 (DAGOR,
   * 2018, for requests that are given up after 500 ms). At least 1.
   */
  readonly targetDelay?: Millis
}

export const ADMISSION_DEFAULTS: Required<AdmissionOptions> = { min: 4, max: 1_000, initial: 20, shares: {}, queue: 100, maxWait: 100, targetDelay: 20 }

/** Brought into order, not thrown: what users write is validated where it is written. */
export function rulesOf(options: AdmissionOptions): Required<AdmissionOptions> {
  // An option that is undefined is absent: spread over the defaults it would be NaN, and refuse everything.
  const given: AdmissionOptions = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const rules: Required<AdmissionOptions> = { ...ADMISSION_DEFAULTS, ...given }
  // Whoever sets `max` alone means it: the default of `min` is no reason to take more.
  const min = Math.max(1, Math.floor(given.min ?? Math.min(rules.min, rules.max)))
  const max = Math.max(min, Math.floor(rules.max))
  const initial = Math.min(max, Math.max(min, rules.initial))
  return { ...rules, min, max, initial, queue: Math.max(0, rules.queue), maxWait: Math.max(0, rules.maxWait), targetDelay: Math.max(1, rules.targetDelay) }
}
