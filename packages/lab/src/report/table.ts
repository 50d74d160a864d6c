import Table from 'cli-table3'
import { storyText } from '../decisions/fault-stories.ts'
import type { Colors } from './colors.ts'
import { comparisonOf, isWide } from './comparison.ts'
import type { Comparison } from './comparison.ts'
import { formatDuration } from '../scenario/duration.ts'
import type { Result } from './result.ts'
import { faultRows, resultRows, shareRows } from './rows.ts'
import type { Row } from './rows.ts'

/** No rules between rows: what belongs together stays together. */
const COMPACT = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }
/** More than this many lines say nothing on a screen; the page draws them. */
const MAX_SHARES = 12

/** The results for a terminal. */
export function renderTable(result: Result, colors: Colors): string {
  const body = isWide(result) ? wideTables(result, colors) : [narrowTable(result, colors), ...seedNote(result.seeds)]
  const [table = '', ...rest] = body
  return [
    table,
    ...result.contenders.flatMap((each) => asserts(each, colors)),
    ...rest,
    ...result.contenders.flatMap((each) => decided(each, colors)),
    ...notes(result, colors)
  ].join(
    '\n'
  )
}

function narrowTable(result: Result, colors: Colors): string {
  const { contenders } = result
  const table = tableOf(contenders.length)
  const blank = contenders.map(() => '')
  table.push([heading(result, colors), ...contenders.map(({ name }) => colors.bold(name))])
  table.push(...resultRows(result).map(line))
  if (contenders[0]?.faults.length) {
    table.push([colors.dim("out of the callers' way after"), ...blank], ...faultRows(result).map(line))
  }
  const shares = shareRows(result)
  if (shares.length <= MAX_SHARES) table.push([colors.dim('share of tries'), ...blank], ...shares.map(line))
  return table.toString()
}

/** A line per contender, and where there were faults a second table of how long each was felt. */
function wideTables(result: Result, colors: Colors): string[] {
  const comparison = comparisonOf(result)
  const faults = faultRows(result)
  const felt =
    faults.length === 0
      ? []
      : [renderComparison(colors.dim("out of the callers' way after"), feltBy(result, faults), colors)]
  return [
    [renderComparison(`${colors.bold(result.scenario)}, ${result.world} world`, comparison, colors), ...felt].join(
      '\n'
    ),
    ...comparison.notes.map(colors.dim)
  ]
}

function feltBy({ contenders }: Result, faults: readonly Row[]): Comparison {
  return {
    columns: faults.map(({ label }) => label),
    lines: contenders.map(({ name }, at) => ({ name, cells: faults.map(({ cells }) => cells[at] ?? '') })),
    notes: []
  }
}

export function renderComparison(title: string, { columns, lines }: Comparison, colors: Colors): string {
  const table = tableOf(columns.length)
  table.push([title, ...columns.map((each) => colors.bold(each))])
  table.push(...lines.map(({ name, cells }) => [name, ...cells]))
  return table.toString()
}

function tableOf(columns: number): Table.Table {
  return new Table({
    chars: COMPACT,
    style: { head: [], border: [] },
    colAligns: ['left', ...Array.from({ length: columns }, () => 'right' as const)]
  })
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

/** Beside each fault what was decided about the endpoints that it hit. */
function decided({ name, decisions }: Result['contenders'][number], { bold, dim }: Colors): string[] {
  const stories = decisions?.byFault ?? []
  if (stories.length === 0) return []
  const width = Math.max(...stories.map((story) => story.name.length))
  const begins = stories.map(({ from }) => `at ${formatDuration(from)}`)
  const longest = Math.max(...begins.map((each) => each.length))
  const lines = stories.map((story, at) => `  ${story.name.padEnd(width)}  ${dim(begins[at]?.padEnd(longest) ?? '')}  ${storyText(story)}`)
  return [bold(`what ${name} decided`), ...lines]
}

function seedNote(seeds: readonly number[]): string[] {
  return seeds.length === 1 ? [] : [`seeds ${seeds.join(', ')}: each figure is the worst of all; shares are means`]
}

function notes(result: Result, { yellow }: Colors): string[] {
  return result.notes.map((each) => yellow(`! ${each}`))
}
