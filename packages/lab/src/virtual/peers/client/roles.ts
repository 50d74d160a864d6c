import type { Clock } from '@inmesh/pipeline'
import type { Instant, Outcome } from '@inmesh/policy'
import type { LoadReport, VirtualCall } from '../../contract.ts'
import type { PeerEndpoint } from './endpoint.ts'
import type { PeerParts } from './parts.ts'

/** A try as those above it know it. */
export interface Tried {
  readonly endpoint: PeerEndpoint
  readonly startedAt: Instant
}

/** The client as its calls know it. */
export interface CallHost {
  readonly clock: Clock
  readonly parts: PeerParts
  readonly inFlight: number
  pick(call: VirtualCall, tries: readonly Tried[], now: Instant): PeerEndpoint | undefined
  started(endpoint: PeerEndpoint, now: Instant): void
  ended(one: Tried, outcome: Outcome, now: Instant, report: LoadReport | undefined): void
}

/** The call as its tries know it. */
export interface TryOwner {
  readonly client: CallHost
  readonly call: VirtualCall
  /** A try of this call has ended by itself. */
  tried(outcome: Outcome, now: Instant): void
}
