import { OUTCOME } from '../recording.ts'
import type { Run } from '../run.ts'
import { replicaNames } from '../scenario/scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Fault } from '../scenario/faults.ts'
import type { Series } from '../stats/series.ts'
import type { Result } from './result.ts'

interface Points {
  /** ms from the end of the warm-up, whole; latency to a tenth of a millisecond: more cannot be seen. */
  readonly at: readonly number[]
  readonly ms: readonly number[]
  /** Positions of those that failed. */
  readonly failed: readonly number[]
}

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
    return { name, series, points: run === undefined ? { at: [], ms: [], failed: [] } : pointsOf(run) }
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

function pointsOf({ recording: { result } }: Run): Points {
  const calls = [...result.dueAt.keys()].filter((call) => (result.dueAt[call] ?? -1) >= 0)
  return {
    at: calls.map((call) => Math.round(result.dueAt[call] ?? 0)),
    ms: calls.map((call) => Number((result.latency[call] ?? 0).toFixed(1))),
    failed: [...calls.keys()].filter((at) => result.outcome[calls[at] ?? 0] !== OUTCOME.success)
  }
}

/** From below the fastest to above the slowest, both arms on the same scale. */
function rangeOf(ms: readonly number[]): [number, number] {
  const lowest = ms.reduce((least, each) => Math.min(least, each), Infinity)
  const highest = ms.reduce((most, each) => Math.max(most, each), 100)
  return [Math.max(0.5, Math.min(lowest, 2) * 0.9), highest * 1.3]
}
