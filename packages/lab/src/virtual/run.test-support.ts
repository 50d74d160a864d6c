import { sampleInput } from '../sample.test-support.ts'
import type { Recording } from '../recording.ts'
import { parseScenario } from '../scenario/parse.ts'
import type { Scenario, ScenarioInput } from '../scenario/scenario.ts'
import { directClient } from './clients/direct.ts'
import type { MakeClient } from './contract.ts'
import { runVirtual } from './world.ts'
import type { VirtualOptions } from './world.ts'

export type ServiceInput = ScenarioInput['services'][string]

/** One service called `catalog` whose work takes 10 ms, called at the instants given. */
export function calledAt(
  instants: readonly number[],
  service: Partial<ServiceInput> = {},
  more: Partial<ScenarioInput> = {}
): Scenario {
  return parseScenario(
    sampleInput({
      services: { catalog: { replicas: 1, slots: 1, serviceTime: { kind: 'constant', value: 10 }, ...service } },
      load: { arrivals: 'trace', instants: [...instants], duration: '10s', classes: [{ method: 'GET', path: '/' }] },
      contenders: [{ peer: 'round-robin' }],
      ...more
    })
  )
}

/** By default with no client at all, so that what is seen is the world. */
export function run(
  scenario: Scenario,
  { make = directClient, ...options }: VirtualOptions & { readonly seed?: number } = {}
): Recording {
  return runVirtual(
    scenario,
    scenario.contenders[0] as Scenario['contenders'][number],
    options.seed ?? 1,
    {},
    { make, ...options }
  )
}

/** With the client that the scenario names. */
export function runNamed(scenario: Scenario, seed = 1): Recording {
  return runVirtual(scenario, scenario.contenders[0] as Scenario['contenders'][number], seed)
}

export function latenciesOf({ result }: Recording): number[] {
  return Array.from(result.latency, (value) => Number(value.toFixed(6)))
}

/** Each call goes to the replica that its number says. */
export const inTurn: MakeClient = ({ upstreams }) => {
  let all = upstreams
  return {
    call: (call, sink) =>
      void all[call.index % all.length]?.send(call, 0, { onHead: (outcome, now) => sink.onEnd(call, outcome, now) }),
    members: (list) => void (all = list)
  }
}
