import { createResult } from '../report/result.ts'
import { runScenario } from '../run.ts'
import { readScenario } from '../scenario/parse.ts'
import { keep } from './kept.ts'
import type { KeptControl } from './kept.ts'

export const CONTROLS: readonly string[] = [
  'homogeneous', 'homogeneous-many-clients', 'uneven-many-clients', 'low-rate', 'uniform-slowness', 'not-repeatable', 'uniform-errors', 'no-errors'
]

export function controlFile(name: string): string {
  return new URL(`../../scenarios/controls/${name}.json`, import.meta.url).pathname
}

/** Where a balancer has nothing to win: one negative control with its asserts. */
export async function runControl(name: string, seeds?: number): Promise<KeptControl> {
  const scenario = readScenario(controlFile(name))
  const result = createResult(scenario, await runScenario(scenario, { world: 'virtual', ...(seeds !== undefined && { seeds }) }))
  const { title, description } = scenario
  return {
    name,
    title,
    description,
    seeds: result.seeds.length,
    contenders: result.contenders.map(keep),
    asserts: result.contenders.flatMap(({ asserts }) => asserts)
  }
}
