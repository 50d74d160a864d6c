import type { FailureWindow } from '../estimate/failure-window.ts'
import type { Instant } from '../types.ts'

/** Fewer completed tries elsewhere are no evidence about the others. */
const ENOUGH_ELSEWHERE = 5

/**
 * Whether the others fail at least half as often as this one: then an operation is broken, or something behind them all,
 * and ejecting would only crowd the rest. Both rates are taken over the same latest seconds, as many as hold
 * `minRequests` tries of this endpoint: over the whole window a host that dies under load would have a low rate for
 * seconds, and an operation that breaks everywhere at once would look like the first host it was seen on.
 */
export function isSharedFailure(own: FailureWindow, all: FailureWindow, minRequests: number, now: Instant): boolean {
  const span = own.span(minRequests, now)
  const tries = own.triesIn(span, now)
  const failures = own.failuresIn(span, now)
  const triesElsewhere = all.triesIn(span, now) - tries
  const failuresElsewhere = all.failuresIn(span, now) - failures
  if (triesElsewhere < ENOUGH_ELSEWHERE || tries === 0) return false
  return failuresElsewhere / triesElsewhere >= (0.5 * failures) / tries
}
