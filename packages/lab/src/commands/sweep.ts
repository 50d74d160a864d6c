import { plainDisplay } from '../progress/plain.ts'
import { colorsFor } from '../report/colors.ts'
import { toJson } from '../report/result.ts'
import type { Display } from '../run.ts'
import { renderSweepPage } from '../sweep/page.ts'
import { readSweep } from '../sweep/read.ts'
import type { Setting, Sweep } from '../sweep/read.ts'
import { runSweep } from '../sweep/sweep.ts'
import { renderSweep } from '../sweep/table.ts'
import type { World } from '../worlds.ts'
import { fileOf, report } from './output.ts'
import type { Outputs } from './output.ts'

export interface SweepCommand extends Outputs {
  readonly world?: World
  readonly seeds?: number
  readonly contender?: string
  readonly set?: readonly Setting[]
}

export async function sweep(file: string, options: SweepCommand): Promise<void> {
  const { world, seeds, contender, set = [] } = options
  const read = readSweep(file, set)
  const result = await runSweep(read, {
    display: (at) => displayOf(read, at, world ?? read.world),
    ...(world !== undefined && { world }),
    ...(seeds !== undefined && { seeds }),
    ...(contender !== undefined && { contender })
  })
  report(renderSweep(result, colorsFor(process.stdout)), [
    [fileOf(options.json, `${read.name}.json`), () => toJson(result)],
    [fileOf(options.html, `${read.name}.html`), () => renderSweepPage(result)]
  ])
  if (result.points.some(({ ok }) => !ok)) process.exitCode = 1
}

/** A line per run, with how many values are done: a sweep is too long to be drawn in place. */
function displayOf({ points }: Sweep, at: number, world: World): Display {
  const [point] = points.slice(at)
  const where = `${at + 1}/${points.length} ${point?.labels.join(', ') ?? ''}`
  if (point === undefined) throw new Error(`no point ${at}`)
  return plainDisplay(point.scenario, (line) => console.error(`${where}  ${line}`), world)
}
