import type { Duration, ServicePolicy } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { duration, number, off, oneOf, share } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Refuses calls to a service that rejects them, with the probability `max(0, (requests − k · accepts) / (requests + 1))`
 * (client-side throttling, SRE book, chapter 21). Accepted is what was not 429, 503, UNAVAILABLE, RESOURCE_EXHAUSTED nor
 * a connection that did not come about; counted are calls, not tries. Off until set; `{}` sets it. Each process counts by
 * itself. Says nothing of single endpoints: that is `eject`.
 */
export interface BreakerConfig extends Moded {
  /** Calls sent for each one that is accepted. Default 2 (SRE book): about one in two is rejected under overload; 1.1: one in eleven. 1–100. */
  readonly k?: number | undefined
  /** The most that is refused. Default 0.8 (Envoy's admission control); one call a second goes out in any case. 0–1. */
  readonly maxDrop?: number | undefined
  /** How far back it looks, rounded up to whole seconds. Default 2 min (SRE book). 10 s–10 min. */
  readonly window?: Duration | undefined
  /** Calls a second below which nothing is refused. Default 5 (Finagle). 0–1,000,000. */
  readonly minRate?: number | undefined
}

export const breaker: z.ZodType<BreakerConfig | false> = oneOf('{ k, maxDrop, window, minRate, mode }, or false', [
  options<BreakerConfig>('{ k, maxDrop, window, minRate, mode }', {
    k: number(1, 100).describe('Calls sent for each one that is accepted. Default 2.'),
    maxDrop: share().describe('The most that is refused. Default 0.8.'),
    window: duration(10_000, 600_000).describe('How far back it looks. Default 2 min.'),
    minRate: number(0, 1_000_000).describe('Calls a second below which nothing is refused. Default 5.'),
    mode: modeOption,
  }),
  off,
])

export function resolveBreaker(config: BreakerConfig | false): NonNullable<ServicePolicy['breaker']> {
  if (config === false) return false
  const { k, maxDrop, window, minRate, mode } = config
  return defined({ k, maxDrop, window: millis(window), minRate, mode })
}
