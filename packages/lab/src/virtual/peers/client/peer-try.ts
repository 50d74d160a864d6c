import type { TimerHandle } from '@inmesh/pipeline'
import type { Instant, Outcome } from '@inmesh/policy'
import type { LoadReport, TryHandle, TrySink } from '../../contract.ts'
import type { PeerEndpoint } from './endpoint.ts'
import { TOO_LATE } from './outcomes.ts'
import type { Tried, TryOwner } from './roles.ts'

/** One try of a call. */
export class PeerTry implements TrySink, Tried {
  readonly owner: TryOwner
  readonly endpoint: PeerEndpoint
  readonly startedAt: Instant
  inFlight = true
  private handle: TryHandle | undefined = undefined
  private timer: TimerHandle | undefined = undefined

  constructor(owner: TryOwner, endpoint: PeerEndpoint, now: Instant) {
    this.owner = owner
    this.endpoint = endpoint
    this.startedAt = now
  }

  send(ordinal: number): void {
    const { clock, parts } = this.owner.client
    const handle = this.endpoint.upstream.send(this.owner.call, ordinal, this)
    // A refusal may have come within the sending.
    if (!this.inFlight) return
    this.handle = handle
    if (parts.perTryTimeout !== undefined)
      this.timer = clock.schedule(this.startedAt + parts.perTryTimeout, true, tooLate, this as PeerTry)
  }

  onHead(outcome: Outcome, now: Instant, report: LoadReport | undefined): void {
    if (!this.inFlight) return
    this.end(outcome, now, report)
    this.owner.tried(outcome, now)
  }

  /** Gives it up; the call knows. */
  cancel(outcome: Outcome, now: Instant): void {
    this.end(outcome, now, undefined)
    this.handle?.cancel()
  }

  private end(outcome: Outcome, now: Instant, report: LoadReport | undefined): void {
    this.inFlight = false
    this.timer?.cancel()
    this.owner.client.ended(this, outcome, now, report)
  }
}

function tooLate(late: PeerTry): void {
  const now = late.owner.client.clock.now()
  late.cancel(TOO_LATE, now)
  late.owner.tried(TOO_LATE, now)
}
