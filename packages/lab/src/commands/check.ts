import { chooseContenders } from '../choose.ts'
import { ScenarioError } from '../scenario/mistakes.ts'
import { readScenario } from '../scenario/parse.ts'
import { replicaNames } from '../scenario/scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { worldNames, worlds } from '../worlds.ts'
import type { World } from '../worlds.ts'

export function check(file: string): void {
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

/** Why a world would not run it, a line for each reason. */
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
