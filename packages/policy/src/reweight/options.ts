import type { Millis } from '../types.ts'

/** What a code means for the endpoint that answered it. */
export interface CodeVerdict {
  /**
   * How bad one such answer is: 0 harmless, 1 an ordinary failure, 10 the worst; clamped to 0–10. In cost: an endpoint
   * that always answers so costs 20 × this many pool medians more. From 0.5 on it counts as a failure for ejection too.
   */
  readonly severity: number
  /** This many failures in a row eject, if the last of them has this code; overrides `eject.consecutive` when lower. At least 1. */
  readonly ejectAfter?: number
  /** Keeps traffic off the endpoint for this long after one such answer, in ms, at most 10 s and inside the ejection cap. */
  readonly keepOff?: Millis
}

export interface ReweightOptions {
  /**
   * What codes mean, by HTTP status (`'503'`), by code (`'UNAVAILABLE'`) or by business code (whatever the user's
   * classifier names); a business code goes before a status, a status before a code. A number is a severity. Listed
   * codes override the defaults one by one: 1 for connect errors, resets, timeouts, 5xx, UNAVAILABLE,
   * DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, DATA_LOSS; 0 for RESOURCE_EXHAUSTED and 429 (usually the caller's own quota)
   * and for 4xx. Does not decide what is retried.
   */
  readonly codes?: Readonly<Record<string, number | CodeVerdict>>
  /**
   * Weight of the latest try in the average, above 0, at most 1. Default 0.1. Swept in
   * packages/lab/results/sweeps/reweight-step.json: 0.02 lets twice as many calls fail, 0.3 a quarter fewer.
   */
  readonly step?: number
  /**
   * Time constant, in ms, with which severity fades. Default 5,000: a healed endpoint is back at its share after about
   * 5 s. Swept in packages/lab/results/sweeps/reweight-decay.json: at 1 s twice as many calls meet what fails.
   */
  readonly decay?: Millis
  /**
   * What severity 1 costs, in pool medians. Default 20. 0 turns reweighting off. Swept in
   * packages/lab/results/sweeps/reweight-weight.json: below, more calls fail; 80 lets one error in a thousand
   * make the p99 a third longer.
   */
  readonly weight?: number
}

export const REWEIGHT_DEFAULTS: Required<ReweightOptions> = { codes: {}, step: 0.1, decay: 5_000, weight: 20 }

/** A hint to stay away is honoured up to here. */
export const LONGEST_KEEP_OFF: Millis = 10_000
