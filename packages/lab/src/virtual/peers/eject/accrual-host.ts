import type { Instant, Millis } from '@inmesh/policy'
import type { PeerEndpoint } from '../client/endpoint.ts'

export interface AccrualRules {
  readonly consecutiveFailures: number
  readonly requiredSuccessRate: number
  readonly window: Millis
  readonly minRequests: number
}

const SLICES = 10

/** What failure accrual keeps of one endpoint. */
export class AccrualHost {
  readonly endpoint: PeerEndpoint
  /** Dead until `reviveAt`; then `probing` until one request has shown how it is. */
  state: 'alive' | 'dead' | 'probe-open' | 'probe-closed' = 'alive'
  reviveAt: Instant = Infinity
  /** Times marked dead since it was last alive. */
  deaths = 0
  private since: Instant
  private failuresInARow = 0
  private successRate: number | undefined = undefined
  private stamp: Instant = 0
  private readonly requests = new Float64Array(SLICES)
  private slice = 0

  constructor(endpoint: PeerEndpoint, now: Instant) {
    this.endpoint = endpoint
    this.since = now
  }

  succeeded(rules: AccrualRules, now: Instant): void {
    this.failuresInARow = 0
    this.update(1, rules.window, now)
  }

  /** True when it is to be marked dead. */
  failed(rules: AccrualRules, now: Instant): boolean {
    const { window, minRequests, requiredSuccessRate, consecutiveFailures } = rules
    const rate = this.update(0, window, now)
    const poor = now - this.since >= window && this.recent >= minRequests && rate < requiredSuccessRate
    return poor || ++this.failuresInARow >= consecutiveFailures
  }

  revived(now: Instant): void {
    this.state = 'alive'
    this.deaths = 0
    this.since = now
    this.failuresInARow = 0
    this.successRate = undefined
    this.requests.fill(0)
  }

  private get recent(): number {
    return this.requests.reduce((sum, count) => sum + count, 0)
  }

  /** A mean that forgets with time, not with requests (Finagle's `Ema`). */
  private update(value: number, window: Millis, now: Instant): number {
    this.count(window, now)
    const weight = Math.exp((this.stamp - now) / window)
    this.successRate = this.successRate === undefined ? value : value * (1 - weight) + this.successRate * weight
    this.stamp = now
    return this.successRate
  }

  private count(window: Millis, now: Instant): void {
    const current = Math.floor(((now - this.since) * SLICES) / window)
    this.slice = Math.max(this.slice, current - SLICES)
    while (this.slice < current) this.requests[++this.slice % SLICES] = 0
    this.slice = current
    this.requests[current % SLICES]!++
  }
}
