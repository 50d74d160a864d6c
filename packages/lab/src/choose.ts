import type { Assertion } from './scenario/asserts.ts'
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

/** Only a mesh on real sockets has somebody to read what it decides: virtual time is over before anybody asks twice. */
export function checkMetrics({ name }: Scenario, world: World, chosen: readonly Contender[], port: number): void {
  const accepted = world === 'real' ? 'an inmesh contender, which none of these is' : 'only in the real world'
  if (world === 'real' && chosen.some(({ kind }) => kind === 'inmesh')) return
  throw new ScenarioError(name, [{ path: '--metrics', got: String(port), accepted }])
}

/** Whom a world does not have, and the asserts that nobody could judge in this run. */
export function leftOut(scenario: Scenario, world: World, chosen: readonly Contender[]): string[] {
  const missing = scenario.contenders.filter((each) => !worlds[world].has(each)).map((each) => each.name)
  const are = missing.length === 1 ? 'is' : 'are'
  return [
    ...(missing.length === 0 ? [] : [`${missing.join(', ')} ${are} not of the ${world} world and left out`]),
    ...scenario.asserts.flatMap((each, at) => {
      const why = whyNotJudged(each, world, chosen)
      return why === undefined ? [] : [`asserts[${at}] (${each.metric}) is not judged: ${why}`]
    })
  ]
}

function whyNotJudged(each: Assertion, world: World, chosen: readonly Contender[]): string | undefined {
  if (each.metric === 'cpu' && world === 'virtual') return 'virtual time has no CPU'
  const named = [each.contender, 'of' in each ? each.of : undefined].filter((name) => name !== undefined)
  const needed = each.metric === 'shareOfOracle' ? ['round-robin', 'oracle'] : []
  const absent = [
    ...named.filter((name) => chosen.every((one) => one.name !== name)),
    ...needed.filter((peer) => chosen.every((one) => one.peer !== peer))
  ]
  return absent.length === 0 ? undefined : `${absent.join(' and ')} did not run`
}
