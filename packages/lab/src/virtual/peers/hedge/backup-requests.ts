import type { Instant, Millis, Outcome } from '@inmesh/policy'
import { TOO_LATE } from '../client/outcomes.ts'
import type { Hedging } from '../client/parts.ts'
import { TokenBudget } from '../retry/token-budget.ts'
import { WindowedPercentile } from './windowed-percentile.ts'

export interface BackupOptions {
  readonly maxExtraLoad: number
  readonly sendInterrupts: boolean
  readonly minSendBackupAfter: Millis
}

const REFRESH_EVERY = 3_000
const BUCKETS = 3
const BUCKET = 10_000
/** A delay this long means none. */
const HIGHEST = 2_000
const BUDGET_TTL = 10_000

/**
 * Finagle's `BackupRequestFilter`: a copy once a request is older than the share `1 − maxExtraLoad` of those of the last
 * half minute, if its own budget (`maxExtraLoad`, no floor) and the client's retry budget both have one left.
 */
export class BackupRequests implements Hedging {
  readonly maxCopies = 1
  readonly onFailure = false
  readonly cancels: boolean
  private readonly options: BackupOptions
  private readonly own: TokenBudget
  private readonly clients: TokenBudget
  private readonly latencies = new WindowedPercentile(BUCKETS, HIGHEST)
  private flushAt: Instant
  private refreshAt: Instant
  private after: Millis = Infinity

  constructor(options: BackupOptions, clients: TokenBudget, now: Instant) {
    this.options = options
    this.cancels = options.sendInterrupts
    this.own = new TokenBudget(options.maxExtraLoad, 0, BUDGET_TTL, now)
    this.clients = clients
    this.flushAt = now + BUCKET
    this.refreshAt = now + REFRESH_EVERY
  }

  called(now: Instant): void {
    this.own.deposit(now)
  }

  /** Other failures count as fast ones, which would pull the delay down. */
  tried(outcome: Outcome, age: Millis, now: Instant): void {
    this.advance(now)
    const late = outcome === TOO_LATE || (outcome.kind === 'ignored' && outcome.why === 'superseded')
    if (outcome.kind === 'success' || late) this.latencies.add(age)
  }

  delay(now: Instant): Millis {
    this.advance(now)
    return this.after
  }

  /** A first yes is spent even if the second is no, as there. */
  grant(now: Instant): boolean {
    return this.own.withdraw(now) && this.clients.withdraw(now)
  }

  private advance(now: Instant): void {
    while (this.flushAt <= now || this.refreshAt <= now) {
      if (this.flushAt <= this.refreshAt) this.flush()
      else this.refresh()
    }
  }

  private flush(): void {
    this.latencies.flush()
    this.flushAt += BUCKET
  }

  private refresh(): void {
    const { maxExtraLoad, minSendBackupAfter } = this.options
    const percentile = Math.max(minSendBackupAfter, this.latencies.percentile(1 - maxExtraLoad))
    this.after = percentile >= HIGHEST ? Infinity : percentile
    this.refreshAt += REFRESH_EVERY
  }
}
