import type { Duration, ServicePolicy } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { duration, number, share } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'

/**
 * What retries, backups and rescues of a service may add together, over every window W:
 * `ratio · calls(W + ttl) + floor · W + initial` (after Finagle's retry budget). Each process has its own.
 */
export interface BudgetConfig {
  /** Extra tries per call. Default 0.2: a service that fails whole gets at most a fifth more load (SRE book, chapter 22). 0–1. */
  readonly ratio?: number | undefined
  /** Extra tries a second however few calls there are. Default 0.1; multiply by the number of processes. 0–100. */
  readonly floor?: number | undefined
  /** How long a call's share may be spent. Default 10 s (Finagle). 1 s–10 min. */
  readonly ttl?: Duration | undefined
  /** Extra tries in stock at the start, and the most that `floor` saves up. Default 2. 0–1,000. */
  readonly initial?: number | undefined
}

export const budget: z.ZodType<BudgetConfig> = options<BudgetConfig>('{ ratio, floor, ttl, initial }', {
  ratio: share().describe('Extra tries per call. Default 0.2.'),
  floor: number(0, 100).describe('Extra tries a second however few calls there are. Default 0.1.'),
  ttl: duration(1000, 600_000).describe("How long a call's share may be spent. Default 10 s."),
  initial: number(0, 1000).describe('Extra tries in stock at the start. Default 2.'),
})

export function resolveBudget(config: BudgetConfig): NonNullable<ServicePolicy['budget']> {
  const { ratio, floor, ttl, initial } = config
  return defined({ ratio, floor, ttl: millis(ttl), initial })
}
