import { weightOf } from '@inmesh/policy'
import type { Cluster, Instant, Lease } from '@inmesh/policy'
import type { LoadReport, Upstream } from '../contract.ts'

/** What the HTTP adapter does with the report of a reply. The virtual server counts without the try that it answers, so that is added. */
export function hear<T>(cluster: Cluster<T>, lease: Lease<T>, upstream: Upstream, report: LoadReport, now: Instant): void {
  if (upstream.reports !== true) return
  const { rps, eps, utilization, inFlight } = report
  cluster.reportInFlight(lease, inFlight + 1, now)
  const weight = weightOf({ rpsFractional: rps, eps, applicationUtilization: utilization })
  if (weight !== undefined) cluster.reportWeight(lease.endpoint, weight, now)
}
