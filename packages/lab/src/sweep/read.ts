import { dirname, resolve } from 'node:path'
import { acceptedBy, ScenarioError, toMistakes } from '../scenario/mistakes.ts'
import type { Mistake } from '../scenario/mistakes.ts'
import { parseScenario, readJson } from '../scenario/parse.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { World } from '../worlds.ts'
import { PathError, withValue } from './path.ts'
import { sweepSchema } from './schema.ts'
import type { ParsedSweep } from './schema.ts'

/** One combination of values. */
export interface Point {
  readonly labels: readonly string[]
  readonly scenario: Scenario
}

export interface Sweep {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly world: World
  readonly seeds: number | undefined
  readonly knobs: readonly string[]
  readonly points: readonly Point[]
}

/** Changes given on the command line: `load.rate=100,200,300`. */
export interface Setting {
  readonly path: string
  readonly values: readonly unknown[]
}

export function parseSetting(text: string): Setting {
  const at = text.indexOf('=')
  const path = text.slice(0, at)
  const values = text.slice(at + 1)
  if (at < 1 || values === '') throw new Error('path=value,value,…')
  return {
    path,
    values: values.startsWith('[') ? (JSON.parse(values) as unknown[]) : values.split(',').map(parseValue)
  }
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A sweep's file, or a scenario's with settings. Every point's mistakes are told before anything runs. */
export function readSweep(file: string, settings: readonly Setting[] = []): Sweep {
  const json = readJson(file)
  if (isSweep(json)) return complete(parse(json, file), dirname(file), settings, file)
  if (settings.length === 0) {
    throw new ScenarioError(file, [{ path: '--set', got: 'nothing', accepted: 'path=value,value,… for a scenario' }])
  }
  const name = String(Reflect.get(json as object, 'name') ?? 'sweep')
  return complete(
    { version: 1, name, scenario: json as Record<string, unknown>, set: [], world: 'virtual' },
    dirname(file),
    settings,
    file
  )
}

function isSweep(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'set' in json
}

function parse(json: unknown, file: string): ParsedSweep {
  const parsed = sweepSchema.safeParse(json, { reportInput: true, error: acceptedBy })
  if (!parsed.success) throw new ScenarioError(file, parsed.error.issues.flatMap(toMistakes))
  return parsed.data
}

interface Knob {
  readonly name: string
  readonly values: readonly { readonly label: string; readonly set: Readonly<Record<string, unknown>> }[]
}

function complete(sweep: ParsedSweep, folder: string, settings: readonly Setting[], file: string): Sweep {
  const given = typeof sweep.scenario === 'string' ? resolve(folder, sweep.scenario) : undefined
  const input = given === undefined ? sweep.scenario : readJson(given)
  const knobs = [...sweep.set, ...settings].map(knobOf)
  const mistakes: Mistake[] = []
  // What has one value is set, and tells no point from another.
  const varied = knobs.filter(({ values }) => values.length > 1 || knobs.length === 1)
  const points = combinations(knobs).map((values) => {
    const labels = values.filter((_, at) => varied.includes(knobs[at] as Knob)).map(({ label }) => label)
    const scenario = scenarioAt(input, values, given === undefined ? folder : dirname(given), mistakes)
    return { labels, scenario }
  })
  if (mistakes.length > 0) throw new ScenarioError(file, unique(mistakes))
  const { name, title = name, description = '', world, seeds } = sweep
  const known = points.flatMap(({ labels, scenario }) => (scenario === undefined ? [] : [{ labels, scenario }]))
  return { name, title, description, world, seeds, knobs: varied.map((each) => each.name), points: known }
}

function knobOf(knob: ParsedSweep['set'][number] | Setting): Knob {
  if ('path' in knob) {
    const { path } = knob
    return { name: path, values: knob.values.map((value) => ({ label: labelOf(value), set: { [path]: value } })) }
  }
  return knob
}

function labelOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function combinations(knobs: readonly Knob[]): Knob['values'][number][][] {
  return knobs.reduce<Knob['values'][number][][]>(
    (all, { values }) => all.flatMap((before) => values.map((value) => [...before, value])),
    [[]]
  )
}

function scenarioAt(input: unknown, values: Knob['values'], folder: string, mistakes: Mistake[]): Scenario | undefined {
  try {
    const changes = values.flatMap(({ set }) => Object.entries(set))
    const changed = changes.reduce((scenario, [path, value]) => withValue(scenario, path, value), input)
    return parseScenario(changed, 'the scenario', folder)
  } catch (error) {
    if (error instanceof ScenarioError) mistakes.push(...error.mistakes)
    else if (error instanceof PathError)
      mistakes.push({ path: error.message.split(':')[0] ?? '', got: error.got, accepted: error.accepted })
    else throw error
    return undefined
  }
}

/** What is wrong with the scenario itself is wrong at every point: once is enough. */
function unique(mistakes: readonly Mistake[]): Mistake[] {
  return [...new Map(mistakes.map((each) => [`${each.path}: ${each.got}`, each])).values()]
}
