import type { Operation } from '../estimate/operation.ts'
import type { Instant } from '../types.ts'
import type { Endpoint } from './endpoint.ts'

/** `awaiting` its head, then `body`, then `closed`. There is no way back. */
export type LeaseState = 'awaiting' | 'body' | 'closed'

/**
 * One try on one endpoint, from the pick to the end. Each of head and end counts once, however often it is told: a
 * transport that reports an error twice must not make an endpoint look idle.
 */
export class Lease<T> {
  readonly endpoint: Endpoint<T>
  readonly start: Instant
  /**
   * The endpoint was ejected, on probation, or cost more than three times the pool's median when it was picked: its
   * latency is no measure of how late a try may be, so it is left out of the backup delay's population.
   */
  readonly outlying: boolean
  /** The one try that decides whether an ejected endpoint comes back. */
  readonly probe: boolean
  /** @internal */
  readonly stats: Operation
  /** @internal 1 ÷ the operation's median when it was picked: the age sums need the same number twice. */
  readonly perMedian: number
  /** @internal */
  state: LeaseState = 'awaiting'
  /** @internal The head was good and the tail has yet to confirm it. */
  good = false
  /** @internal Where its endpoint counts its body. */
  slot = -1
  /** @internal What its endpoint had in flight of ours when it was picked, itself included. */
  ours = 0

  constructor(endpoint: Endpoint<T>, stats: Operation, start: Instant, perMedian: number, outlying: boolean, probe: boolean) {
    this.endpoint = endpoint
    this.stats = stats
    this.start = start
    this.perMedian = perMedian
    this.outlying = outlying
    this.probe = probe
  }
}
