import { median, min, max } from 'simple-statistics'
import type { Row } from '../report/result.ts'
import { medianWithInterval } from '../stats/ratio.ts'
import { blockOf, type Contender } from './contender.ts'

export interface DuelOptions {
  readonly requests: number
  readonly width: number
}

/**
 * One contender against its baseline in blocks A B B A: whatever drifts linearly (clock speed, heap, neighbours on the
 * machine) weighs equally on both. Each A B and each B A is a pair.
 */
export class Duel {
  readonly baseline: Contender
  readonly contender: Contender
  private readonly costs: number[] = []
  private readonly baselineCosts: number[] = []
  private readonly ratios: number[] = []

  constructor(baseline: Contender, contender: Contender) {
    this.baseline = baseline
    this.contender = contender
  }

  async round({ requests, width }: DuelOptions): Promise<void> {
    const { baseline, contender } = this
    const a1 = await blockOf(baseline, requests, width)
    const b1 = await blockOf(contender, requests, width)
    const b2 = await blockOf(contender, requests, width)
    const a2 = await blockOf(baseline, requests, width)
    this.costs.push(b1, b2)
    this.baselineCosts.push(a1, a2)
    this.ratios.push((b1 + b2) / (a1 + a2))
  }

  async warm({ width }: DuelOptions, requests: number): Promise<void> {
    await blockOf(this.baseline, requests, width)
    await blockOf(this.contender, requests, width)
  }

  /** The median over rounds of the ratio of a round; `runs` counts pairs. */
  row(metric: string): Row {
    const { costs, ratios, contender, baseline } = this
    const { estimate, low, high } = medianWithInterval(ratios)
    return {
      contender: contender.name, metric, unit: 'us', median: median(costs), min: min(costs), max: max(costs),
      baseline: baseline.name, ratio: estimate, ciLow: low, ciHigh: high, runs: costs.length,
    }
  }
}
