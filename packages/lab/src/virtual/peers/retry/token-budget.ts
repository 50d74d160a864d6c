import type { Instant, Millis } from '@inmesh/policy'

const SLICES = 10
const DEPOSIT = 1_000

/**
 * Finagle's `RetryBudget`: every call deposits, a retry costs as much as `1 / ratio` deposits, and both are forgotten
 * after `ttl`. Beside that lies a reserve of `minRetriesPerSec × ttl` retries, which comes back as withdrawals are
 * forgotten. In whole numbers, as there.
 */
export class TokenBudget {
  private readonly deposited: number
  private readonly cost: number
  private readonly reserve: number
  private readonly width: Millis
  private readonly start: Instant
  private readonly slices = new Float64Array(SLICES)
  private sum = 0
  private slice = 0

  constructor(ratio: number, minRetriesPerSec: number, ttl: Millis, now: Instant) {
    this.deposited = ratio > 0 ? DEPOSIT : 0
    this.cost = ratio > 0 ? Math.floor(DEPOSIT / ratio) : 1
    this.reserve = minRetriesPerSec * (ttl / 1_000) * this.cost
    this.width = ttl / SLICES
    this.start = now
  }

  deposit(now: Instant): void {
    this.add(this.deposited, now)
  }

  withdraw(now: Instant): boolean {
    if (this.balance(now) < 1) return false
    this.add(-this.cost, now)
    return true
  }

  /** Retries that could be made now. */
  balance(now: Instant): number {
    this.forget(now)
    return Math.floor((this.sum + this.reserve) / this.cost)
  }

  private add(amount: number, now: Instant): void {
    this.forget(now)
    this.slices[this.slice % SLICES]! += amount
    this.sum += amount
  }

  private forget(now: Instant): void {
    const current = Math.floor((now - this.start) / this.width)
    // Past a whole window everything is forgotten, one turn of the ring is enough for it.
    this.slice = Math.max(this.slice, current - SLICES)
    while (this.slice < current) {
      const at = ++this.slice % SLICES
      this.sum -= this.slices[at]!
      this.slices[at] = 0
    }
  }
}
