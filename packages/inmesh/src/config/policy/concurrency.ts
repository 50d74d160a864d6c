import type { ConcurrencyOptions, Duration } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { duration, number, off, oneOf, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Keeps no more calls in flight than are answered well. The limit grows while it is used and all goes well, and is cut
 * when calls are rejected (429, 503) or not answered in time (AIMD, Chiu and Jain 1989; by loss on clients, after
 * Netflix's concurrency-limits). Off until set; `{}` sets it. For one service within one process, all operations
 * together. Says nothing of single endpoints.
 */
export interface ConcurrencyConfig extends Moded {
  /** The least limit. Default 1. 1–1,000,000. */
  readonly min?: number | undefined
  /** The greatest limit; equal to `min`, the limit is fixed. Default 1,000 (Envoy). 1–1,000,000, at least `min`. */
  readonly max?: number | undefined
  /** The first limit. Default 20 (Netflix). 1–1,000,000; outside `min` and `max` the nearer of them. */
  readonly initial?: number | undefined
  /** How much the limit grows with each limit's worth of good answers. Default 1, as TCP does. 0–1,000. */
  readonly increase?: number | undefined
  /** What a loss leaves of the limit; the losses of one round trip count once. Default 0.9 (Netflix). 0.1–0.99. */
  readonly backoff?: number | undefined
  /** A good answer that took longer counts as a loss. Default: none does. 1 ms–1 h. Does not end a call: that is `timeout`. */
  readonly latencyAbove?: Duration | undefined
  /** Calls that may wait for a slot, the most critical first. Default 0: refused at once. 0–1,000,000. */
  readonly queue?: number | undefined
  /** How long one of them may wait; never beyond its deadline. Default 1 s. 1 ms–1 h. Means nothing without `queue`. */
  readonly maxWait?: Duration | undefined
}

const calls = (): z.ZodType<number> => whole(1, 1_000_000)

export const concurrency: z.ZodType<ConcurrencyConfig | false> = oneOf('{ min, max, initial, increase, backoff, … }, or false', [
  options<ConcurrencyConfig>('an object such as { max: 200, queue: 50 }', {
    min: calls().describe('The least limit. Default 1.'),
    max: calls().describe('The greatest limit; equal to min, the limit is fixed. Default 1000.'),
    initial: calls().describe('The first limit. Default 20.'),
    increase: number(0, 1000).describe("How much the limit grows with each limit's worth of good answers. Default 1."),
    backoff: number(0.1, 0.99).describe('What a loss leaves of the limit. Default 0.9.'),
    latencyAbove: duration(1, 3_600_000).describe('A good answer that took longer counts as a loss.'),
    queue: whole(0, 1_000_000).describe('Calls that may wait for a slot. Default 0.'),
    maxWait: duration(1, 3_600_000).describe('How long one of them may wait. Default 1 s.'),
    mode: modeOption,
  }),
  off,
])

export function resolveConcurrency(config: ConcurrencyConfig | false): ConcurrencyOptions | false {
  if (config === false) return false
  const { latencyAbove, maxWait, ...own } = config
  return defined({ ...own, latencyAbove: millis(latencyAbove), maxWait: millis(maxWait) })
}
