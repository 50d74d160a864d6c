import type { Instant, Millis } from '@inmesh/policy'

/** The most of these instants, which are in order, that lie in one window of this length. */
export function mostWithin(at: readonly Instant[], window: Millis): number {
  let most = 0
  for (let first = 0, last = 0; last < at.length; last++) {
    while (at[last]! - at[first]! > window) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

/** By how much any window, of whatever length, holds more than the rate allows: the least burst that they keep to. */
export function mostBeyond(at: readonly Instant[], perMs: number): number {
  let lead = 0
  let most = 0
  for (let i = 0; i < at.length; i++) {
    const passed = i === 0 ? 0 : at[i]! - at[i - 1]!
    lead = Math.max(0, lead - passed * perMs) + 1
    most = Math.max(most, lead)
  }
  return most
}

/** How many of the instants lie in [from, to). */
export function countIn(at: readonly Instant[], from: Instant, to: Instant): number {
  return at.filter((instant) => instant >= from && instant < to).length
}
