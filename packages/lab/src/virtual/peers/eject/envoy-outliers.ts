import type { Instant, Millis, Outcome, Random } from '@inmesh/policy'
import type { PeerEndpoint } from '../client/endpoint.ts'
import type { Outliers } from '../client/parts.ts'
import { failurePercentageOutliers, successRateOutliers } from './rates.ts'
import type { RateRules } from './rates.ts'
import { Host } from './host.ts'

export interface EnvoyOutlierOptions extends RateRules {
  readonly consecutive5xx: number
  readonly enforcingConsecutive5xx: number
  readonly enforcingSuccessRate: number
  readonly enforcingFailurePercentage: number
  readonly interval: Millis
  readonly baseEjectionTime: Millis
  readonly maxEjectionTime: Millis
  readonly maxEjectionPercent: number
  /** Percent of endpoints that must be left; with fewer all are used, ejected or not. */
  readonly panicThreshold: number
}

/**
 * Envoy's outlier detection: ejected at once for failures in a row, at the end of an interval for its rate against the
 * others'. Out for a base time × the number of times it has been out (which shrinks with every interval it is in), and
 * let in again at the end of an interval.
 */
export class EnvoyOutliers implements Outliers {
  private readonly options: EnvoyOutlierOptions
  private readonly random: Random
  private hosts: readonly Host[] = []
  private byId: (Host | undefined)[] = []
  private ejected = 0
  private sweepAt: Instant

  constructor(random: Random, options: EnvoyOutlierOptions, now: Instant) {
    this.random = random
    this.options = options
    this.sweepAt = now + options.interval
  }

  members(endpoints: readonly PeerEndpoint[]): void {
    this.hosts = endpoints.map((endpoint) => this.byId[endpoint.id] ?? new Host(endpoint))
    this.byId = []
    for (const host of this.hosts) this.byId[host.endpoint.id] = host
    this.ejected = this.hosts.filter(({ out }) => out).length
  }

  advance(now: Instant): boolean {
    let changed = false
    for (; this.sweepAt <= now; this.sweepAt += this.options.interval) changed = this.sweep(this.sweepAt) || changed
    return changed
  }

  ended({ id }: PeerEndpoint, outcome: Outcome, now: Instant): boolean {
    const host = this.byId[id]
    const changed = this.advance(now)
    if (host === undefined || outcome.kind === 'ignored') return changed
    const { consecutive5xx, enforcingConsecutive5xx } = this.options
    if (host.add(isServerError(outcome)) !== consecutive5xx) return changed
    host.failuresInARow = 0
    return this.eject(host, enforcingConsecutive5xx, now) || changed
  }

  available(): readonly PeerEndpoint[] {
    const all = this.hosts.map(({ endpoint }) => endpoint)
    const left = this.hosts.length - this.ejected
    if (this.ejected === 0 || left * 100 < this.options.panicThreshold * this.hosts.length) return all
    return all.filter((_, at) => this.hosts[at]?.out === false)
  }

  private sweep(now: Instant): boolean {
    const { enforcingSuccessRate, enforcingFailurePercentage } = this.options
    let changed = false
    for (const host of this.hosts) changed = this.mayReturn(host, now) || changed
    for (const host of successRateOutliers(this.hosts, this.options))
      changed = this.eject(host, enforcingSuccessRate, now) || changed
    for (const host of failurePercentageOutliers(this.hosts, this.options))
      changed = this.eject(host, enforcingFailurePercentage, now) || changed
    for (const host of this.hosts) host.newInterval()
    return changed
  }

  private mayReturn(host: Host, now: Instant): boolean {
    if (!host.out) {
      if (host.timesOut > 0) host.timesOut--
      return false
    }
    const { baseEjectionTime, maxEjectionTime } = this.options
    const length = Math.min(baseEjectionTime * host.timesOut, Math.max(baseEjectionTime, maxEjectionTime))
    if (now - host.outSince < length) return false
    host.return()
    this.ejected--
    return true
  }

  /** The share is looked at before this one is added, so that one may always be ejected. */
  private eject(host: Host, enforcing: number, now: Instant): boolean {
    const share = (100 * this.ejected) / this.hosts.length
    if (host.out || share >= this.options.maxEjectionPercent) return false
    if (enforcing < 100 && this.random.next() * 100 >= enforcing) return false
    const { baseEjectionTime, maxEjectionTime } = this.options
    host.eject(now, baseEjectionTime * host.timesOut < Math.max(baseEjectionTime, maxEjectionTime))
    this.ejected++
    return true
  }
}

/** A try that timed out or never got through counts as the gateway's own 5xx, as without split errors. */
function isServerError(outcome: Outcome): boolean {
  if (outcome.kind !== 'failure') return false
  return outcome.status === undefined || outcome.status >= 500
}
