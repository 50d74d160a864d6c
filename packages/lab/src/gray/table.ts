import type { Colors } from '../report/colors.ts'
import type { Comparison } from '../report/comparison.ts'
import { renderComparison } from '../report/table.ts'
import { sayShareOfWay, shareOfWay } from '../stats/share-of-way.ts'
import { percent } from '../stats/verdicts.ts'
import { cellName } from './cell.ts'
import { standingOf } from './result.ts'
import type { CellResult } from './result.ts'

/** A line per cell: inmesh, the best of the others, the oracle. */
export function renderGray(cells: readonly CellResult[], colors: Colors): string {
  const comparison = grayComparison(cells)
  return [renderComparison(colors.bold('gray failures'), comparison, colors), ...comparison.notes.map(colors.dim)].join('\n')
}

const COLUMNS = ['inmesh', 'best peer', 'its p99', 'round robin', 'oracle', 'inmesh ÷ oracle', 'way to oracle', 'success', 'extra load']

function grayComparison(cells: readonly CellResult[]): Comparison {
  return {
    columns: COLUMNS,
    lines: cells.map((cell) => ({ name: cellName(cell), cells: cellsOf(cell) })),
    notes: [
      'p99 in ms while it goes wrong; a call that failed counts as its whole timeout',
      '! what is left of the fleet cannot carry the load'
    ]
  }
}

function cellsOf(cell: CellResult): string[] {
  const standing = standingOf(cell)
  if (standing === undefined) return COLUMNS.map(() => '')
  const { own, best, baseline, oracle, timesOracle, impossible } = standing
  return [
    own.p99.toFixed(0),
    best.name,
    best.figures.p99.toFixed(0),
    baseline.p99.toFixed(0),
    oracle.p99.toFixed(0),
    `${timesOracle.toFixed(2)}${impossible ? ' !' : ''}`,
    sayShareOfWay(shareOfWay(own.p99, baseline.p99, oracle.p99)),
    percent(own.success, 2),
    percent(own.extraLoad, 1)
  ]
}
