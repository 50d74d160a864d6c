import { sayShareOfWay } from '../../stats/share-of-way.ts'
import type { KeptContender, KeptControl, KeptControls, KeptSweep, KeptValidation } from '../kept.ts'
import { ms, share, table, within } from './markdown.ts'
import { WORLDS } from './words.ts'

const FIGURES = ['p50', 'p99', 'success', 'extra load']

function figures({ p50, p99, success, extraLoad }: KeptContender): string[] {
  return [within(p50), within(p99), share(success), share(extraLoad)]
}

export function controlsPage({ controls }: KeptControls): string {
  return [
    '## Negative controls',
    'Where there is nothing to win, nothing may be lost. Each is a scenario with asserts, run by the tests too. Times in ms, means over seeds ± half of the 95 % interval.',
    ...controls.map(controlPage)
  ].join('\n\n')
}

function controlPage({ name, title, description, seeds, contenders, asserts }: KeptControl): string {
  const way = contenders.some((each) => each.way !== undefined)
  const rows = contenders.map((each) => [each.name, ...figures(each), ...(way ? [sayShareOfWay(each.way)] : [])])
  return [
    `### ${title}`,
    `${description} ${seeds} seeds. [\`${name}.json\`](../packages/lab/scenarios/controls/${name}.json)`,
    table(['', ...FIGURES, ...(way ? ['way'] : [])], rows),
    asserts.map(({ text, ok, got }) => `- ${ok ? '✓' : '**✗ not reached:**'} ${text} (${got})`).join('\n')
  ].join('\n\n')
}

export function sweepPage({ sweep, title, description, knobs, seeds, points }: KeptSweep): string {
  const rows = points.flatMap(({ labels, contenders }) => contenders.map((each) => [...labels, ...figures(each)]))
  const said = description === '' ? '' : `${description} `
  return [
    `### ${title}`,
    `${said}${seeds} seeds. [\`${sweep}.json\`](../packages/lab/scenarios/sweeps/${sweep}.json)`,
    table([...knobs.map((each) => `\`${each}\``), ...FIGURES], rows)
  ].join('\n\n')
}

export function validationPage({ figures: all, cpu, cores, node, date, virtualSeeds }: KeptValidation): string {
  const rows = all.map(({ label, unit, real, virtual }) => {
    const say = (value: number): string => (unit === 'ms' ? tenths(value) : share(value))
    return [label, say(real), `${say(virtual.mean)} ± ${say(virtual.half)}`, differenceOf(unit, real, virtual.mean)]
  })
  return [
    '## The two worlds',
    `The demo's bad day through inmesh: once on real processes and sockets (${cpu}, ${cores} cores, Node ${node}, ${date}), and in virtual time under ${virtualSeeds} seeds, ± half of the 95 % interval. Times in ms.`,
    WORLDS,
    table(['', 'real', 'virtual', 'virtual − real'], rows)
  ].join('\n\n')
}

function tenths(value: number): string {
  return value < 1_000 ? Number(value.toFixed(1)).toString() : ms(value)
}

/** Of times a share of the real one; of shares in points. */
function differenceOf(unit: 'ms' | 'share', real: number, virtual: number): string {
  if (unit === 'share') return `${((virtual - real) * 100).toFixed(2)} points`.replace('-', '−')
  return real === 0 ? '' : `${(((virtual - real) / real) * 100).toFixed(0)} %`.replace('-', '−')
}
