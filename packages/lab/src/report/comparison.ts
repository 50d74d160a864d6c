import { formatDuration } from '../scenario/duration.ts'
import { mean } from '../stats/interval.ts'
import type { Interval } from '../stats/interval.ts'
import { COMPARED } from '../stats/means.ts'
import type { ComparedKey } from '../stats/means.ts'
import { sayShareOfWay } from '../stats/share-of-way.ts'
import { percent } from '../stats/verdicts.ts'
import type { ContenderResult, Result } from './result.ts'

/** A table with a line per contender: many contenders, few figures. */
export interface Comparison {
  readonly columns: readonly string[]
  readonly lines: readonly { readonly name: string; readonly cells: readonly string[] }[]
  /** Below the table. */
  readonly notes: readonly string[]
}

interface Column {
  readonly label: string
  readonly cell: (each: ContenderResult) => string
}

/** With an oracle to measure by, or too many contenders for columns. */
export function isWide({ contenders }: Result): boolean {
  return contenders.length > 3 || contenders.some(({ toOracle }) => toOracle !== undefined)
}

const KEYS: readonly ComparedKey[] = ['success', 'served', 'p50', 'p99', 'p999', 'extraLoad']

export function comparisonOf(result: Result): Comparison {
  const { contenders, peers, seeds } = result
  const columns = [...KEYS.map((key) => column(key)), ...withinColumn(contenders), ...wayColumns(contenders)]
  const unverified = contenders.some(({ peer }) => isUnverified(peers, peer))
  return {
    columns: columns.map(({ label }) => label),
    lines: contenders.map((each) => ({
      name: isUnverified(peers, each.peer) ? `${each.name} *` : each.name,
      cells: columns.map(({ cell }) => cell(each))
    })),
    notes: [
      ...(seeds.length > 1 ? [`means of ${seeds.length} seeds, ± half of the 95 % interval`] : []),
      ...(unverified ? ['* unverified: it has not reproduced a published figure within 10 %'] : [])
    ]
  }
}

export function isUnverified(peers: Result['peers'], peer: string): boolean {
  return peers[peer] !== undefined && peers[peer].verified === null
}

function column(key: ComparedKey): Column {
  return { label: COMPARED[key].label, cell: ({ means }) => sayInterval(key, means[key]) }
}

/** Where the scenario says what is in time. */
function withinColumn(contenders: readonly ContenderResult[]): Column[] {
  if (contenders.every(({ withinShare }) => withinShare === undefined)) return []
  const shareOf = ({ perSeed }: ContenderResult): number => mean(perSeed.map(({ withinShare = 0 }) => withinShare))
  return [{ label: 'in time', cell: (each) => percent(shareOf(each), 3) }]
}

/** How far from round robin to the oracle: by p99 always, by what was served where that is what they differ in. */
function wayColumns(contenders: readonly ContenderResult[]): Column[] {
  if (contenders.every(({ toOracle }) => toOracle === undefined)) return []
  const way = (key: ComparedKey, label: string): Column => ({
    label,
    cell: ({ toOracle }) => sayShareOfWay(toOracle?.[key])
  })
  const served = contenders.some(({ toOracle }) => toOracle?.served !== undefined)
  return [way('p99', 'p99: way to oracle'), ...(served ? [way('served', 'served: way to oracle')] : [])]
}

/** `12 ms ± 0.4 ms`; without width where nothing is known of the noise. */
export function sayInterval(key: ComparedKey, { mean: centre, high }: Interval): string {
  const half = high - centre
  const said = sayFigure(key, centre)
  if (half <= 0) return said
  const { unit } = COMPARED[key]
  if (unit === 'share') return `${said} ± ${percent(half)}`
  return `${said} ± ${unit === 'ms' ? formatDuration(Number(half.toPrecision(2))) : Number(half.toPrecision(2))}`
}

export function sayFigure(key: ComparedKey, value: number): string {
  const { unit } = COMPARED[key]
  if (unit === 'ms') return formatDuration(value)
  return unit === 'share' ? percent(value, key === 'success' ? 3 : 2) : `${Number(value.toFixed(value < 10 ? 2 : 0))}/s`
}
