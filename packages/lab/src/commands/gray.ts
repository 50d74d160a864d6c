import { cellName } from '../gray/cell.ts'
import { quickGrid, wholeGrid } from '../gray/grid.ts'
import { grayJson } from '../gray/json.ts'
import { runCell } from '../gray/run.ts'
import { renderGray } from '../gray/table.ts'
import type { CellResult } from '../gray/result.ts'
import { colorsFor } from '../report/colors.ts'
import { report } from './output.ts'

export interface GrayCommand {
  readonly quick?: boolean
  /** Part of a cell's name, such as `slow-70-n10-`. */
  readonly cell?: string
  readonly reports?: boolean
  readonly json?: string
}

/** The gray failures, cell by cell. What is missed is no failure of the run: the table says it. */
export function gray({ quick = false, cell: part = '', reports = false, json }: GrayCommand): void {
  const planned = (quick ? quickGrid() : wholeGrid()).filter(({ cell }) => cellName(cell).includes(part))
  const cells: CellResult[] = []
  for (const [at, { cell, size }] of planned.entries()) {
    const from = performance.now()
    cells.push(runCell(cell, size, { reports }))
    console.error(`${at + 1} of ${planned.length}  ${cellName(cell)}  ${((performance.now() - from) / 1_000).toFixed(1)} s`)
  }
  const date = new Date().toISOString().slice(0, 10)
  report(renderGray(cells, colorsFor(process.stdout)), [[json, () => grayJson({ node: process.version, date, cells })]])
}
