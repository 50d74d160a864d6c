import { colorsFor } from '../report/colors.ts'
import { renderPage } from '../report/page.ts'
import { createResult, toJson } from '../report/result.ts'
import { renderTable } from '../report/table.ts'
import { runScenario } from '../run.ts'
import { readScenario } from '../scenario/parse.ts'
import type { World } from '../worlds.ts'
import { chooseDisplay, fileOf, report } from './output.ts'
import type { Outputs } from './output.ts'

export interface RunCommand extends Outputs {
  readonly world?: World
  readonly seeds?: number
  readonly contender?: string
  readonly metrics?: number
}

export async function run(file: string, options: RunCommand): Promise<void> {
  const scenario = readScenario(file)
  const { seeds, contender, metrics, world = 'real' } = options
  const outcome = await runScenario(scenario, {
    display: chooseDisplay(scenario, world),
    world,
    decisions: true,
    ...(seeds !== undefined && { seeds }),
    ...(contender !== undefined && { contender }),
    ...(metrics !== undefined && { metrics })
  })
  const result = createResult(scenario, outcome)
  report(renderTable(result, colorsFor(process.stdout)), [
    [fileOf(options.json, `${scenario.name}.json`), () => toJson(result)],
    [fileOf(options.html, `${scenario.name}.html`), () => renderPage(scenario, result, outcome.runs)]
  ])
  if (!result.ok) process.exitCode = 1
}
