import type { Instant, Millis } from '@inmesh/policy'
import type { LoadReport } from '../../contract.ts'

export interface WeightRules {
  readonly blackoutPeriod: Millis
  readonly weightExpirationPeriod: Millis
  readonly errorUtilizationPenalty: number
}

/** What an endpoint's reports say it can take: requests a second ÷ (utilization + share of errors × penalty). */
export class EndpointWeight {
  private weight = 0
  private nonEmptySince: Instant = Infinity
  private lastUpdated: Instant = -Infinity

  update({ rps, eps, utilization }: LoadReport, rules: WeightRules, now: Instant): void {
    if (!(utilization > 0 && rps > 0)) return
    this.weight = rps / (utilization + (eps / rps) * rules.errorUtilizationPenalty)
    if (this.nonEmptySince === Infinity) this.nonEmptySince = now
    this.lastUpdated = now
  }

  /** 0 where there is none to go by: too new, or too old. */
  get(rules: WeightRules, now: Instant): number {
    if (now - this.lastUpdated >= rules.weightExpirationPeriod) {
      this.nonEmptySince = Infinity
      return 0
    }
    return now - this.nonEmptySince < rules.blackoutPeriod ? 0 : this.weight
  }
}
