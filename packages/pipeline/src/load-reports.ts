import { decodeLoadReport, IN_FLIGHT_METRIC, inFlightIn, parseLoadReport, parseLoadReportBin, weightOf, type Cluster, type HeaderValue, type Instant, type LoadReport, type Millis } from '@inmesh/policy'
import type { AnyScope } from './compile.ts'
import { TryContext, type Target } from './context.ts'
import type { ServicePolicy } from './service-policy.ts'

/** The binary form: HTTP has it in base64, gRPC as the bytes themselves. */
export type BinaryReport = HeaderValue | Uint8Array

/** Hears what replies say of their servers' load. */
export interface LoadReports {
  /** `text` and `bin`: values of `endpoint-load-metrics` and `-bin`. To be told before the try has its head: until then it is one of ours that the server counts too. */
  hear(context: AnyScope, text: HeaderValue, bin: BinaryReport, now: Instant): void
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

/** For a balancer by latency: one number of the report, of every reply, since queues are short. */
class ReportedInFlight implements LoadReports {
  private readonly cluster: () => Cluster<Target>

  constructor(cluster: () => Cluster<Target>) {
    this.cluster = cluster
  }

  hear(context: AnyScope, text: HeaderValue, bin: BinaryReport, now: Instant): void {
    // Of HTTP's binary header nothing is read here: whoever sends it sends it to balancers by weights.
    if (text === undefined && !(bin instanceof Uint8Array)) return
    if (!(context instanceof TryContext) || context.lease === undefined) return
    const inFlight = text === undefined ? inFlightOf(bin as Uint8Array) : inFlightIn(text)
    if (inFlight !== undefined) this.cluster().reportInFlight(context.lease, inFlight, now)
  }
}

function inFlightOf(bin: Uint8Array): number | undefined {
  const value = decodeLoadReport(bin)?.namedMetrics?.[IN_FLIGHT_METRIC]
  return value === undefined || value >= 1e9 ? undefined : Math.floor(value)
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

  hear(context: AnyScope, text: HeaderValue, bin: BinaryReport, now: Instant): void {
    if (text === undefined && bin === undefined) return
    if (!(context instanceof TryContext) || context.placed === undefined) return
    const endpoint = context.placed
    if (now - (this.heardAt.get(endpoint) ?? -Infinity) < OFTEN) return
    this.heardAt.set(endpoint, now)
    const report = reportOf(text, bin)
    const weight = report && weightOf(report)
    if (weight !== undefined) this.cluster().reportWeight(endpoint, weight, now)
  }
}

/** As in Envoy the binary one goes first. */
function reportOf(text: HeaderValue, bin: BinaryReport): LoadReport | undefined {
  if (bin === undefined) return parseLoadReport(text)
  return bin instanceof Uint8Array ? decodeLoadReport(bin) : parseLoadReportBin(bin)
}
