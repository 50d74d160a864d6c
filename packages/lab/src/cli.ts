#!/usr/bin/env node
import '@inmesh/pipeline/node-version'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import { check } from './commands/check.ts'
import { compare } from './commands/compare.ts'
import { gray } from './commands/gray.ts'
import { peers } from './commands/peers.ts'
import { reproduce } from './commands/reproduce.ts'
import { PARTS, results } from './commands/results.ts'
import { run } from './commands/run.ts'
import type { RunCommand } from './commands/run.ts'
import { sweep } from './commands/sweep.ts'
import { validate } from './commands/validate.ts'
import { colorsFor } from './report/colors.ts'
import { ScenarioError } from './scenario/mistakes.ts'
import { parseSetting } from './sweep/read.ts'
import type { Setting } from './sweep/read.ts'
import { worldNames } from './worlds.ts'

const BAD_DAY = fileURLToPath(new URL('../scenarios/bad-day.json', import.meta.url))

function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 100)
    throw new InvalidArgumentError('A whole number from 1 to 100.')
  return value
}

function port(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new InvalidArgumentError('A port: a whole number from 1 to 65535.')
  return value
}

function setting(text: string, before: readonly Setting[] = []): readonly Setting[] {
  try {
    return [...before, parseSetting(text)]
  } catch {
    throw new InvalidArgumentError('path=value,value,… or path=[JSON, JSON, …].')
  }
}

const program = new Command('inmesh-lab').description('Scenarios that prove what inmesh claims').showHelpAfterError()
const seeds = new Option('--seeds <count>', 'run under this many seeds').argParser(positiveInteger)
const contender = new Option('--contender <name>', 'only this contender')
const metrics = new Option('--metrics <port>', 'let Prometheus read there, while it runs, what inmesh decides; real world').argParser(port)
const world = (): Option => new Option('--world <world>', 'where it runs').choices(worldNames)

program
  .command('demo')
  .description('the bad day: what undici and inmesh make of it; leaves reports/demo.json and reports/demo.html')
  .addOption(seeds)
  .addOption(contender)
  .addOption(metrics)
  .option('--json <file>', 'results as JSON', 'reports/demo.json')
  .option('--html <file>', 'results as a page', 'reports/demo.html')
  .action((options: RunCommand) => run(BAD_DAY, options))

program
  .command('run')
  .description('run a scenario file')
  .argument('<scenario.json>')
  .addOption(world().default('real'))
  .addOption(seeds)
  .addOption(contender)
  .addOption(metrics)
  .option('--json [file]', 'write the results as JSON; default: reports/<name>.json')
  .option('--html [file]', 'write the results as a page of its own; default: reports/<name>.html')
  .action(run)

program
  .command('sweep')
  .description('run a scenario over the values of a knob, or of several')
  .argument('<sweep.json | scenario.json>')
  .addOption(new Option('--set <path=value,value,…>', 'a knob of the scenario; may be given again').argParser(setting))
  .addOption(world())
  .addOption(seeds)
  .addOption(contender)
  .option('--json [file]', 'write the results as JSON; default: reports/<name>.json')
  .option('--html [file]', 'write the results as a page of its own; default: reports/<name>.html')
  .action(sweep)

program
  .command('gray')
  .description('gray failures of a fleet, through inmesh, its peers and an oracle; a minute with --quick, else many')
  .option('--quick', 'ten endpoints, one client, 70 % load, one seed')
  .option('--cell <part>', 'only cells whose name has this in it: slow-70-n10-')
  .option('--reports', 'replicas say what they have in flight')
  .option('--json <file>', 'write the results as JSON')
  .action(gray)

program
  .command('results')
  .description('run again what the results page is made of, and keep it')
  .argument('[parts...]', `${PARTS.join(', ')}, or the name of a sweep; default: all of them`)
  .option('--to <folder>', 'where it is kept', fileURLToPath(new URL('../results', import.meta.url)))
  .action(results)

program
  .command('compare')
  .description('two results side by side: what differs, and whether by more than seeds do')
  .argument('<first.json>')
  .argument('<second.json>')
  .option('--json [file]', 'write the comparison as JSON; default: reports/comparison.json')
  .action(compare)

program
  .command('reproduce')
  .description('published results, and what the virtual world makes of the same set-up')
  .argument('[names...]', 'which; default: all of them')
  .option('--json <file>', 'write the figures as JSON')
  .action(reproduce)

program
  .command('validate')
  .description('the engine of the virtual world against queues with known answers: M/M/1, M/M/4, M/D/1')
  .option('--arrivals <count>', 'of each queue', '10000000')
  .option('--utilization <share>', 'how busy the servers are', '0.7')
  .action(validate)

program
  .command('peers')
  .description('the peers of the virtual world: source, what was verified, what differs, options')
  .argument('[names...]', 'which; default: all of them')
  .action(peers)

program
  .command('check')
  .description('check a scenario file and list every mistake; say in which world it runs')
  .argument('<scenario.json>')
  .action(check)

program.parseAsync().catch((error: unknown) => {
  // A mistake of the user's is told in its own words; for anything else the stack is what helps.
  const own = error instanceof ScenarioError || !(error instanceof Error)
  const text = error instanceof Error ? error.message : String(error)
  console.error(own ? colorsFor(process.stderr).red(text) : error)
  process.exitCode = 2
})
