import type { Instant, Millis } from '../types.ts'

/** The instant that comes of a timeout; Infinity of none (or of what is no number). Nothing is left of a negative one. */
export function deadlineAfter(timeout: Millis | undefined, now: Instant): Instant {
  if (timeout === undefined || Number.isNaN(timeout)) return Infinity
  return now + Math.max(0, timeout)
}

/** Infinity without a deadline, never negative. */
export function remaining(deadline: Instant, now: Instant): Millis {
  return Math.max(0, deadline - now)
}

export interface DeadlineParts {
  /** What the inbound request has left at `now`, in ms. */
  readonly inboundRemaining?: Millis | undefined
  /** The policy's timeout for a whole call, in ms. */
  readonly timeout?: Millis | undefined
  /** The deadline that the caller brought for this very call, an instant. */
  readonly own?: Instant | undefined
}

/** Kept back from an inbound deadline, in ms: what is needed to send an answer that its caller is still there to read. */
export const INBOUND_RESERVE: Millis = 5

/**
 * The earliest of all that bound a call: `min(inbound remaining − reserve, timeout, the caller's own)`. An instant and not
 * a length, so that retries and hops measure against one end; a length that is handed on and subtracted from at every
 * step is subtracted from twice sooner or later.
 */
export function effectiveDeadline(parts: DeadlineParts, now: Instant, reserve: Millis = INBOUND_RESERVE): Instant {
  const { inboundRemaining, timeout, own } = parts
  const inbound = inboundRemaining === undefined ? undefined : inboundRemaining - reserve
  const caller = own === undefined || Number.isNaN(own) ? Infinity : own
  return Math.min(deadlineAfter(inbound, now), deadlineAfter(timeout, now), caller)
}
