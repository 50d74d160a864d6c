import type { Failure, Millis, Reach, Repeat } from '../types.ts'

/** A callee that asks for more is not waited for. */
const LONGEST_PUSHBACK: Millis = 10_000

/**
 * Whether a call of this kind may be sent again after a try that got so far. What may is listed: a word that is none of
 * these, from code without types, must not make an unsafe call a repeatable one.
 */
export function mayRepeat(repeat: Repeat, reach: Reach): boolean {
  if (repeat === 'concurrent' || repeat === 'sequential') return true
  return repeat === 'if-unprocessed' && reach !== 'processed'
}

/**
 * How long the callee wants to be left alone, Infinity for too long. A 503's `Retry-After` speaks for one endpoint, and
 * the retry goes to another: it delays nothing while there is one. A gRPC pushback, or a limit's 429, speaks for the call.
 */
export function pushbackWait(outcome: Failure, endpoints: number): Millis {
  const wait = outcome.retryAfter ?? 0
  if (outcome.status === 503 && endpoints >= 2 && endpoints < Infinity) return 0
  return wait > LONGEST_PUSHBACK ? Infinity : wait
}
