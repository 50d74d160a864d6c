import { runScenario } from '../run.ts'
import type { Run } from '../run.ts'
import { readScenario } from '../scenario/parse.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { judge } from '../stats/verdicts.ts'
import type { Verdict } from '../stats/verdicts.ts'
import type { KeptHead } from './kept.ts'

export const OVERLOADS: readonly string[] = ['overload-2x', 'overload-5x', 'metastable', 'retry-storm', 'mixed-criticality']

/** One thing asked for, and how everybody stands to it: who was asked, and who has no server half to do it with. */
export interface KeptAsked {
  readonly text: string
  /** Of whom it is asked; the others stand beside it. */
  readonly of: string | undefined
  readonly ok: boolean
  /** The worst of the seeds, by the scenario's contenders. */
  readonly got: readonly string[]
}

export interface KeptOverload {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly seeds: number
  readonly contenders: readonly string[]
  readonly asked: readonly KeptAsked[]
}

export interface KeptOverloads extends KeptHead {
  readonly overloads: readonly KeptOverload[]
}

export function overloadFile(name: string): string {
  return new URL(`../../scenarios/overload/${name}.json`, import.meta.url).pathname
}

export async function runOverload(name: string, seeds?: number): Promise<KeptOverload> {
  const scenario = readScenario(overloadFile(name))
  const { runs } = await runScenario(scenario, { world: 'virtual', ...(seeds !== undefined && { seeds }) })
  const contenders = scenario.contenders.map((each) => each.name)
  const { title, description } = scenario
  return { name, title, description, seeds: runs.length / contenders.length, contenders, asked: askedOf(scenario, runs) }
}

function askedOf(scenario: Scenario, runs: readonly Run[]): KeptAsked[] {
  return scenario.asserts.map(({ contender: of, ...each }, at) => {
    const verdicts = scenario.contenders.map(({ name }) =>
      worst(runs.filter(({ figures }) => figures.name === name).flatMap(({ figures, readings }) => judge({ ...scenario, asserts: [each] }, { figures, readings: readings.slice(at, at + 1) })))
    )
    const asked = verdicts.filter((_, index) => of === undefined || scenario.contenders[index]?.name === of)
    return { text: verdicts[0]?.text ?? '', of, ok: asked.every((verdict) => verdict?.ok === true), got: verdicts.map((verdict) => verdict?.got ?? '') }
  })
}

function worst(verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.reduce<Verdict | undefined>((worse, each) => (worse === undefined || each.load > worse.load ? each : worse), undefined)
}
