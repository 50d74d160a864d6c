import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileMistakes } from './files.ts'
import { acceptedBy, ScenarioError, toMistakes } from './mistakes.ts'
import type { Mistake } from './mistakes.ts'
import { referenceMistakes } from './references.ts'
import { completeScenario, scenarioSchema } from './scenario.ts'
import type { Scenario } from './scenario.ts'

/**
 * Checks a scenario and fills in its defaults. Throws `ScenarioError` with every mistake at once. Files that it names
 * are found from `folder`.
 */
export function parseScenario(input: unknown, source = 'the scenario', folder = '.'): Scenario {
  const result = scenarioSchema.safeParse(input, { reportInput: true, error: acceptedBy })
  const shape = result.success ? [] : result.error.issues.flatMap(toMistakes)
  const mistakes: Mistake[] = [...shape, ...referenceMistakes(input), ...fileMistakes(input, folder)]
  if (mistakes.length > 0 || !result.success) throw new ScenarioError(source, mistakes)
  return completeScenario(result.data, folder)
}

export function readScenario(file: string): Scenario {
  return parseScenario(readJson(file), file, dirname(file))
}

export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error)
    throw new ScenarioError(file, [{ path: '', got, accepted: 'a readable file with a JSON object' }])
  }
}
