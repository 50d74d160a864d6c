import type { Millis, Random } from '../types.ts'

export interface BackoffOptions {
  /** The longest wait before the first retry, in ms. Default 25 (Envoy's). */
  readonly min?: Millis
  /** The longest wait before any retry, in ms. Default 250 (Envoy's); raised to `min` when below it. */
  readonly max?: Millis
}

/**
 * Full jitter: uniform from 0 to a ceiling that doubles with each retry. Of the jittered schemes it ends a contention
 * with the fewest calls (Brooker, "Exponential Backoff And Jitter", AWS 2015); unjittered ones march in step.
 */
export function backoff(retry: number, options: BackoffOptions, random: Random): Millis {
  const min = options.min ?? 25
  const max = Math.max(min, options.max ?? 250)
  return random.next() * Math.min(max, min * 2 ** (retry - 1))
}
