import type { Failure, Ignored, Instant, Outcome, Success } from '@inmesh/policy'
import type { Cancel } from './scope.ts'

/**
 * A try whose head is known and whose tail may still be running. The head is what retries and fallbacks decide on,
 * before the caller has seen a byte; the tail (last byte, trailers, teardown) is what balancers and metrics hear too.
 */
export interface Exchange<out R> {
  readonly head: Outcome
  /** When the head came, so that nobody reads the clock a second time. */
  readonly at: Instant
  /** The protocol's own reply; a 503 is a failure and has one all the same. */
  readonly reply: R | undefined
  /** Exactly once, also when nobody reads the body; at once when the tail has been. */
  onTail(fn: (tail: Outcome, now: Instant) => void): void
  /** Gives up an exchange that nobody will read; idempotent. */
  discard(why: Ignored['why']): void
  /**
   * Keeps a failed head in case it is the last: its body goes into a bounded buffer and the connection is freed. A
   * reply held open would starve the pool: two of them on two HTTP/1.1 sockets are a deadlock.
   */
  park(capBytes: number): void
}

/**
 * How much of a failed reply's body is kept in case nothing better comes: error pages and problem details are a few
 * kilobytes, and a hundred calls that fail at once hold 6 MB at most.
 */
export const parkBytes: number = 64 * 1024

/** An exchange with nothing behind it: a refusal, a fallback's value, a result that came whole. */
export class SettledExchange<R> implements Exchange<R> {
  readonly head: Outcome
  readonly at: Instant
  readonly reply: R | undefined

  constructor(head: Outcome, at: Instant, reply?: R) {
    this.head = head
    this.at = at
    this.reply = reply
  }

  onTail(fn: (tail: Outcome, now: Instant) => void): void {
    fn(this.head, this.at)
  }

  discard(): void {}
  park(): void {}
}

/** A refusal whose author has no clock: whoever takes it over writes down when. */
export class Refusal extends SettledExchange<never> {
  override at: Instant = 0
}

export const ok: Success = Object.freeze({ kind: 'success', code: 'OK' })
export const superseded: Ignored = Object.freeze({ kind: 'ignored', why: 'superseded' })
export const callerGone: Ignored = Object.freeze({ kind: 'ignored', why: 'caller' })

/** What a cancel makes of whatever it cuts short. `reach`: how far that had got, where it ends by its deadline. */
export function outcomeOf(cancel: Cancel, reach: Failure['reach'] = 'processed'): Outcome {
  if (cancel.why === 'superseded') return superseded
  return cancel.why === 'deadline' ? { kind: 'failure', code: 'DEADLINE_EXCEEDED', reach, cause: cancel.error } : callerGone
}

/** Nothing left this process: what a policy answers when it refuses. `cause` is the branded error the caller gets. */
export function refusal(code: Failure['code'], cause: unknown, retryAfter?: number): Failure {
  return retryAfter === undefined
    ? { kind: 'failure', code, reach: 'unsent', cause }
    : { kind: 'failure', code, reach: 'unsent', cause, retryAfter }
}
