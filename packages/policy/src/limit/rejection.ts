import type { Failure, Outcome } from '../types.ts'

/** Whether the callee, or whoever stands before it, would not do the work: overloaded, over a quota, or not there. */
export function isRejection(outcome: Outcome): boolean {
  if (outcome.kind !== 'failure') return false
  return outcome.code === 'UNAVAILABLE' || outcome.code === 'RESOURCE_EXHAUSTED' || outcome.status === 503 || outcome.status === 429
}

/**
 * Whether a failure speaks of too much load: a rejection that came from the callee, or no answer in time. A connection that
 * was refused does not: a replica that restarts refuses connections, and no load less would change that.
 */
export function isOverloaded(failure: Failure): boolean {
  return failure.reach !== 'unsent' && (failure.code === 'DEADLINE_EXCEEDED' || isRejection(failure))
}
