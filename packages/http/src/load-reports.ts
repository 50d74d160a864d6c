import type { AnyScope, ServicePolicy, Target } from '@inmesh/pipeline'
import { TryContext } from '@inmesh/pipeline'
import { inFlightIn, LOAD_REPORT_BIN_HEADER, LOAD_REPORT_HEADER, readLoadReport, weightOf, type Cluster, type Instant, type Millis } from '@inmesh/policy'
import type { IncomingHttpHeaders } from 'node:http'

/** Hears what replies say of their servers' load. */
export interface LoadReports {
  /** Before the try has its head: until then it is one of ours that the server counts too. */
  hear(context: AnyScope, headers: IncomingHttpHeaders, now: Instant): void
}

/** Who balances by reports; undefined where nobody does, and then no header is looked at. */
export function loadReports(balance: ServicePolicy['balance'], cluster: () => Cluster<Target>): LoadReports | undefined {
  if (balance?.reports === false) return undefined
  switch (balance?.by) {
    case 'weighted-round-robin': return new ReportedWeights(cluster)
    case undefined: case 'latency': case 'hash': return new ReportedInFlight(cluster)
    case 'least-request': case 'round-robin': return undefined
  }
}

/** For a balancer by latency: one number of the header, of every reply, since queues are short. */
class ReportedInFlight implements LoadReports {
  private readonly cluster: () => Cluster<Target>

  constructor(cluster: () => Cluster<Target>) {
    this.cluster = cluster
  }

  hear(context: AnyScope, headers: IncomingHttpHeaders, now: Instant): void {
    const value = headers[LOAD_REPORT_HEADER]
    if (value === undefined || !(context instanceof TryContext) || context.lease === undefined) return
    const inFlight = inFlightIn(value)
    if (inFlight !== undefined) this.cluster().reportInFlight(context.lease, inFlight, now)
  }
}

/** A server makes its report anew ten times a second at most, and weights are looked at once a second. */
const OFTEN: Millis = 100

/** For a balancer by weights: the whole report, in either header, now and then. */
class ReportedWeights implements LoadReports {
  private readonly cluster: () => Cluster<Target>
  private readonly heardAt = new WeakMap<object, Instant>()

  constructor(cluster: () => Cluster<Target>) {
    this.cluster = cluster
  }

  hear(context: AnyScope, headers: IncomingHttpHeaders, now: Instant): void {
    if (headers[LOAD_REPORT_HEADER] === undefined && headers[LOAD_REPORT_BIN_HEADER] === undefined) return
    if (!(context instanceof TryContext) || context.placed === undefined) return
    const endpoint = context.placed
    if (now - (this.heardAt.get(endpoint) ?? -Infinity) < OFTEN) return
    this.heardAt.set(endpoint, now)
    const report = readLoadReport((name) => headers[name])
    const weight = report && weightOf(report)
    if (weight !== undefined) this.cluster().reportWeight(endpoint, weight, now)
  }
}
