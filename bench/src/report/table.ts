import Table from 'cli-table3'
import { judge, type Bar, type Verdict } from './bar.ts'
import type { Row } from './result.ts'

/** The rows as people read them, each beside what it was asked to reach. */
export function printTable(rows: readonly Row[], bars: readonly Bar[]): Verdict[] {
  const table = new Table({
    head: ['metric', 'contender', 'median', 'min … max', 'ratio (95 %)', 'against', 'asked', 'verdict'],
    style: { head: [], border: [] },
  })
  const verdicts: Verdict[] = []
  for (const row of rows) {
    const bar = bars.find((one) => one.contender === row.contender && one.metric === row.metric)
    const verdict = bar === undefined ? undefined : judge(bar, row, rows)
    if (verdict !== undefined) verdicts.push(verdict)
    table.push([row.metric, row.contender, number(row.median, row.unit), `${number(row.min)} … ${number(row.max)}`, ratio(row), row.baseline ?? '', asked(bar), verdict ?? ''])
  }
  console.log(table.toString())
  return verdicts
}

function ratio({ ratio, ciLow, ciHigh }: Row): string {
  if (ratio === undefined) return ''
  const interval = ciLow === undefined || ciHigh === undefined ? '' : ` (${ciLow.toFixed(3)} … ${ciHigh.toFixed(3)})`
  return `${ratio.toFixed(3)}${interval}`
}

function asked(bar: Bar | undefined): string {
  if (bar === undefined) return ''
  const of = bar.of === 'ratio' ? 'ratio ' : ''
  const bound = [bar.atLeast === undefined ? [] : `≥ ${bar.atLeast}`, bar.atMost === undefined ? [] : `≤ ${bar.atMost}`].flat().join(', ')
  return `${of}${bound}${bar.aim === undefined ? '' : ` (aim ${bar.aim})`}`
}

function number(value: number, unit = ''): string {
  const text = Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US').replaceAll(',', ' ') : value.toPrecision(3)
  return unit === '' ? text : `${text} ${unit === 'us' ? 'µs' : unit}`
}
