import { formatDuration } from '../scenario/duration.ts'
import { ScenarioError } from '../scenario/mistakes.ts'
import type { Mistake } from '../scenario/mistakes.ts'
import { replicaNames } from '../scenario/scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'

const MAX_RATE = 200
const MAX_REPLICAS = 20
const MAX_TIME = 10 * 60_000

/** What one machine can do with real processes while its CPU stays idle enough not to be what is measured. */
export function checkRealWorld(scenario: Scenario): void {
  const { services, load, faults } = scenario
  const mistakes: Mistake[] = []
  const atMost = (path: string, got: number, most: number, say: (value: number) => string): void => {
    if (got > most) mistakes.push({ path, got: say(got), accepted: `at most ${say(most)} in the real world` })
  }
  atMost('load.rate', load.rate, MAX_RATE, (rate) => `${rate} calls a second`)
  atMost('services', replicaNames(services).length, MAX_REPLICAS, (count) => `${count} replicas`)
  atMost(
    'load.duration',
    load.warmUp + load.duration + load.drain,
    MAX_TIME,
    (time) => `${formatDuration(time)} with warm-up and drain`
  )
  if (process.platform === 'win32') {
    for (const [at, { kind }] of faults.entries()) {
      if (kind === 'hang')
        mistakes.push({
          path: `faults[${at}].kind`,
          got: '"hang"',
          accepted: 'anything else: Windows cannot stop a process and let it go on'
        })
    }
  }
  if (mistakes.length > 0) throw new ScenarioError(scenario.name, mistakes)
}
