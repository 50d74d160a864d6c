import type { Failure, Instant, Lease, Outcome } from '@inmesh/policy'
import type { TimerHandle } from '@inmesh/pipeline'
import type { LoadReport, TryHandle, TrySink, Upstream, VirtualCall } from '../contract.ts'
import type { Speaker } from '../headers.ts'
import { hear } from './hear.ts'
import type { PolicyTerms } from './policy-terms.ts'

const SUPERSEDED: Outcome = Object.freeze({ kind: 'ignored', why: 'superseded' })
export const TOO_LATE: Failure = Object.freeze({ kind: 'failure', code: 'DEADLINE_EXCEEDED', reach: 'processed' })
/** For so long a loser is awaited over HTTP/1.1. */
const DRAIN = 1_000

/** The call that a try is of. */
export interface TryOwner {
  onHead(attempt: PolicyTry, outcome: Outcome, now: Instant): void
}

/** One try: its lease and its way back. */
export class PolicyTry implements TrySink {
  readonly ordinal: number
  readonly lease: Lease<Upstream>
  private readonly call: TryOwner
  private readonly client: PolicyTerms
  private handle: TryHandle | undefined = undefined
  private timer: TimerHandle | undefined = undefined

  constructor(call: TryOwner, client: PolicyTerms, lease: Lease<Upstream>, ordinal: number) {
    this.call = call
    this.client = client
    this.lease = lease
    this.ordinal = ordinal
  }

  send(call: VirtualCall, speaker: Speaker, now: Instant): void {
    const { client, lease } = this
    if (now + client.perTry < call.deadline) this.timer = client.clock.schedule(now + client.perTry, false, late, this)
    this.handle = lease.endpoint.target.send(call, this.ordinal, this, speaker)
  }

  onHead(outcome: Outcome, now: Instant, report?: LoadReport): void {
    this.timer?.cancel()
    if (report !== undefined) hear(this.client.cluster, this.lease, this.lease.endpoint.target, report, now)
    this.tell(outcome, now)
    this.call.onHead(this, outcome, now)
  }

  late(): void {
    this.handle?.cancel()
    this.onHead(TOO_LATE, this.client.clock.now())
  }

  /** Given up: nobody hears of it again. */
  end(outcome: Outcome): void {
    this.timer?.cancel()
    this.handle?.cancel()
    this.tell(outcome, this.client.clock.now())
  }

  /** Another one has won. Its answer still teaches, if it comes soon. */
  drain(): void {
    const { clock } = this.client
    this.timer?.cancel()
    if (this.lease.state === 'awaiting') this.timer = clock.schedule(clock.now() + DRAIN, false, giveUp, this)
  }

  giveUp(): void {
    this.end(SUPERSEDED)
  }

  private tell(outcome: Outcome, now: Instant): void {
    const { cluster } = this.client
    cluster.head(this.lease, outcome, now)
    cluster.end(this.lease, outcome, now)
  }
}

function late(attempt: PolicyTry): void {
  attempt.late()
}

function giveUp(attempt: PolicyTry): void {
  attempt.giveUp()
}
