import type { ConcurrencyOptions, Duration } from '@inmesh/pipeline'
import type { EngineLost } from '@inmesh/policy'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { above, choice, duration, number, off, oneOf, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Keeps no more calls in flight than are answered well. The limit grows while it is used and all goes well, and is cut
 * when calls are rejected (429, 503) or not answered in time (AIMD, Chiu and Jain 1989; by loss on clients, after
 * Netflix's concurrency-limits). Off until set; `{}` sets it. For one service within one process, all operations
 * together. Says nothing of single endpoints.
 *
 * With `scope: 'global'` the limit is `max`, for all processes together that have a service of this name and the same
 * engine: each holds a part of it under a lease, by need and weight. Then `min`, `initial`, `increase`, `backoff` and
 * `latencyAbove` mean nothing and are refused.
 */
export interface ConcurrencyConfig extends Moded {
  /** The least limit. Default 1. 1–1,000,000. */
  readonly min?: number | undefined
  /** The greatest limit; equal to `min`, the limit is fixed. Default 1,000 (Envoy). 1–1,000,000, at least `min`. With `global` the limit itself, and required. */
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
  /**
   * Whose calls are counted: those of each process, or of all together by the mesh's `engine`. Default `process`. `global`
   * without an engine holds each process to `max`, and says so.
   */
  readonly scope?: 'process' | 'global' | undefined
  /** This process's part where all want more than there is, against the weights of others. Default 1. Above 0, up to 1,000. With `global`. */
  readonly weight?: number | undefined
  /**
   * How many this process may have in flight while it has no lease, since the engine does not answer or was not reached yet:
   * with `local-share` its share of 0.8 of `max`, at least one where there are as many slots as processes; with `open` all of
   * `max`; with `closed` none. Default `local-share`: an outage of the engine is no outage of ours, and no flood for the
   * callee. With `global`.
   */
  readonly engineLost?: EngineLost | undefined
  /** By how many processes at least the local share is counted: until it has heard of others, a process takes itself for the only one. Default 1. 1–100,000. With `global`. */
  readonly minProcesses?: number | undefined
}

const calls = (): z.ZodType<number> => whole(1, 1_000_000)

export const concurrency: z.ZodType<ConcurrencyConfig | false> = oneOf('{ min, max, initial, increase, backoff, … }, or false', [
  options<ConcurrencyConfig>('an object such as { max: 200, queue: 50 }', {
    min: calls().describe('The least limit. Default 1.'),
    max: calls().describe('The greatest limit; equal to min, the limit is fixed. With scope global the limit itself, and required. Default 1000.'),
    initial: calls().describe('The first limit. Default 20.'),
    increase: number(0, 1000).describe("How much the limit grows with each limit's worth of good answers. Default 1."),
    backoff: number(0.1, 0.99).describe('What a loss leaves of the limit. Default 0.9.'),
    latencyAbove: duration(1, 3_600_000).describe('A good answer that took longer counts as a loss.'),
    queue: whole(0, 1_000_000).describe('Calls that may wait for a slot. Default 0.'),
    maxWait: duration(1, 3_600_000).describe('How long one of them may wait. Default 1 s.'),
    scope: choice('process', 'global').describe('Whose calls are counted: those of each process, or global: of all that have a service of this name and the same engine. Default process.'),
    weight: above(0, 1000).describe("This process's part where all want more than there is, against the weights of others. With scope global. Default 1."),
    engineLost: choice('local-share', 'open', 'closed').describe('What this process may have in flight while it has no lease: local-share its share of 0.8 of max, open all of max, closed none. With scope global. Default local-share.'),
    minProcesses: whole(1, 100_000).describe('By how many processes at least the local share is counted, for a process that has not heard of the others. With scope global. Default 1.'),
    mode: modeOption,
  }),
  off,
])

export function resolveConcurrency(config: ConcurrencyConfig | false): ConcurrencyOptions | false {
  if (config === false) return false
  const { latencyAbove, maxWait, ...own } = config
  return defined({ ...own, latencyAbove: millis(latencyAbove), maxWait: millis(maxWait) })
}
