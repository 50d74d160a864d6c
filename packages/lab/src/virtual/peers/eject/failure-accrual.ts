import type { Instant, Millis, Outcome, Random } from '@inmesh/policy'
import type { PeerEndpoint } from '../client/endpoint.ts'
import type { Outliers } from '../client/parts.ts'
import { AccrualHost } from './accrual-host.ts'
import type { AccrualRules } from './accrual-host.ts'

export interface FailureAccrualOptions extends AccrualRules {
  readonly markDeadMin: Millis
  readonly markDeadMax: Millis
}

/**
 * Finagle's failure accrual: an endpoint is marked dead for failures in a row or a poor success rate, with equal jitter,
 * longer each time; then one request probes it, and it is alive again when that succeeds.
 */
export class FailureAccrual implements Outliers {
  private readonly options: FailureAccrualOptions
  private readonly random: Random
  private hosts: readonly AccrualHost[] = []
  private byId: (AccrualHost | undefined)[] = []
  private now: Instant
  private nextRevival: Instant = Infinity

  constructor(random: Random, options: FailureAccrualOptions, now: Instant) {
    this.random = random
    this.options = options
    this.now = now
  }

  members(endpoints: readonly PeerEndpoint[]): void {
    this.hosts = endpoints.map((endpoint) => this.byId[endpoint.id] ?? new AccrualHost(endpoint, this.now))
    this.byId = []
    for (const host of this.hosts) this.byId[host.endpoint.id] = host
  }

  advance(now: Instant): boolean {
    this.now = now
    if (now < this.nextRevival) return false
    this.nextRevival = Infinity
    for (const host of this.hosts) {
      if (host.state !== 'dead') continue
      if (host.reviveAt <= now) host.state = 'probe-open'
      else this.nextRevival = Math.min(this.nextRevival, host.reviveAt)
    }
    return true
  }

  started({ id }: PeerEndpoint): boolean {
    const host = this.byId[id]
    if (host?.state !== 'probe-open') return false
    host.state = 'probe-closed'
    return true
  }

  ended({ id }: PeerEndpoint, outcome: Outcome, now: Instant): boolean {
    const host = this.byId[id]
    if (host === undefined || host.state === 'dead' || host.state === 'probe-open') return false
    const probed = host.state === 'probe-closed'
    if (outcome.kind === 'success') {
      if (probed) host.revived(now)
      host.succeeded(this.options, now)
    } else if (outcome.kind === 'failure' && host.failed(this.options, now)) {
      this.markDead(host, now)
      return true
    } else if (probed) host.state = 'probe-open'
    return probed
  }

  /** Where nobody is left all are used: the balancer's pick must go somewhere. */
  available(): readonly PeerEndpoint[] {
    const open = this.hosts.filter(({ state }) => state === 'alive' || state === 'probe-open')
    return (open.length === 0 ? this.hosts : open).map(({ endpoint }) => endpoint)
  }

  private markDead(host: AccrualHost, now: Instant): void {
    const { markDeadMin, markDeadMax } = this.options
    const half = Math.min(markDeadMax, markDeadMin * 2 ** host.deaths++) / 2
    host.state = 'dead'
    host.reviveAt = now + half + half * this.random.next()
    this.nextRevival = Math.min(this.nextRevival, host.reviveAt)
  }
}
