import type { Instant, Millis } from '@inmesh/policy'
import type { HttpTarget } from './http-target.ts'

/** What becomes of a reply that nobody will read, or of a try whose head is not awaited any more. */
export type Losers = 'abort' | 'drain' | 'auto'

/** A loser is read for so long and so far, in the hope of keeping its socket. */
export const drainBytes: number = 128 * 1024
export const drainMs: Millis = 1000

/**
 * Whether a loser is ended now instead of drained: over HTTP/2 while the reset budget lasts, over HTTP/1.1 only when asked
 * to. Takes nothing from the budget: whoever then ends the stream does, so that one loser costs one reset and not two.
 */
export function shouldAbort(losers: Losers, target: HttpTarget | undefined, now: Instant): boolean {
  if (target?.multiplexed !== true) return losers === 'abort'
  return losers !== 'drain' && target.resets.left(now)
}

/** Over HTTP/2 every cancel is a reset that the server counts: beyond the budget the stream is to run on, unheard. */
export function mayReset(target: HttpTarget | undefined, now: Instant): boolean {
  return target?.multiplexed !== true || target.resets.take(now)
}
