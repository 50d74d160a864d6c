import type { LoadReport } from './report.ts'

/**
 * What a report says that its endpoint can take: requests a second ÷ (utilisation + share of errors · penalty), gRFC A58.
 * Utilisation is the application's own, else the processors'. Errors count as load, since who fails at once looks idle: at
 * the default 1 one that fails everything counts as fully used on top of what it says. Undefined where there is
 * nothing to tell: no requests, or nobody knows how busy it is.
 */
export function weightOf({ rpsFractional = 0, eps = 0, applicationUtilization = 0, cpuUtilization = 0 }: LoadReport, errorPenalty = 1): number | undefined {
  const utilization = applicationUtilization > 0 ? applicationUtilization : cpuUtilization
  if (!(utilization > 0 && rpsFractional > 0)) return undefined
  const weight = rpsFractional / (utilization + Math.max(0, eps / rpsFractional) * errorPenalty)
  return weight > 0 && weight < Infinity ? weight : undefined
}
