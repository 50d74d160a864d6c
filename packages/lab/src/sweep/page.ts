import { escape, htmlPage } from '../report/html.ts'
import { armKey } from '../report/page-plots.ts'
import { comparisonTable, peerSection } from '../report/page-tables.ts'
import { paints } from '../report/paint.ts'
import { COMPARED } from '../stats/means.ts'
import type { ComparedKey } from '../stats/means.ts'
import type { SweepPoint, SweepResult } from './sweep.ts'
import { sweepComparison } from './table.ts'

type SweepContender = SweepPoint['contenders'][number]

interface SweepFigure {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly logarithmic: boolean
  readonly lines: readonly {
    readonly name: string
    readonly paint: string
    readonly means: readonly (number | null)[]
    readonly lows: readonly (number | null)[]
    readonly highs: readonly (number | null)[]
  }[]
}

const DRAWN: readonly ComparedKey[] = ['p99', 'p999', 'p50', 'success', 'served', 'extraLoad']

/** A sweep as a page that needs nothing else: a plot per figure over the values, and the table. */
export function renderSweepPage(result: SweepResult): string {
  const { title, description, knobs, points, seeds, world } = result
  const figures = [...DRAWN.map((key) => figureOf(result, key)), ...wayOf(result)].filter(varies)
  const arms = armsOf(result)
  const seedNote = seeds.length === 1 ? `Seed ${seeds[0]}.` : `Means of ${seeds.length} seeds; bars: 95 % intervals.`
  const body = [
    `<h1>${escape(title)}</h1>`,
    `<p>${escape(description)}</p>`,
    `<p class="note">Over ${escape(knobs.join(' × '))}: ${points.length} values. ${seedNote} ${world === 'virtual' ? 'Virtual time.' : 'Real processes and sockets.'}</p>`,
    ...points.flatMap(({ labels, notes }) =>
      notes.map((each) => `<p class="warning">${escape(`${labels.join(', ')}: ${each}`)}</p>`)
    ),
    ...figures.map(
      ({ id, title: heading }) =>
        `<h2>${heading}</h2><div class="panel"><div id="sweep-${id}"></div></div>${armKey(arms)}`
    ),
    `<h2>The figures</h2>${comparisonTable(sweepComparison(result), [])}`,
    peerSection(result)
  ]
  return htmlPage(title, body.join('\n'), {
    kind: 'sweep',
    points: points.map(({ labels }) => labels.join(', ')),
    figures
  })
}

function armsOf({ points }: SweepResult): { readonly name: string; readonly peer: string }[] {
  const all = points.flatMap(({ contenders }) => contenders)
  return [...new Map(all.map(({ name, peer }) => [name, { name, peer }])).values()]
}

function figureOf(result: SweepResult, key: ComparedKey): SweepFigure {
  const { label, unit } = COMPARED[key]
  return {
    id: key,
    title: label,
    unit,
    logarithmic: unit === 'ms',
    lines: linesOf(result, ({ means }) => means[key])
  }
}

/** How far to the oracle, where there is one. */
function wayOf(result: SweepResult): SweepFigure[] {
  const lines = linesOf(result, ({ toOracle }) => {
    const share = toOracle?.p99
    return share === undefined ? undefined : { mean: share, low: share, high: share }
  })
  if (lines.every(({ means }) => means.every((each) => each === null))) return []
  const id = 'way'
  return [
    { id, title: 'p99: share of the way from round robin to the oracle', unit: 'share', logarithmic: false, lines }
  ]
}

function linesOf(
  result: SweepResult,
  read: (each: SweepContender) => { readonly mean: number; readonly low: number; readonly high: number } | undefined
): SweepFigure['lines'] {
  const arms = armsOf(result)
  const paint = paints(arms.map(({ peer }) => peer))
  return arms.map(({ name }, arm) => {
    const values = result.points.map(({ contenders }) => {
      const own = contenders.find((each) => each.name === name)
      return own === undefined ? undefined : read(own)
    })
    return {
      name,
      paint: paint[arm] ?? '--arm-0',
      means: values.map((each) => each?.mean ?? null),
      lows: values.map((each) => each?.low ?? null),
      highs: values.map((each) => each?.high ?? null)
    }
  })
}

/** A plot in which all lines are one level line says nothing. */
function varies({ lines }: SweepFigure): boolean {
  const all = lines.flatMap(({ means }) => means.filter((each) => each !== null))
  return Math.max(...all) > Math.min(...all)
}
