import { ScenarioError } from '../scenario/mistakes.ts'
import type { Mistake } from '../scenario/mistakes.ts'
import { allReplicaNames } from '../scenario/scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** Tries are recorded with the number of their endpoint in 16 bits. */
const MAX_ENDPOINTS = 65_535

/** What the virtual world cannot do. What is merely impossible to serve it runs, and reports what comes of it. */
export function checkVirtualWorld(scenario: Scenario): void {
  const endpoints = allReplicaNames(scenario).length
  const mistakes: Mistake[] = []
  if (endpoints > MAX_ENDPOINTS) {
    const accepted = `at most ${MAX_ENDPOINTS} replicas in the virtual world`
    mistakes.push({ path: 'services', got: `${endpoints} replicas`, accepted })
  }
  if (mistakes.length > 0) throw new ScenarioError(scenario.name, mistakes)
}
