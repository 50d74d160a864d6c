import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { wholeGrid } from '../gray/grid.ts'
import { grayJson } from '../gray/json.ts'
import { runCell } from '../gray/run.ts'
import { CONTROLS, runControl } from '../results/controls.ts'
import { keptJson } from '../results/kept.ts'
import type { KeptControl } from '../results/kept.ts'
import { ScenarioError } from '../scenario/mistakes.ts'
import { OVERLOADS, runOverload } from '../results/overload.ts'
import type { KeptOverload } from '../results/overload.ts'
import { keepSweep, SWEEPS } from '../results/sweeps.ts'
import { validate } from '../results/validation.ts'

const BAD_DAY = fileURLToPath(new URL('../../scenarios/bad-day.json', import.meta.url))

export const PARTS: readonly string[] = ['gray', 'controls', 'overload', 'sweeps', 'validation']

/** Runs again what the results page is made of, and keeps it: `results gray`, `results sweeps`, `results balance-decay`. */
export async function results(parts: readonly string[], { to }: { readonly to: string }): Promise<void> {
  const head = { node: process.version, date: new Date().toISOString().slice(0, 10) }
  const keep = (name: string, text: string): void => {
    const file = join(to, `${name}.json`)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
    console.error(`wrote ${file}`)
  }
  const known = [...PARTS, ...SWEEPS]
  const unknown = parts.filter((part) => !known.includes(part))
  if (unknown.length > 0) throw new ScenarioError('results', [{ path: 'parts', got: unknown.join(', '), accepted: known.join(', ') }])
  const wanted = (name: string): boolean => parts.length === 0 || parts.includes(name)
  for (const name of SWEEPS) {
    if (wanted('sweeps') || parts.includes(name)) keep(`sweeps/${name}`, keptJson(await keepSweep(name)))
  }
  if (wanted('controls')) {
    const controls: KeptControl[] = []
    for (const name of CONTROLS) controls.push(await runControl(name))
    keep('controls', keptJson({ ...head, controls }))
  }
  if (wanted('overload')) {
    const overloads: KeptOverload[] = []
    for (const name of OVERLOADS) overloads.push(await runOverload(name))
    keep('overload', keptJson({ ...head, overloads }))
  }
  if (wanted('validation')) keep('validation', keptJson(await validate(BAD_DAY)))
  if (wanted('gray')) keep('gray', grayJson({ ...head, cells: wholeGrid().map(({ cell, size }) => runCell(cell, size)) }))
}
