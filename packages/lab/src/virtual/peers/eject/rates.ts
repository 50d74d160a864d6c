import type { Host } from './host.ts'

export interface RateRules {
  readonly successRateMinimumHosts: number
  readonly successRateRequestVolume: number
  readonly successRateStdevFactor: number
  readonly failurePercentageMinimumHosts: number
  readonly failurePercentageRequestVolume: number
  readonly failurePercentageThreshold: number
}

/** Those whose success rate of the interval lies more than so many standard deviations below the mean. */
export function successRateOutliers(hosts: readonly Host[], rules: RateRules): Host[] {
  const known = withVolume(hosts, rules.successRateRequestVolume)
  if (known.length === 0 || known.length < rules.successRateMinimumHosts) return []
  const mean = known.reduce((sum, host) => sum + successRate(host), 0) / known.length
  const variance = known.reduce((sum, host) => sum + (successRate(host) - mean) ** 2, 0) / known.length
  const threshold = mean - rules.successRateStdevFactor * Math.sqrt(variance)
  return known.filter((host) => successRate(host) < threshold)
}

/** Those of whose requests of the interval so many per cent or more have failed. */
export function failurePercentageOutliers(hosts: readonly Host[], rules: RateRules): Host[] {
  const known = withVolume(hosts, rules.failurePercentageRequestVolume)
  if (known.length < rules.failurePercentageMinimumHosts) return []
  return known.filter((host) => 100 * (1 - successRate(host)) >= rules.failurePercentageThreshold)
}

function withVolume(hosts: readonly Host[], volume: number): Host[] {
  return hosts.filter(({ out, requests }) => !out && requests >= Math.max(1, volume))
}

function successRate({ successes, requests }: Host): number {
  return successes / requests
}
