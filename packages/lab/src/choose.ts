import type { Contender } from './scenario/contenders.ts'
import { ScenarioError } from './scenario/mistakes.ts'
import type { Scenario } from './scenario/scenario.ts'
import { worlds } from './worlds.ts'
import type { World } from './worlds.ts'

/** The contenders that a world has: a scenario may name those of both, so that one file runs in either. */
export function chooseContenders({ contenders, name }: Scenario, world: World, only?: string): readonly Contender[] {
  const { has } = worlds[world]
  const possible = contenders.filter(has)
  if (only === undefined && possible.length > 0) return possible
  const chosen = possible.filter((each) => each.name === only)
  if (chosen.length > 0) return chosen
  const where = ` in the ${world} world`
  if (only === undefined) {
    const got = contenders.map((each) => each.peer).join(', ')
    throw new ScenarioError(name, [{ path: 'contenders', got, accepted: `at least one that there is${where}` }])
  }
  const elsewhere = contenders.some((each) => each.name === only) ? where : ''
  const accepted = possible.map((each) => each.name).join(', ') || 'none: there are none'
  throw new ScenarioError(name, [{ path: '--contender', got: `${JSON.stringify(only)}${elsewhere}`, accepted }])
}

/** Whom a world does not have, and the asserts that nobody could judge for it. */
export function leftOut({ contenders, asserts }: Scenario, world: World, chosen: readonly Contender[]): string[] {
  const missing = contenders.filter((each) => !worlds[world].has(each)).map((each) => each.name)
  if (missing.length === 0) return []
  const names = new Set(chosen.map((each) => each.name))
  const open = asserts.filter((each) =>
    [each.contender, 'of' in each ? each.of : undefined].some((name) => name !== undefined && !names.has(name))
  ).length
  const judged = open === 0 ? '' : `; ${open} ${open === 1 ? 'assert' : 'asserts'} about what is left out not judged`
  const are = missing.length === 1 ? 'is' : 'are'
  return [`${missing.join(', ')} ${are} not of the ${world} world and left out${judged}`]
}
