import type { TimerHandle } from '@inmesh/pipeline'
import type { Failure, Instant, Outcome } from '@inmesh/policy'
import type { CallSink, VirtualCall } from '../../contract.ts'
import { mayHedge, mayRetry, NOBODY, SUPERSEDED, TOO_LATE } from './outcomes.ts'
import { NO_RETRY } from './parts.ts'
import { PeerTry } from './peer-try.ts'
import type { CallHost, TryOwner } from './roles.ts'

/**
 * One call. Retries go round by round, each of them one try and the copies that hedge it: a retry is thought of when a
 * whole round has failed. That is the order of every peer here that has both (retries outside, copies inside).
 */
export class PeerCall implements TryOwner {
  readonly client: CallHost
  readonly call: VirtualCall
  readonly tries: PeerTry[] = []
  private readonly sink: CallSink
  private readonly deadline: Instant
  private done = false
  private retries = 0
  /** A retry was granted and has not ended. */
  private retrying = false
  /** Of this round. */
  private copies = 0
  private inFlight = 0
  private deadlineTimer: TimerHandle | undefined = undefined
  /** For the next copy, or for the next round; never both. */
  private timer: TimerHandle | undefined = undefined

  constructor(client: CallHost, call: VirtualCall, sink: CallSink, now: Instant) {
    this.client = client
    this.call = call
    this.sink = sink
    this.deadline = Math.min(call.deadline, now + (client.parts.timeout ?? Infinity))
  }

  start(now: Instant): void {
    if (this.deadline < Infinity)
      this.deadlineTimer = this.client.clock.schedule(this.deadline, true, atDeadline, this as PeerCall)
    this.round(now)
  }

  tried(outcome: Outcome, now: Instant): void {
    this.inFlight--
    if (this.done) return
    if (outcome.kind !== 'failure') return this.finish(outcome, now)
    const { hedging } = this.client.parts
    if (hedging?.onFailure === true && this.copy(now)) return
    if (this.inFlight === 0) this.failed(outcome, now)
  }

  atTimer(now: Instant): void {
    this.timer = undefined
    if (this.inFlight === 0) this.round(now)
    else this.copy(now)
  }

  finish(outcome: Outcome, now: Instant): void {
    this.done = true
    this.deadlineTimer?.cancel()
    this.timer?.cancel()
    this.endRetry()
    if (this.inFlight > 0) this.giveUp(outcome, now)
    this.sink.onEnd(this.call, outcome, now)
  }

  private round(now: Instant): void {
    this.copies = 0
    const sent = this.send(now)
    if (!sent) this.finish(NOBODY, now)
    else this.armCopy(now)
  }

  private send(now: Instant): boolean {
    const endpoint = this.client.pick(this.call, this.tries, now)
    if (endpoint === undefined) return false
    const one = new PeerTry(this, endpoint, now)
    this.client.started(endpoint, now)
    this.inFlight++
    one.send(this.tries.push(one) - 1)
    return true
  }

  private armCopy(now: Instant): void {
    const { hedging } = this.client.parts
    if (hedging === undefined || this.done || this.inFlight === 0 || this.timer !== undefined) return
    if (this.copies >= hedging.maxCopies || !mayHedge(this.call)) return
    const at = now + hedging.delay(now)
    if (at < this.deadline) this.timer = this.client.clock.schedule(at, true, atTimer, this as PeerCall)
  }

  /** One more copy of this round, where there may be. */
  private copy(now: Instant): boolean {
    const { hedging } = this.client.parts
    if (hedging === undefined || this.copies >= hedging.maxCopies || !mayHedge(this.call)) return false
    if (!hedging.grant(now)) return false
    this.timer?.cancel()
    this.timer = undefined
    this.copies++
    const sent = this.send(now)
    this.armCopy(now)
    return sent
  }

  /** Every try of the round has failed. */
  private failed(failure: Failure, now: Instant): void {
    this.timer?.cancel()
    this.timer = undefined
    const wait = this.grant(failure, now)
    if (wait === NO_RETRY) return this.finish(failure, now)
    this.retrying = true
    this.retries++
    if (wait === 0) this.round(now)
    else this.timer = this.client.clock.schedule(now + wait, true, atTimer, this as PeerCall)
  }

  private grant(failure: Failure, now: Instant): number {
    const { parts, inFlight } = this.client
    // The retry that has just failed is over before the next is asked for.
    this.endRetry()
    if (parts.retries === undefined || !mayRetry(this.call, failure)) return NO_RETRY
    return parts.retries.grant(failure, this.retries, inFlight, now)
  }

  private endRetry(): void {
    if (this.retrying) this.client.parts.retries?.over()
    this.retrying = false
  }

  /** Tries that nobody waits for. At the deadline all are cancelled, else as the peer does it. */
  private giveUp(outcome: Outcome, now: Instant): void {
    const late = outcome === TOO_LATE
    if (!late && this.client.parts.hedging?.cancels === false) return
    for (const one of this.tries) {
      if (!one.inFlight) continue
      this.inFlight--
      one.cancel(late ? TOO_LATE : SUPERSEDED, now)
    }
  }
}

function atTimer(call: PeerCall): void {
  call.atTimer(call.client.clock.now())
}

function atDeadline(call: PeerCall): void {
  call.finish(TOO_LATE, call.client.clock.now())
}
