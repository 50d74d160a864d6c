import type { Millis } from '../types.ts'

export interface BalanceOptions {
  /**
   * How an endpoint is picked. `latency`: two random ones, the cheaper wins. `round-robin`: in turn, blind to latency and
   * load, the baseline; ejection and what a call has visited still apply. Default `latency`. Weights count for `latency` only.
   */
  readonly by?: 'latency' | 'round-robin'
  /**
   * Time constant, in ms, with which a latency peak is forgotten. Default 10,000 (Finagle, Linkerd, Tower, brpc). Above 0;
   * shorter follows faster and oscillates. Does not set how long errors are remembered: that is `reweight.decay`.
   */
  readonly decay?: Millis
  /**
   * An endpoint not picked for this long, in ms, gets the next call that may run concurrently, so that recovery is seen
   * and nothing starves. Default 1,000. `Infinity` turns it off. Never feeds an endpoint that still owes an answer; one
   * whose last try was given up without a word waits five times as long.
   */
  readonly exploreAfter?: Millis
  /**
   * At most this share of picks explores, 0–1. Default 0.005: well below a hundredth, so that looking at a slow endpoint
   * does not make the 99th percentile (five endpoints, one ten times slower, 50 calls a second: p99 49 ms with 0.02,
   * 27 ms with 0.01, 11 ms with 0.005, and its share back equally soon). Without a bound ten thousand endpoints at 200
   * calls a second, all starved by the clock, would be picked in turn.
   */
  readonly exploreShare?: number
}

export const BALANCE_DEFAULTS: Required<BalanceOptions> = {
  by: 'latency',
  decay: 10_000,
  exploreAfter: 1_000,
  exploreShare: 0.005,
}
