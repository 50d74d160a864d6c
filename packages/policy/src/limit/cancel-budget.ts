import type { Instant } from '../types.ts'

/**
 * How many HTTP/2 streams may be reset. Servers meter resets since the rapid-reset attack: Node and nghttp2 allow a
 * burst of 1,000 and then 33 a second for each connection, Netty 200 in 30 s, and then fail healthy streams. This stays
 * below both; a loser beyond it runs to its end instead.
 */
export class CancelBudget {
  private static readonly burst = 100
  private static readonly perMs = 6 / 1000
  private tokens = CancelBudget.burst
  private at: Instant = 0

  /** Whether `take` would have one. */
  left(now: Instant): boolean {
    this.tokens = Math.min(CancelBudget.burst, this.tokens + (now - this.at) * CancelBudget.perMs)
    this.at = now
    return this.tokens >= 1
  }

  take(now: Instant): boolean {
    if (!this.left(now)) return false
    this.tokens--
    return true
  }
}
