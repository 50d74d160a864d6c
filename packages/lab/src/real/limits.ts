import { formatDuration } from '../scenario/duration.ts'
import { overlap, shareTarget } from '../scenario/fault-references.ts'
import { realDrain } from '../scenario/load.ts'
import { ScenarioError } from '../scenario/mistakes.ts'
import type { Mistake } from '../scenario/mistakes.ts'
import { replicaNames } from '../scenario/scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { protocolMistakes } from './protocols.ts'
import { newFieldMistakes } from './virtual-only.ts'

const MAX_RATE = 1_000
const MAX_REPLICAS = 20
const MAX_TIME = 10 * 60_000

/** What the load generator of one machine can do without being what is measured; how busy the machine is, asserts say. */
export function checkRealWorld(scenario: Scenario): void {
  const mistakes = [...sizeMistakes(scenario), ...faultMistakes(scenario), ...newFieldMistakes(scenario), ...protocolMistakes(scenario)]
  if (mistakes.length > 0) throw new ScenarioError(scenario.name, mistakes)
}

function sizeMistakes({ services, load }: Scenario): Mistake[] {
  const mistakes: Mistake[] = []
  const atMost = (path: string, got: number, most: number, say: (value: number) => string): void => {
    if (got > most) mistakes.push({ path, got: say(got), accepted: `at most ${say(most)} in the real world` })
  }
  const calls = (rate: number): string => `${rate} calls a second`
  if (load.arrivals !== 'closed') atMost('load.rate', load.rate, MAX_RATE, calls)
  if (load.arrivals === 'ramp') atMost('load.to', load.to, MAX_RATE, calls)
  if (load.arrivals === 'spike') atMost('load.peak', load.peak, MAX_RATE, calls)
  atMost('services', replicaNames(services).length, MAX_REPLICAS, (count) => `${count} replicas`)
  const time = load.warmUp + load.duration + realDrain(load)
  atMost('load.duration', time, MAX_TIME, (ms) => `${formatDuration(ms)} with warm-up and drain`)
  return mistakes
}

function faultMistakes({ faults }: Scenario): Mistake[] {
  return faults.flatMap((each, at) => {
    const path = `faults[${at}]`
    const mistakes: Mistake[] = []
    const clash = faults.slice(0, at).find((other) => overlap(other, each) && shareTarget(other, each))
    if (clash !== undefined) {
      const accepted = 'one fault at a time on a replica in the real world'
      mistakes.push({ path, got: `a time that overlaps ${clash.name}`, accepted })
    }
    if (process.platform === 'win32' && each.kind === 'hang') {
      const accepted = 'anything else: Windows cannot stop a process and let it go on'
      mistakes.push({ path: `${path}.kind`, got: '"hang"', accepted })
    }
    return mistakes
  })
}
