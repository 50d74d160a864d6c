import { digits, type HeaderValue, single } from './header-value.ts'

export const WALL_DEADLINE_HEADER = 'inmesh-deadline'

/** The year 2200: whatever is later is no deadline of anybody. */
const LATEST = 7_258_118_400_000

/**
 * `inmesh-deadline` of a message that may lie in a queue: when it is worthless, in wall-clock milliseconds since 1970. The
 * one deadline on the wire that is an instant, since nobody subtracts the time that a message waits.
 */
export function parseWallDeadline(value: HeaderValue): number | undefined {
  const at = digits(single(value), 13)
  return at !== undefined && at <= LATEST ? at : undefined
}

/** Rounded down. Undefined without a deadline. */
export function formatWallDeadline(at: number): string | undefined {
  return at < Infinity ? String(Math.min(LATEST, Math.max(0, Math.floor(at)))) : undefined
}

/**
 * What is left of a message's time at `wallNow`: the least of what it had when it was sent and of what its instant leaves.
 * `disagree`: the instant lies further ahead than the message had at all, so that clocks differ by more than
 * `tolerance`; then the instant says nothing, and what it had when it was sent counts from now.
 */
export function messageRemaining(remaining: number | undefined, at: number | undefined, wallNow: number, tolerance: number): { readonly left: number | undefined; readonly disagree: boolean } {
  if (at === undefined) return { left: remaining, disagree: false }
  const left = Math.max(0, at - wallNow)
  if (remaining === undefined) return { left, disagree: false }
  return left > remaining + tolerance ? { left: remaining, disagree: true } : { left: Math.min(left, remaining), disagree: false }
}
