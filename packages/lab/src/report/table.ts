import Table from 'cli-table3'
import type { Colors } from './colors.ts'
import type { Result } from './result.ts'
import { faultRows, resultRows, shareRows } from './rows.ts'
import type { Row } from './rows.ts'

/** No rules between rows: what belongs together stays together. */
const COMPACT = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }

/** The results for a terminal. */
export function renderTable(result: Result, colors: Colors): string {
  const { contenders, seeds } = result
  const table = new Table({
    chars: COMPACT,
    style: { head: [], border: [] },
    colAligns: ['left', ...contenders.map(() => 'right' as const)]
  })
  table.push([heading(result, colors), ...contenders.map(({ name }) => colors.bold(name))])
  table.push(...resultRows(result).map(line))
  if (contenders[0]?.faults.length) {
    table.push([colors.dim("out of the callers' way after"), ...contenders.map(() => '')], ...faultRows(result).map(line))
  }
  table.push([colors.dim('share of tries'), ...contenders.map(() => '')], ...shareRows(result).map(line))
  return [table.toString(), ...contenders.flatMap((each) => asserts(each, colors)), ...seedNote(seeds)].join('\n')
}

function line({ label, cells }: Row): string[] {
  return [label, ...cells]
}

function heading({ scenario, seeds }: Result, { bold }: Colors): string {
  return `${bold(scenario)}, ${seeds.length === 1 ? `seed ${seeds[0]}` : `worst of ${seeds.length} seeds`}`
}

function asserts({ name, asserts: own }: Result['contenders'][number], { green, red, dim }: Colors): string[] {
  return own.map(({ text, ok, got }) => `${ok ? green('✓') : red('✗')} ${name}: ${text} ${dim(`(${got})`)}`)
}

function seedNote(seeds: readonly number[]): string[] {
  return seeds.length === 1 ? [] : [`seeds ${seeds.join(', ')}: each figure is the worst of all; shares are means`]
}
