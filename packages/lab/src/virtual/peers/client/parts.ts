import type { Failure, Instant, Millis, Outcome } from '@inmesh/policy'
import type { LoadReport, VirtualCall } from '../../contract.ts'
import type { PeerEndpoint } from './endpoint.ts'

/** Which endpoint a try goes to. */
export abstract class Balancer {
  protected endpoints: readonly PeerEndpoint[] = []

  /** Those that may be picked from now on. */
  use(endpoints: readonly PeerEndpoint[]): void {
    this.endpoints = endpoints
  }

  /** Undefined only where there is none to pick. */
  abstract pick(call: VirtualCall, now: Instant): PeerEndpoint | undefined

  started(_endpoint: PeerEndpoint, _now: Instant): void {}

  /** A try has ended, or was given up. */
  ended(_endpoint: PeerEndpoint, _startedAt: Instant, _now: Instant, _report: LoadReport | undefined): void {}
}

/**
 * Who may be picked. Time moves on only when it is asked to, so that nothing waits in the agenda: what a sweep would have
 * changed between two calls nobody could have seen.
 */
export interface Outliers {
  members(endpoints: readonly PeerEndpoint[]): void
  /** True when who may be picked has changed. */
  advance(now: Instant): boolean
  /** A try sets out. True when who may be picked has changed. */
  started?(endpoint: PeerEndpoint): boolean
  /** True when who may be picked has changed. */
  ended(endpoint: PeerEndpoint, outcome: Outcome, now: Instant): boolean
  available(): readonly PeerEndpoint[]
}

/** One more try after those before it have failed. */
export interface Retries {
  called(now: Instant): void
  tried(outcome: Outcome, now: Instant): void
  /** How long to wait before one more try, `NO_RETRY` for none. What it costs is paid when it is granted. */
  grant(failure: Failure, retriesBefore: number, inFlight: number, now: Instant): Millis
  /** A granted retry has ended, or will not be made. */
  over(): void
}

export const NO_RETRY = -1

/** One more copy while those before it are late. */
export interface Hedging {
  readonly maxCopies: number
  /** Whether a copy that nobody waits for any more is cancelled, or left to end by itself. */
  readonly cancels: boolean
  /** Whether a copy that failed sends the next at once. */
  readonly onFailure: boolean
  called(now: Instant): void
  tried(outcome: Outcome, age: Millis, now: Instant): void
  /** How long to wait for those sent; Infinity: for ever. */
  delay(now: Instant): Millis
  grant(now: Instant): boolean
}

/** What a peer is made of. */
export interface PeerParts {
  readonly balancer: Balancer
  readonly outliers?: Outliers | undefined
  readonly retries?: Retries | undefined
  readonly hedging?: Hedging | undefined
  /** Whole time of a call, in ms; the scenario's deadline holds too. */
  readonly timeout?: Millis | undefined
  /** Time of one try, in ms. */
  readonly perTryTimeout?: Millis | undefined
  /** How often a pick that was tried already is made again. Default 0. */
  readonly reselections?: number | undefined
}
