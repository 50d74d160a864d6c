import type { Scenario } from '../scenario/scenario.ts'

/** The faults drawn over time, on as many rows as overlaps need: `slow 1───   hang 3──`. */
export function timelineRows({ faults, load }: Pick<Scenario, 'faults' | 'load'>, width: number): string[] {
  const rows: { text: string; end: number }[] = []
  const cellsOf = (ms: number): number => Math.floor((ms / load.duration) * width)
  for (const { kind, at, for: length, where } of faults) {
    const from = cellsOf(at)
    const cells = Math.max(1, cellsOf(Math.min(length, load.duration - at)))
    let row = rows.find(({ end }) => end <= from)
    if (row === undefined) rows.push((row = { text: '', end: 0 }))
    row.text = row.text.padEnd(from) + labelOf(kind, where, cells)
    row.end = from + cells
  }
  return rows.map(({ text }) => text)
}

/** The whole name where it fits, else the kind and the replica's number. */
function labelOf(kind: string, where: string, cells: number): string {
  const whole = `${kind} ${where}`
  const text = whole.length <= cells ? whole : `${kind} ${where.split('-').at(-1)}`
  return text.slice(0, cells).padEnd(cells, '─')
}
