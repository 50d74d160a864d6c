import type { Run } from '../run.ts'
import type { Fault } from '../scenario/faults.ts'
import { allReplicaNames } from '../scenario/scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Curves, Heat, Points } from '../stats/curves.ts'
import type { Series } from '../stats/series.ts'
import { isWide } from './comparison.ts'
import { faultLabel } from './fault-label.ts'
import { paints } from './paint.ts'
import type { Result } from './result.ts'

export interface FaultBand {
  readonly name: string
  readonly label: string
  readonly kind: string
  readonly number: number
  readonly replica: string
  readonly targets: readonly string[]
  readonly from: number
  readonly to: number
}

/** What the plots are drawn from: of each contender the first seed. */
export interface PageData {
  readonly kind: 'run'
  readonly wide: boolean
  /** ms from step to step of the series. */
  readonly every: number
  readonly endpoints: readonly string[]
  readonly latencyRange: readonly [number, number]
  readonly faults: readonly FaultBand[]
  readonly contenders: readonly {
    readonly name: string
    readonly paint: string
    readonly series: Series
    readonly cdf: Curves['cdf']
    readonly points?: Points
    readonly heat?: Heat
  }[]
}

const NO_POINTS: Points = { at: [], ms: [], failed: [], every: 1 }

export function pageData(scenario: Scenario, result: Result, runs: readonly Run[]): PageData {
  const wide = isWide(result)
  const paint = paints(result.contenders.map(({ peer }) => peer))
  const arms = result.contenders.map(({ name, series, cdf }, at) => {
    const curves = runs.find(({ figures }) => figures.name === name)?.curves
    return {
      name,
      paint: paint[at] ?? '--arm-0',
      series,
      cdf,
      ...(!wide && { points: curves?.points ?? NO_POINTS }),
      ...(curves?.heat !== undefined && { heat: curves.heat })
    }
  })
  return {
    kind: 'run',
    wide,
    every: scenario.measure.interval,
    endpoints: allReplicaNames(scenario),
    latencyRange: rangeOf(
      wide ? arms.flatMap(({ series }) => shown(series)) : arms.flatMap(({ points }) => points?.ms ?? [])
    ),
    faults: scenario.faults.map((fault, at) => bandOf(fault, at, scenario.load.duration)),
    contenders: arms
  }
}

function bandOf(fault: Fault, at: number, duration: number): FaultBand {
  return {
    name: fault.name,
    label: faultLabel(fault),
    kind: fault.kind,
    number: at + 1,
    replica: fault.where,
    targets: fault.targets.length > 40 ? [] : fault.targets,
    from: fault.at,
    to: Math.min(fault.at + fault.for, duration)
  }
}

function shown({ p50, p99 }: Series): number[] {
  return [...p50, ...p99].filter((each) => each !== null)
}

/** From below the fastest to above the slowest, all arms on the same scale. */
function rangeOf(ms: readonly number[]): [number, number] {
  const lowest = ms.reduce((least, each) => Math.min(least, each), Infinity)
  const highest = ms.reduce((most, each) => Math.max(most, each), 100)
  return [Math.max(0.5, Math.min(lowest, 2) * 0.9), highest * 1.3]
}
