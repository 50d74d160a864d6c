import type { Duration, ServicePolicy } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { above, duration, off, oneOf, orFalse, share, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Takes endpoints that fail out of the pick for a while (outlier detection, after Envoy and gRPC A50). On by default. A
 * fleet of one is never ejected from, and of every fleet the last stays. Overload codes (429, RESOURCE_EXHAUSTED) never
 * count as failures in a row.
 */
export interface EjectConfig extends Moded {
  /** Failures in a row that eject. Default 5 (Envoy). 1–1,000, `false` turns this rule off. `reweight.codes` may speed single codes up. */
  readonly consecutive?: number | false | undefined
  /** Share of failed tries within `window` that ejects. Default 0.5. Above 0, up to 1; `false` turns this rule off. */
  readonly failureRate?: number | false | undefined
  /** Tries within `window` below which `failureRate` is not looked at. Default 20: of fewer, half may be chance. 1–100,000. */
  readonly minRequests?: number | undefined
  /** How far back rates look, rounded up to whole seconds. Default 10 s (Linkerd). 1 s–10 min. */
  readonly window?: Duration | undefined
  /**
   * Standard deviations below the pool's mean success rate that eject. Default 1.9 (Envoy). Above 0, up to 10; `false`
   * turns this rule off. Blind once 21.7 % of the endpoints are dead; the other two rules are not.
   */
  readonly sigma?: number | false | undefined
  /** Endpoints with enough tries below which `sigma` is not looked at. Default 5 (Envoy). 2–10,000. */
  readonly sigmaMinEndpoints?: number | undefined
  /** Tries within `window` that an endpoint needs to be part of the `sigma` rule. Default 100 (Envoy). 1–100,000. */
  readonly sigmaMinRequests?: number | undefined
  /** Share of failed tries below which `sigma` ejects nobody. Default 0.05, else one failure in a thousand would do. 0–1. */
  readonly sigmaMinFailureRate?: number | undefined
  /** First time out, doubled with each further ejection, jittered by up to + 20 %. Default 5 s (Finagle). 100 ms–1 h. */
  readonly baseTime?: Duration | undefined
  /** Longest time out. Default 5 min (Envoy, Finagle). 100 ms–24 h, at least `baseTime`. */
  readonly maxTime?: Duration | undefined
  /** At most `max(1, ⌊maxShare · n⌋)` are out at once, never the last one. Default 0.3. 0–1. Unreachable ones are not counted. */
  readonly maxShare?: number | undefined
  /** Below this share of available endpoints ejection is ignored until there are enough. Default 0.5 (Envoy's panic threshold). 0–1; 0 for never. */
  readonly panicBelow?: number | undefined
  /** Time in which a returned endpoint's weight grows from a tenth to the whole. Default 5 s. 0–10 min. */
  readonly ramp?: Duration | undefined
}

export const eject: z.ZodType<EjectConfig | false> = oneOf('{ consecutive, failureRate, maxShare, … }, or false', [
  options<EjectConfig>('an object such as { consecutive: 5, maxShare: 0.3 }', {
    consecutive: orFalse(whole(1, 1000)).describe('Failures in a row that eject; false turns the rule off. Default 5.'),
    failureRate: orFalse(above(0, 1)).describe('Share of failed tries within window that ejects; false turns the rule off. Default 0.5.'),
    minRequests: whole(1, 100_000).describe('Tries within window below which failureRate is not looked at. Default 20.'),
    window: duration(1000, 600_000).describe('How far back rates look. Default 10 s.'),
    sigma: orFalse(above(0, 10)).describe("Standard deviations below the pool's mean success rate that eject; false turns the rule off. Default 1.9."),
    sigmaMinEndpoints: whole(2, 10_000).describe('Endpoints with enough tries below which sigma is not looked at. Default 5.'),
    sigmaMinRequests: whole(1, 100_000).describe('Tries within window that an endpoint needs to be part of the sigma rule. Default 100.'),
    sigmaMinFailureRate: share().describe('Share of failed tries below which sigma ejects nobody. Default 0.05.'),
    baseTime: duration(100, 3_600_000).describe('First time out, doubled with each further ejection. Default 5 s.'),
    maxTime: duration(100).describe('Longest time out. Default 5 min.'),
    maxShare: share().describe('Share of endpoints that may be out at once; never the last one. Default 0.3.'),
    panicBelow: share().describe('Below this share of available endpoints ejection is ignored. Default 0.5.'),
    ramp: duration(0, 600_000).describe("Time in which a returned endpoint's weight grows back. Default 5 s."),
    mode: modeOption,
  }),
  off,
])

export function resolveEject(config: EjectConfig | false): NonNullable<ServicePolicy['eject']> {
  if (config === false) return false
  const { consecutive, failureRate, window, sigma, baseTime, maxTime, ramp, ...numbers } = config
  return defined({
    ...numbers,
    consecutive: consecutive === false ? Infinity : consecutive,
    // Above 1 no share can reach.
    failureRate: failureRate === false ? 2 : failureRate,
    sigma: sigma === false ? Infinity : sigma,
    window: millis(window),
    baseTime: millis(baseTime),
    maxTime: millis(maxTime),
    ramp: millis(ramp),
  })
}
