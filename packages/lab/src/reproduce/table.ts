import Table from 'cli-table3'
import type { Colors } from '../report/colors.ts'
import { deviation, isReproduced } from './experiment.ts'
import type { Figure, Reproduction } from './experiment.ts'

/** For the terminal: published, ours, how far off, and below what differs in set-up. */
export function renderReproduction({ title, source, figures, differs }: Reproduction, colors: Colors): string {
  const table = new Table({ head: ['', 'published', 'ours', 'off by'], colAligns: ['left', 'right', 'right', 'right'], style: { head: [], border: [] } })
  for (const figure of figures) table.push([figure.what, say(figure.published, figure), say(figure.ours, figure), sayDeviation(figure, colors)])
  const notes = differs.map((line) => `  · ${line}`)
  return [colors.bold(title), colors.dim(source), table.toString(), 'What differs in set-up:', ...notes, ''].join('\n')
}

function say(value: number | undefined, { unit }: Figure): string {
  if (value === undefined) return '–'
  const digits = Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 99 ? 1 : Math.abs(value) >= 10 ? 1 : 2
  return `${Number(value.toFixed(digits)).toLocaleString('en')} ${unit}`
}

function sayDeviation(figure: Figure, colors: Colors): string {
  const off = deviation(figure)
  if (off === undefined) return '–'
  const text = `${off < 0 ? '−' : '+'}${Math.abs(100 * off).toFixed(1)} %`
  return isReproduced(figure) === true ? colors.green(text) : colors.red(text)
}
