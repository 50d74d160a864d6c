import type { Attempt, Call, CallTrace, MeshEvent } from '@inmesh/pipeline'
import type { Instant, Outcome } from '@inmesh/policy'
import type { Context } from '@opentelemetry/api'
import { refusedWhat } from '../refused-what.ts'
import type { Keeper, Kept } from './keeper.ts'
import { QuietCall } from './quiet-call.ts'

/** A try that is over. */
class Over {
  readonly attempt: Attempt
  readonly tail: Outcome
  readonly at: Instant

  constructor(attempt: Attempt, tail: Outcome, at: Instant) {
    this.attempt = attempt
    this.tail = tail
    this.at = at
  }
}

/** A call that is not recorded, and may turn out to be worth it: what is told of it is kept, and told once more to what records. */
export class KeepableCall extends QuietCall {
  private readonly call: Call
  private readonly keeper: Keeper
  /** Makes what records, as if it had been there from the start. */
  private readonly recorded: (kept: Kept) => CallTrace
  /** In the order in which it came. What `launched` is told is an attempt, what `decided` is told an event. */
  private readonly heard: (MeshEvent | Attempt | Over)[] = []
  private refused = false
  private inFlight = 0
  private kept: Kept | undefined = undefined
  private head: { readonly outcome: Outcome; readonly at: Instant } | undefined = undefined
  private end: { readonly tail: Outcome; readonly at: Instant } | undefined = undefined

  constructor(around: Context, call: Call, keeper: Keeper, recorded: (kept: Kept) => CallTrace) {
    super(around)
    this.call = call
    this.keeper = keeper
    this.recorded = recorded
  }

  override decided(event: MeshEvent): void {
    this.heard.push(event)
    if (event.type === 'refused' && refusedWhat(event) === 'call') this.refused = true
  }

  override launched(attempt: Attempt): void {
    this.heard.push(attempt)
    this.inFlight += 1
  }

  override tried(attempt: Attempt, tail: Outcome, at: Instant): void {
    super.tried(attempt, tail, at)
    this.heard.push(new Over(attempt, tail, at))
    this.inFlight -= 1
    this.write()
  }

  override answered(outcome: Outcome, at: Instant): void {
    const { call, refused } = this
    this.head = { outcome, at }
    this.kept = this.keeper.verdict({ call, outcome, at, refused })
  }

  override ended(tail: Outcome, at: Instant): void {
    this.end = { tail, at }
    // A body that breaks off is a failure that no head has told of.
    if (this.kept === undefined && this.head?.outcome.kind === 'success' && tail.kind === 'failure') this.kept = this.keeper.brokeOff(at)
    this.write()
  }

  /** Once nothing of it is under way: a try that lost may end long after its call. */
  private write(): void {
    const { kept, end, head } = this
    if (end === undefined || this.inFlight > 0) return
    if (kept !== undefined) {
      const recorded = this.recorded(kept)
      for (const one of this.heard) {
        if (one instanceof Over) recorded.tried(one.attempt, one.tail, one.at)
        else if ('type' in one) recorded.decided(one)
        else recorded.launched(one)
      }
      if (head !== undefined) recorded.answered(head.outcome, head.at)
      recorded.ended(end.tail, end.at)
    }
    this.heard.length = 0
  }
}
