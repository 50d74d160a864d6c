import type { Colors } from '../report/colors.ts'
import { isUnverified, sayInterval } from '../report/comparison.ts'
import type { Comparison } from '../report/comparison.ts'
import { renderComparison } from '../report/table.ts'
import { COMPARED } from '../stats/means.ts'
import type { ComparedKey } from '../stats/means.ts'
import { sayShareOfWay } from '../stats/share-of-way.ts'
import type { SweepPoint, SweepResult } from './sweep.ts'

const KEYS: readonly ComparedKey[] = ['success', 'served', 'p50', 'p99', 'p999', 'extraLoad']

export function renderSweep(result: SweepResult, colors: Colors): string {
  const { sweep, world, points } = result
  const comparison = sweepComparison(result)
  return [
    renderComparison(`${colors.bold(sweep)}, ${world} world`, comparison, colors),
    ...comparison.notes.map(colors.dim),
    ...points.flatMap((point) => brokenAsserts(point, colors)),
    ...points.flatMap(({ labels, notes }) => notes.map((each) => colors.yellow(`! ${labels.join(', ')}: ${each}`)))
  ].join('\n')
}

/** A line per point and contender. */
export function sweepComparison({ knobs, points, seeds, peers }: SweepResult): Comparison {
  const way = points.some(({ contenders }) => contenders.some(({ toOracle }) => toOracle !== undefined))
  const lines = points.flatMap(({ labels, contenders }) =>
    contenders.map(({ name, peer, means, toOracle }) => ({
      name: labels.join(', '),
      cells: [
        isUnverified(peers, peer) ? `${name} *` : name,
        ...KEYS.map((key) => sayInterval(key, means[key])),
        ...(way ? [sayShareOfWay(toOracle?.p99)] : [])
      ]
    }))
  )
  const unverified = lines.some(({ cells }) => cells[0]?.endsWith(' *'))
  return {
    columns: ['contender', ...KEYS.map((key) => COMPARED[key].label), ...(way ? ['p99: way to oracle'] : [])],
    lines,
    notes: [
      `a line per ${knobs.join(' × ')}`,
      ...(seeds.length > 1 ? [`means of ${seeds.length} seeds, ± half of the 95 % interval`] : []),
      ...(unverified ? ['* unverified: it has not reproduced a published figure within 10 %'] : [])
    ]
  }
}

function brokenAsserts({ labels, contenders }: SweepPoint, { red, dim }: Colors): string[] {
  return contenders.flatMap(({ name, asserts }) =>
    asserts
      .filter(({ ok }) => !ok)
      .map(({ text, got }) => `${red('✗')} ${labels.join(', ')}: ${name}: ${text} ${dim(`(${got})`)}`)
  )
}
