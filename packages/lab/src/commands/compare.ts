import { basename } from 'node:path'
import { compareResults } from '../compare/compare.ts'
import { readResult } from '../compare/read.ts'
import { renderResultComparison } from '../compare/table.ts'
import { colorsFor } from '../report/colors.ts'
import { toJson } from '../report/result.ts'
import { fileOf, report } from './output.ts'
import type { Outputs } from './output.ts'

/** Two results side by side. Differing is no failure: the exit code is 0. */
export function compare(first: string, second: string, { json }: Pick<Outputs, 'json'>): void {
  const same = basename(first) === basename(second)
  const names = same ? ([first, second] as const) : ([basename(first, '.json'), basename(second, '.json')] as const)
  const comparison = compareResults(names, readResult(first), readResult(second))
  const text = renderResultComparison(comparison, colorsFor(process.stdout))
  report(text, [[fileOf(json, 'comparison.json'), () => toJson(comparison)]])
}
