import type { Run } from '../run.ts'
import { replicaNames } from '../scenario/scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Fault } from '../scenario/faults.ts'
import type { Points } from '../stats/curves.ts'
import type { Series } from '../stats/series.ts'
import type { Result } from './result.ts'

/** What the plots are drawn from: of each contender the first seed, every call of it. */
export interface PageData {
  readonly endpoints: readonly string[]
  readonly latencyRange: readonly [number, number]
  readonly faults: readonly {
    readonly name: string
    readonly label: string
    readonly kind: string
    readonly number: number
    readonly replica: string
    readonly from: number
    readonly to: number
  }[]
  readonly contenders: readonly { readonly name: string; readonly series: Series; readonly points: Points }[]
}

export function pageData(scenario: Scenario, { contenders }: Result, runs: readonly Run[]): PageData {
  const arms = contenders.map(({ name, series }) => {
    const run = runs.find(({ figures }) => figures.name === name)
    return { name, series, points: run?.curves.points ?? { at: [], ms: [], failed: [], every: 1 } }
  })
  return {
    endpoints: replicaNames(scenario.services),
    latencyRange: rangeOf(arms.flatMap(({ points }) => points.ms)),
    faults: scenario.faults.map((fault, at) => ({
      name: fault.name,
      label: labelOf(fault),
      kind: fault.kind,
      number: at + 1,
      replica: fault.where,
      from: fault.at,
      to: Math.min(fault.at + fault.for, scenario.load.duration)
    })),
    contenders: arms
  }
}

/** `slow × 10`, `fail 503`: the fault without its replica. */
function labelOf(fault: Fault): string {
  if (fault.kind === 'slow') return `slow × ${fault.factor}`
  return fault.kind === 'fail' ? `fail ${fault.code}` : fault.kind
}

/** From below the fastest to above the slowest, both arms on the same scale. */
function rangeOf(ms: readonly number[]): [number, number] {
  const lowest = ms.reduce((least, each) => Math.min(least, each), Infinity)
  const highest = ms.reduce((most, each) => Math.max(most, each), 100)
  return [Math.max(0.5, Math.min(lowest, 2) * 0.9), highest * 1.3]
}
