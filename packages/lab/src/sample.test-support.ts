import type { Recording } from './recording.ts'
import type { CallsAndTries } from './recording.ts'
import { parseScenario } from './scenario/parse.ts'
import type { Scenario, ScenarioInput } from './scenario/scenario.ts'

/** A scenario file as small as it gets; a test says what matters to it. */
export function sampleInput(more: Partial<ScenarioInput> = {}): ScenarioInput {
  return {
    version: 1,
    name: 'sample',
    services: { catalog: { replicas: 2, serviceTime: { kind: 'constant', value: '2ms' } } },
    load: { arrivals: 'poisson', rate: 50, duration: '3s', classes: [{ method: 'GET', path: '/items/:id' }] },
    contenders: [{ peer: 'undici', options: { timeout: '300ms' } }],
    ...more
  }
}

export function sampleScenario(more: Partial<ScenarioInput> = {}): Scenario {
  return parseScenario(sampleInput(more))
}

export interface SampleCall {
  readonly at: number
  readonly ms: number
  readonly failed?: boolean
  /** Endpoints of its tries, begun when it was due. */
  readonly tries?: readonly number[]
}

/** A recording made by hand, for figures whose right value is known. */
export function sampleRecording(calls: readonly SampleCall[], more: Partial<Recording> = {}): Recording {
  const tries = calls.flatMap(({ at, tries: to = [0] }, call) => to.map((endpoint) => ({ at, endpoint, call })))
  const result: CallsAndTries = {
    dueAt: Float64Array.from(calls, ({ at }) => at),
    classOf: new Uint8Array(calls.length),
    latency: Float64Array.from(calls, ({ ms }) => ms),
    outcome: Uint8Array.from(calls, ({ failed }) => (failed === true ? 2 : 1)),
    lateness: new Float64Array(calls.length),
    failures: {},
    tries: {
      at: Float64Array.from(tries, ({ at }) => at),
      endpoint: Uint16Array.from(tries, ({ endpoint }) => endpoint),
      call: Int32Array.from(tries, ({ call }) => call),
      sent: new Uint8Array(tries.length).fill(1)
    }
  }
  return {
    contender: 'undici',
    seed: 1,
    endpoints: ['catalog-1', 'catalog-2'],
    result,
    cpu: 0.1,
    repeatedWork: 0,
    arrivals: {},
    steps: [],
    ...more
  }
}
