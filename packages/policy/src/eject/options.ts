import type { Millis } from '../types.ts'

export interface EjectOptions {
  /**
   * Failures in a row that eject. Default 5 (Envoy). At least 1; `Infinity` turns the rule off. Overload codes never count.
   * Of fewer than four endpoints one that still answers a fifth of its tries in the window stays, by this rule and by
   * `failureRate`: the others could not take its share. Not where it is unreachable, or a code's own `ejectAfter` says so.
   * Swept in packages/lab/results/sweeps/eject-consecutive.json, the rules one by one in eject-rules.json beside it.
   */
  readonly consecutive?: number
  /** Share of failed tries in the window that ejects, 0–1. Default 0.5. Above 1 turns the rule off. */
  readonly failureRate?: number
  /** Tries in the window below which `failureRate` is not looked at. Default 20. */
  readonly minRequests?: number
  /** How far back rates look, in ms, in exact one-second buckets; rounded up to whole seconds, at least 1 s. Default 10,000 (Linkerd). */
  readonly window?: Millis
  /**
   * Standard deviations below the pool's mean success rate that eject. Default 1.9 (Envoy, gRPC A50). `Infinity` turns
   * the rule off. Blind once 21.7 % of the endpoints are dead; the other two rules are not.
   */
  readonly sigma?: number
  /** Endpoints with enough tries below which `sigma` is not looked at. Default 5. */
  readonly sigmaMinEndpoints?: number
  /** Tries in the window that an endpoint needs to be part of the `sigma` rule. Default 100. */
  readonly sigmaMinRequests?: number
  /**
   * Share of failed tries below which `sigma` ejects nobody. Default 0.05. Without it the rule ejects for one failure in
   * a thousand, where the others had none: harmless, and the share of a healthy fleet that is out would never be 0.
   */
  readonly sigmaMinFailureRate?: number
  /**
   * First time out, in ms, doubled with each further ejection, jittered by up to + 20 %. Default 5,000 (Finagle). Swept in
   * packages/lab/results/sweeps/eject-base-time.json: with 30 s a rolling restart leaves too few.
   */
  readonly baseTime?: Millis
  /** Longest time out, in ms. Default 300,000 (Envoy, Finagle). Never below `baseTime`. */
  readonly maxTime?: Millis
  /** At most `max(1, ⌊maxShare · n⌋)` are out at once, and never the last one. Default 0.3. Unreachable ones are not counted. */
  readonly maxShare?: number
  /** Below this share of available endpoints ejection is ignored until there are enough. Default 0.5 (Envoy's panic threshold). 0 turns it off. */
  readonly panicBelow?: number
  /** Time, in ms, in which a returned endpoint's weight grows from a tenth to the whole. Default 5,000. 0 turns it off. */
  readonly ramp?: Millis
}

export const EJECT_DEFAULTS: Required<EjectOptions> = {
  consecutive: 5,
  failureRate: 0.5,
  minRequests: 20,
  window: 10_000,
  sigma: 1.9,
  sigmaMinEndpoints: 5,
  sigmaMinRequests: 100,
  sigmaMinFailureRate: 0.05,
  baseTime: 5_000,
  maxTime: 300_000,
  maxShare: 0.3,
  panicBelow: 0.5,
  ramp: 5_000,
}
