import type { Duration, ServicePolicy } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { choice, duration, oneOf, orFalse, share } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

export type Balancing = 'latency' | 'round-robin'

/** Which endpoint a try goes to. On by default, by latency. */
export interface BalanceConfig extends Moded {
  /**
   * `'latency'`: two random endpoints, the cheaper wins, by peak latency, age of open tries, load, weight and errors (power
   * of two choices, Mitzenmacher; peak EWMA, Finagle). `'round-robin'`: in turn, blind to all of it but ejection. Default
   * `'latency'`. With one endpoint nothing is balanced, which is what a Kubernetes ClusterIP is.
   */
  readonly by?: Balancing | undefined
  /**
   * Time constant with which a latency peak is forgotten. Default 10 s (Finagle, Linkerd, Tower, brpc): shorter follows
   * faster and oscillates. 100 ms–10 min. Does not set how long errors are remembered: that is `reweight.decay`.
   */
  readonly decay?: Duration | undefined
  /**
   * An endpoint not picked for this long gets the next call that may run concurrently, so that recovery is seen and
   * nothing starves. Default 1 s. 10 ms–1 h, `false` for never. Never feeds an endpoint that still owes an answer.
   */
  readonly exploreAfter?: Duration | false | undefined
  /** At most this share of picks explores. Default 0.005: thousands of endpoints would else be fed in turn, and a slow one of few would show in the p99. 0–1. */
  readonly exploreShare?: number | undefined
}

const by = choice('latency', 'round-robin')

export const balance: z.ZodType<BalanceConfig | Balancing> = oneOf("'latency', 'round-robin', or { by, decay, exploreAfter, exploreShare, mode }", [
  by,
  options<BalanceConfig>('{ by, decay, exploreAfter, exploreShare, mode }', {
    by: by.describe('How an endpoint is picked. Default latency.'),
    decay: duration(100, 600_000).describe('Time constant with which a latency peak is forgotten. Default 10 s.'),
    exploreAfter: orFalse(duration(10, 3_600_000)).describe('An endpoint not picked for this long gets the next call that may run concurrently; false for never. Default 1 s.'),
    exploreShare: share().describe('At most this share of picks explores. Default 0.005.'),
    mode: modeOption,
  }),
])

export function unfoldBalance(value: Balancing): BalanceConfig {
  return { by: value }
}

export function resolveBalance(config: BalanceConfig | Balancing): NonNullable<ServicePolicy['balance']> {
  const { by, decay, exploreAfter, exploreShare, mode } = typeof config === 'string' ? unfoldBalance(config) : config
  return defined({ by, decay: millis(decay), exploreAfter: exploreAfter === false ? Infinity : millis(exploreAfter), exploreShare, mode })
}
