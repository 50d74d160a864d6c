import type { Instant } from '@inmesh/policy'
import type { PeerEndpoint } from '../client/endpoint.ts'

/** What outlier detection keeps of one endpoint. */
export class Host {
  readonly endpoint: PeerEndpoint
  failuresInARow = 0
  /** Of this interval. */
  requests = 0
  successes = 0
  out = false
  outSince: Instant = 0
  /** How many base times its next ejection lasts, less one. */
  timesOut = 0

  constructor(endpoint: PeerEndpoint) {
    this.endpoint = endpoint
  }

  /** How many failures in a row it now has. */
  add(failed: boolean): number {
    this.requests++
    if (failed) return ++this.failuresInARow
    this.successes++
    this.failuresInARow = 0
    return 0
  }

  newInterval(): void {
    this.requests = 0
    this.successes = 0
  }

  eject(now: Instant, longer: boolean): void {
    this.out = true
    this.outSince = now
    if (longer) this.timesOut++
  }

  return(): void {
    this.out = false
    this.failuresInARow = 0
  }
}
