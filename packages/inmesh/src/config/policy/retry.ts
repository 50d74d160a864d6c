import type { Duration, ServicePolicy } from '@inmesh/pipeline'
import type { Code } from '@inmesh/policy'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { duration, list, name, off, oneOf, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Sends a failed call again, to another endpoint. On by default, for what may be repeated (safe methods, what carries an
 * `Idempotency-Key`, what the call marks), while `budget` allows it.
 */
export interface RetryConfig extends Moded {
  /**
   * How many tries one call may send beyond its first: retries, backups and rescues together; requests that never left do
   * not count. Default 1: a second try saves most of what can be saved, a third mostly adds load. 0–10.
   */
  readonly maxExtraTries?: number | undefined
  /**
   * Codes, or HTTP statuses (429, 500–599), that are worth another try; replaces the default UNAVAILABLE,
   * DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, DATA_LOSS. RESOURCE_EXHAUSTED (429) is left out there, being mostly the caller's
   * own quota. A business code that `classify` gives is retried only when it is listed. Does not override what may be
   * repeated.
   */
  readonly codes?: readonly (Code | number | (string & {}))[] | undefined
  /** The wait before a retry, with full jitter (Brooker, AWS 2015). */
  readonly backoff?: BackoffConfig | undefined
}

export interface BackoffConfig {
  /** Longest wait before the first retry; doubled with each further one. Default 25 ms (Envoy). 0–1 min. */
  readonly min?: Duration | undefined
  /** Longest wait before any retry. Default 250 ms (Envoy). 0–10 min, at least `min`. */
  readonly max?: Duration | undefined
}

const code = oneOf("a code such as 'UNAVAILABLE', or a status such as 503", [name(), whole(0, 999)])

export const retry: z.ZodType<RetryConfig | false> = oneOf('{ maxExtraTries, codes, backoff, mode }, or false', [
  options<RetryConfig>('{ maxExtraTries, codes, backoff, mode }', {
    maxExtraTries: whole(0, 10).describe('Tries beyond the first: retries, backups and rescues together. Default 1.'),
    codes: list(code, `a list of codes, such as ['UNAVAILABLE', 503]; business codes too`).describe('Codes, or HTTP statuses, that are worth another try. Default UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, DATA_LOSS.'),
    backoff: options<BackoffConfig>('{ min, max }', {
      min: duration(0, 60_000).describe('Longest wait before the first retry. Default 25 ms.'),
      max: duration(0, 600_000).describe('Longest wait before any retry. Default 250 ms.'),
    }).describe('The wait before a retry, with full jitter.'),
    mode: modeOption,
  }),
  off,
])

export function resolveRetry(config: RetryConfig | false): NonNullable<ServicePolicy['retry']> {
  if (config === false) return false
  const { maxExtraTries, codes, backoff, mode } = config
  return defined({ maxExtraTries, codes, backoff: backoff && defined({ min: millis(backoff.min), max: millis(backoff.max) }), mode })
}
