import { differenceOf } from '../stats/difference.ts'
import { BASELINE, ORACLE, OWN, rivals } from './contenders.ts'
import { loadOnRest } from './cell.ts'
import type { Cell } from './cell.ts'

export interface ContenderFigures {
  /** ms; a call that failed counts as its whole timeout. */
  readonly p50: number
  readonly p99: number
  /** The p99 of each seed: contenders are compared seed by seed, since the same calls came to all. */
  readonly seeds: readonly number[]
  readonly success: number
  readonly extraLoad: number
}

export interface CellResult extends Cell {
  readonly seeds: number
  /** Due while it went wrong, a seed. */
  readonly calls: number
  readonly contenders: Readonly<Record<string, ContenderFigures>>
}

/** What is kept in the repository. */
export interface GrayResult {
  readonly node: string
  readonly date: string
  readonly cells: readonly CellResult[]
}

export const TARGET_TIMES_ORACLE = 1.25
export const TARGET_EXTRA_LOAD = 0.03

/** How inmesh stands in one cell. */
export interface Standing {
  readonly own: ContenderFigures
  readonly best: { readonly name: string; readonly figures: ContenderFigures }
  readonly oracle: ContenderFigures
  readonly baseline: ContenderFigures
  readonly timesOracle: number
  readonly timesBest: number
  /** Rivals that are ahead by more than chance explains, best first. */
  readonly behind: readonly string[]
  readonly nearOracle: boolean
  readonly cheap: boolean
  /** What is left of the fleet cannot carry the load: everybody's queues grow, and no order among them means much. */
  readonly impossible: boolean
}

export function standingOf(cell: CellResult): Standing | undefined {
  const { contenders } = cell
  const [own, oracle, baseline] = [contenders[OWN], contenders[ORACLE], contenders[BASELINE]]
  const best = rivals
    .flatMap((name) => (contenders[name] === undefined ? [] : [{ name, figures: contenders[name] }]))
    .sort((a, b) => a.figures.p99 - b.figures.p99)[0]
  if (own === undefined || oracle === undefined || baseline === undefined || best === undefined) return undefined
  return {
    own,
    best,
    oracle,
    baseline,
    timesOracle: own.p99 / oracle.p99,
    timesBest: own.p99 / best.figures.p99,
    behind: rivals.filter((name) => contenders[name] !== undefined && isAhead(contenders[name], own)),
    nearOracle: own.p99 <= TARGET_TIMES_ORACLE * oracle.p99,
    cheap: own.extraLoad <= TARGET_EXTRA_LOAD,
    impossible: loadOnRest(cell, cell.calls) >= 1
  }
}

/** Closer than this is a tie, whatever the seeds say: three of them can agree by chance on a thousandth. */
const TIE = 0.02

/** By Student's test over the seeds' differences; of one seed, by the difference alone. */
function isAhead(rival: ContenderFigures, own: ContenderFigures): boolean {
  if (rival.p99 > own.p99 * (1 - TIE)) return false
  return differenceOf(own.seeds, rival.seeds, true).beyondNoise ?? true
}
