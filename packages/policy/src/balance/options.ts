import type { Millis } from '../types.ts'

export type Balancing = 'latency' | 'round-robin' | 'weighted-round-robin' | 'least-request' | 'hash'

export interface BalanceOptions {
  /**
   * How an endpoint is picked. `latency`: two random ones, the cheaper wins. `least-request`: two random ones, the one with
   * less under way for its weight wins. `weighted-round-robin`: in turn, by weight. `hash`: calls with one key go to one
   * endpoint, within `loadFactor`; calls without one by `latency`. `round-robin`: in turn, blind to weights too, the
   * baseline. Ejection, priorities and what a call has visited apply under all of them. Default `latency`.
   */
  readonly by?: Balancing
  /**
   * Time constant, in ms, with which a latency peak is forgotten. Default 10,000 (Finagle, Linkerd, Tower, brpc). Above 0;
   * shorter follows faster and oscillates. Does not set how long errors are remembered: that is `reweight.decay`.
   * Swept in packages/lab/results/sweeps/balance-decay.json: of 100 clients, each looks at what is slow too often below 10 s.
   */
  readonly decay?: Millis
  /**
   * An endpoint not picked for this long, in ms, gets the next call that may run concurrently, so that recovery is seen
   * and nothing starves. Default 1,000. `Infinity` turns it off. Never feeds an endpoint that still owes an answer; one
   * whose last try was given up without a word waits five times as long. Means something where latency balances.
   */
  readonly exploreAfter?: Millis
  /**
   * At most this share of picks explores, 0–1. Default 0.005: well below a hundredth, so that looking at a slow endpoint
   * does not make the 99th percentile (five endpoints, one ten times slower, 50 calls a second: p99 49 ms with 0.02,
   * 27 ms with 0.01, 11 ms with 0.005, and its share back equally soon). Without a bound ten thousand endpoints at 200
   * calls a second, all starved by the clock, would be picked in turn. Swept in
   * packages/lab/results/sweeps/balance-explore-share.json: at 586 calls a second none of 0.001–0.02 is felt.
   */
  readonly exploreShare?: number
  /**
   * Whether what endpoints say of their load counts (ORCA, see `load/`): what they have in flight, where latency balances, and
   * the weight they earn under `weighted-round-robin`. Default true; without reports nothing changes. False: none is read.
   */
  readonly reports?: boolean
  /** The zone that we are in. Default '': unknown, and no zone is preferred. */
  readonly localZone?: string
  /**
   * How many times as dear an endpoint of another zone is, under `latency`, `least-request` and `weighted-round-robin`.
   * Default 1.5. At least 1, which is no preference. An endpoint without a zone is not remote.
   */
  readonly remoteCost?: number
  /**
   * Of `hash`: an endpoint has at most this many times its share of what is under way, counted by this process. Default
   * 1.25 (Mirrokni, Thorup & Zadimoghaddam). At least 1; lower spreads more and keeps fewer keys together. `Infinity`:
   * no bound, so that one hot key is one hot endpoint.
   */
  readonly loadFactor?: number
  /**
   * Time, in ms, in which the weight of an endpoint that is new among older ones grows from a tenth to the whole. Default
   * 0: none. One that returns after ejection takes the longer of this and `eject.ramp`. Off by itself while more than half
   * of the endpoints are new: the old ones would have to carry all. Under `hash` it lowers the bound. Not under `round-robin`.
   */
  readonly slowStart?: Millis
  /**
   * How steep that growth is: `(t / slowStart)^(1 / aggression)`. Default 1, a straight line (Envoy). Above 0; above 1 is
   * steeper at first.
   */
  readonly aggression?: number
}

export const BALANCE_DEFAULTS: Required<BalanceOptions> = {
  by: 'latency',
  decay: 10_000,
  exploreAfter: 1_000,
  exploreShare: 0.005,
  reports: true,
  localZone: '',
  remoteCost: 1.5,
  loadFactor: 1.25,
  slowStart: 0,
  aggression: 1,
}
