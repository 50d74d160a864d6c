#!/usr/bin/env node
import '@inmesh/pipeline/node-version'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import { colorsFor } from './report/colors.ts'
import { liveDisplay } from './progress/live.ts'
import { plainDisplay } from './progress/plain.ts'
import { renderPage } from './report/page.ts'
import { createResult, toJson } from './report/result.ts'
import { renderTable } from './report/table.ts'
import { runScenario } from './run.ts'
import type { Display } from './run.ts'
import { chooseContenders } from './choose.ts'
import { ScenarioError } from './scenario/mistakes.ts'
import { readScenario } from './scenario/parse.ts'
import { replicaNames } from './scenario/scenario.ts'
import type { Scenario } from './scenario/scenario.ts'
import { worldNames, worlds } from './worlds.ts'
import type { World } from './worlds.ts'

interface Options {
  readonly world?: World
  readonly seeds?: number
  readonly json?: string
  readonly html?: string
  readonly contender?: string
}

const BAD_DAY = fileURLToPath(new URL('../scenarios/bad-day.json', import.meta.url))

function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 100)
    throw new InvalidArgumentError('A whole number from 1 to 100.')
  return value
}

/** Progress goes to stderr and results to stdout, so that a pipe gets the results alone. */
function chooseDisplay(scenario: Scenario, world: World): Display {
  if (process.stderr.isTTY && process.env['CI'] === undefined)
    return liveDisplay(scenario, colorsFor(process.stderr), process.stderr)
  return plainDisplay(scenario, (line) => console.error(line), world)
}

async function run(file: string, options: Options): Promise<void> {
  const scenario = readScenario(file)
  const { seeds, contender, world = 'real' } = options
  const display = chooseDisplay(scenario, world)
  const outcome = await runScenario(scenario, {
    display,
    world,
    ...(seeds !== undefined && { seeds }),
    ...(contender !== undefined && { contender })
  })
  const result = createResult(scenario, outcome)
  if (options.json !== undefined) write(options.json, toJson(result))
  if (options.html !== undefined) write(options.html, renderPage(scenario, result, outcome.runs))
  console.log(renderTable(result, colorsFor(process.stdout)))
  for (const path of [options.json, options.html]) if (path !== undefined) console.log(`wrote ${path}`)
  if (!result.ok) process.exitCode = 1
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function check(file: string): void {
  const scenario = readScenario(file)
  const { faults, contenders, asserts, services } = scenario
  console.log(
    `${file} is good: ${replicaNames(services).length} replicas, ${contenders.length} contenders, ${faults.length} faults, ${asserts.length} asserts`
  )
  const refusals = worldNames.map((world) => [world, refusalOf(scenario, world)] as const)
  for (const [world, refusal] of refusals) {
    console.log(refusal === undefined ? `it runs in the ${world} world` : `not in the ${world} world: ${refusal}`)
  }
  if (refusals.every(([, refusal]) => refusal !== undefined)) process.exitCode = 2
}

/** Why a world would not run it, in a line. */
function refusalOf(scenario: Scenario, world: World): string | undefined {
  try {
    worlds[world].check(scenario)
    chooseContenders(scenario, world)
    return undefined
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    return error.mistakes.map(({ path, got, accepted }) => `${path}: got ${got}; accepted: ${accepted}`).join('\n  ')
  }
}

const program = new Command('inmesh-lab').description('Scenarios that prove what inmesh claims').showHelpAfterError()
const seeds = new Option('--seeds <count>', 'run this many seeds and report the worst of each figure').argParser(
  positiveInteger
)
const contender = new Option('--contender <name>', 'only this contender')

program
  .command('demo')
  .description('the bad day: what undici and inmesh make of it; leaves reports/demo.json and reports/demo.html')
  .addOption(seeds)
  .addOption(contender)
  .option('--json <file>', 'results as JSON', 'reports/demo.json')
  .option('--html <file>', 'results as a page', 'reports/demo.html')
  .action((options: Options) => run(BAD_DAY, options))

program
  .command('run')
  .description('run a scenario file')
  .argument('<scenario.json>')
  .addOption(new Option('--world <world>', 'where it runs').choices(worldNames).default('real'))
  .addOption(seeds)
  .addOption(contender)
  .option('--json <file>', 'write the results as JSON')
  .option('--html <file>', 'write the results as a page of its own')
  .action(run)

program
  .command('check')
  .description('check a scenario file and list every mistake')
  .argument('<scenario.json>')
  .action(check)

program.parseAsync().catch((error: unknown) => {
  // A mistake of the user's is told in its own words; for anything else the stack is what helps.
  const own = error instanceof ScenarioError
  console.error(
    own || !(error instanceof Error)
      ? colorsFor(process.stderr).red(error instanceof Error ? error.message : String(error))
      : error
  )
  process.exitCode = 2
})
