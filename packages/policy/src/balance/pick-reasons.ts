import type { BalanceOptions } from './options.ts'

/** Why a try went where it did. */
export interface PickReasons {
  /**
   * What decided: the strategy (`round-robin` where balancing is off), `explored` for an endpoint that nobody had asked for a
   * while, `probe` for one that is out and may show that it is well.
   */
  readonly by: Required<BalanceOptions>['by'] | 'explored' | 'probe'
  /**
   * What the endpoint cost, the lower the better: its latency in medians of its operation's, times what it has in flight with
   * this try, and more for its errors (see `Costs`). From 0 on.
   */
  readonly cost: number
  /** What half of the endpoints cost less than, in the same unit. */
  readonly median: number
  /** Endpoints that could be picked. */
  readonly among: number
  /** Endpoints that are known. */
  readonly of: number
}
