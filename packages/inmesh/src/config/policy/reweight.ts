import type { Classify, ClassifyEnd } from '@inmesh/http'
import type { Duration, ServicePolicy } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { acceptedBy } from '../schema/accepted.ts'
import { fn } from '../schema/code-only.ts'
import { above, duration, durationText, number, off, oneOf, table, whole, type DurationText } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { resolveCodes } from './verdicts.ts'

/**
 * What one answer with a code means for the endpoint that gave it. A number alone is its severity; a text alone, such as
 * `'1s'`, is `keepOff`.
 *
 * Severity is a cost and not a latency: a penalty counted as latency would stay in the peak for tens of seconds after one
 * rare error, and keep a healed endpoint without traffic for 20 s; a severity fades with 5 s.
 */
export interface VerdictConfig {
  /**
   * How bad one such answer is: 0 harmless, 1 an ordinary failure, 10 the worst. An endpoint that always answers so costs
   * `reweight.weight` (20) × this many pool medians more. From 0.5 on it counts as a failure for ejection too. Default: 0
   * for 429, RESOURCE_EXHAUSTED and what is no failure (below 500), 1 for all others, business codes included. 0–10.
   */
  readonly severity?: number | undefined
  /** This many failures in a row eject if the last of them has this code; goes before `eject.consecutive` when lower. 1–1,000. */
  readonly ejectAfter?: number | undefined
  /** Keeps traffic off the endpoint for so long after one such answer, inside the cap of ejection. 0–10 s. */
  readonly keepOff?: Duration | undefined
}

/** Moves traffic away from endpoints by the errors they answer. On by default; goes as far as `balance.mode`. */
export interface ReweightConfig {
  /**
   * What codes mean: by HTTP status (`503`), by code (`UNAVAILABLE`), or by a business code that `classify` or `report`
   * names. A business code goes before a status, a status before a code. Overrides the defaults code by code. Does not
   * decide what is retried: that is `retry.codes`.
   */
  readonly codes?: { readonly [code: string]: number | DurationText | VerdictConfig } | undefined
  /**
   * A verdict on each reply, from its status and headers; only in code. A code (`'UNAVAILABLE'`; `'OK'` for a success), or
   * any other text, which is a business code that `codes` may name. Undefined leaves it to the status.
   */
  readonly classify?: Classify | undefined
  /** A verdict on each reply once it is over, from its trailers and the start of its body, decoded; feeds balancing and ejection, never a retry; only in code. `maxBytes`: 0–1 MiB. */
  readonly classifyEnd?: ClassifyEnd | undefined
  /** Weight of the latest try in the average of severities. Default 0.1. Above 0, up to 1. */
  readonly step?: number | undefined
  /** Time constant with which severity fades. Default 5 s. 100 ms–10 min. */
  readonly decay?: Duration | undefined
  /** What severity 1 costs, in pool medians. Default 20. 0–1,000. */
  readonly weight?: number | undefined
}

const severity = number(0, 10)
const longestKeepOff = 10_000

const verdict = oneOf(`a severity (${acceptedBy(severity)}), a time to keep traffic off ('1s', up to 10 s), or { severity, ejectAfter, keepOff }`, [
  severity,
  durationText(0, longestKeepOff),
  options<VerdictConfig>('{ severity, ejectAfter, keepOff }', {
    severity: severity.describe('How bad one such answer is: 0 harmless, 1 an ordinary failure, 10 the worst.'),
    ejectAfter: whole(1, 1000).describe('This many failures in a row eject if the last has this code.'),
    keepOff: duration(0, longestKeepOff).describe('Keeps traffic off the endpoint for so long after one such answer. Up to 10 s.'),
  }),
])

export const reweight: z.ZodType<ReweightConfig | false> = oneOf('{ codes, classify, classifyEnd, step, decay, weight }, or false', [
  options<ReweightConfig>('{ codes, classify, classifyEnd, step, decay, weight }', {
    codes: table(verdict, "verdicts by code, such as { 503: { severity: 5, ejectAfter: 2 }, 429: '1s' }").describe('What codes mean, by HTTP status, gRPC code or business code.'),
    classify: fn<Classify>(),
    classifyEnd: options<ClassifyEnd>('{ maxBytes, classify }', { maxBytes: whole(0, 1_048_576), classify: fn<ClassifyEnd['classify']>() }, ['maxBytes', 'classify']),
    step: above(0, 1).describe('Weight of the latest try in the average of severities. Default 0.1.'),
    decay: duration(100, 600_000).describe('Time constant with which severity fades. Default 5 s.'),
    weight: number(0, 1000).describe('What severity 1 costs, in pool medians. Default 20.'),
  }),
  off,
])

/** Without reweighting no error costs anything; a verdict's `ejectAfter` and `keepOff` go with it. */
export function resolveReweight(config: ReweightConfig | false): NonNullable<ServicePolicy['reweight']> {
  if (config === false) return { weight: 0 }
  const { codes, step, decay, weight } = config
  return defined({ codes: codes && resolveCodes(codes), step, decay: millis(decay), weight })
}
