import { callOf, outcomeOf, superseded, TryContext } from '@inmesh/pipeline'
import type { AnyScope, Cancel, CancelListener, Clock, Done, Exchange, Target, Terminal, TimerHandle } from '@inmesh/pipeline'
import type { Losers } from 'inmesh'
import type { AttemptMark, Cluster, Criticality, Failure, Instant, Millis, Outcome } from '@inmesh/policy'
import type { LoadReport, TryHandle, TrySink } from '../contract.ts'
import { markOf } from '../headers.ts'
import type { Speaker } from '../headers.ts'
import { hear } from './hear.ts'
import type { InmeshCall, VirtualReply } from './inmesh-call.ts'
import type { VirtualTarget } from './target.ts'

/** For so long a loser is awaited over HTTP/1.1, in the hope of keeping its socket. */
const DRAIN: Millis = 1_000

/** The innermost step: what the HTTP adapter is over sockets, this is over the virtual network. */
export function terminal(clock: Clock, losers: Losers, cluster: () => Cluster<Target>): Terminal<VirtualReply> {
  const abort = losers === 'abort'
  const send = (context: AnyScope, done: Done<VirtualReply>): void => {
    if (!(context instanceof TryContext)) throw new Error('a try reaches the network only with an endpoint')
    new InmeshTry(clock, abort, cluster, context, done).start()
  }
  return send as Terminal<VirtualReply>
}

/**
 * One try: the world's sink, the pipeline's exchange and its cancel listener in one object. It does what the adapter's
 * own does over HTTP/1.1: a loser is drained rather than cut off, and a request that a kept-alive connection broke
 * under is sent once more where that is harmless.
 */
class InmeshTry implements TrySink, Exchange<VirtualReply>, CancelListener, Speaker {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  head: Outcome = superseded
  at: Instant = 0
  private readonly clock: Clock
  private readonly abort: boolean
  private readonly cluster: () => Cluster<Target>
  private readonly context: TryContext
  private readonly done: Done<VirtualReply>
  private handle: TryHandle | undefined = undefined
  private drainTimer: TimerHandle | undefined = undefined
  private resent = false
  private over = false

  constructor(clock: Clock, abort: boolean, cluster: () => Cluster<Target>, context: TryContext, done: Done<VirtualReply>) {
    this.clock = clock
    this.abort = abort
    this.cluster = cluster
    this.context = context
    this.done = done
  }

  /** There is one when the callee answered, whatever it said. */
  get reply(): VirtualReply | undefined {
    const { head } = this
    return head.kind === 'ignored' || head.status === undefined ? undefined : (head as VirtualReply)
  }

  get deadline(): Instant {
    return callOf(this.context).deadline
  }

  get criticality(): Criticality {
    return callOf(this.context).criticality
  }

  get mark(): AttemptMark | undefined {
    const { cause, ordinal } = this.context
    if (ordinal === 0) return undefined
    const failed = callOf(this.context).tries.findLast(({ outcome }) => outcome?.kind === 'failure')?.outcome
    return markOf(cause, failed?.kind === 'failure' && failed.reach !== 'unsent' ? failed.code : undefined)
  }

  start(): void {
    this.context.add(this)
    if (!this.over) this.send()
  }

  onHead(outcome: Outcome, now: Instant, report: LoadReport | undefined): void {
    this.handle = undefined
    if (report !== undefined) this.hear(report, now)
    if (outcome.kind === 'failure' && this.resendable(outcome)) {
      this.resent = true
      this.send()
    } else this.answer(outcome, now)
  }

  /** Replies come whole: the tail is known with the head. */
  onTail(fn: (tail: Outcome, now: Instant) => void): void {
    fn(this.head, this.at)
  }

  discard(): void {}
  park(): void {}

  onCancel(cancel: Cancel): void {
    if (this.over) return
    if (cancel.why === 'superseded' && !this.abort) return this.drain()
    this.handle?.cancel()
    this.answer(outcomeOf(cancel), this.clock.now())
  }

  giveUp(): void {
    this.handle?.cancel()
    this.answer(superseded, this.clock.now())
  }

  private hear(report: LoadReport, now: Instant): void {
    const { lease } = this.context
    if (lease !== undefined) hear(this.cluster(), lease, (lease.endpoint.target as VirtualTarget).upstream, report, now)
  }

  private send(): void {
    const { context } = this
    const { upstream } = context.endpoint.target as VirtualTarget
    const call = callOf(context) as InmeshCall
    this.handle = upstream.send(call.virtual, context.ordinal, this, this)
  }

  private answer(outcome: Outcome, now: Instant): void {
    this.over = true
    this.head = outcome
    this.at = now
    this.drainTimer?.cancel()
    this.context.remove(this)
    this.done(this)
  }

  private drain(): void {
    this.drainTimer = this.clock.schedule(this.clock.now() + DRAIN, false, giveUp, this)
  }

  private resendable({ status, reach, code }: Failure): boolean {
    if (this.resent || status !== undefined || reach !== 'processed' || code !== 'UNAVAILABLE') return false
    const { repeat } = callOf(this.context)
    return (repeat === 'concurrent' || repeat === 'sequential') && this.context.cancelled === undefined
  }
}

function giveUp(attempt: { giveUp(): void }): void {
  attempt.giveUp()
}
