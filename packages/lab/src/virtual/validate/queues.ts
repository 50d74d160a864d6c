import type { Contender } from '../../scenario/contenders.ts'
import { parseScenario } from '../../scenario/parse.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { directClient } from '../clients/direct.ts'
import { runVirtual } from '../world.ts'
import { batchMeans } from './batch-means.ts'
import type { Estimate } from './batch-means.ts'
import { meanInMD1, meanInMMc, quantileInMM1 } from './theory.ts'
import type { Station } from './theory.ts'

/** What the virtual world makes of a queue whose answer is known. */
export interface QueueCheck extends Estimate {
  /** Such as `M/M/4 at 70 %: mean time`. */
  readonly name: string
  readonly arrivals: number
  /** What theory says, in ms, or as a share. */
  readonly expected: number
  /** Whether it lies within the interval of 99 % confidence. */
  readonly ok: boolean
}

interface Queue {
  readonly name: string
  readonly law: 'exponential' | 'constant'
  readonly servers: number
  readonly mean: (station: Station) => number
}

const QUEUES: readonly Queue[] = [
  { name: 'M/M/1', law: 'exponential', servers: 1, mean: meanInMMc },
  { name: 'M/M/4', law: 'exponential', servers: 4, mean: meanInMMc },
  { name: 'M/D/1', law: 'constant', servers: 1, mean: meanInMD1 }
]

/** Mean service time, in ms. */
const WORK = 10
/** Share of arrivals that is left out at the beginning. */
const SKIP = 0.02
const TAIL = 0.99

export interface QueueOptions {
  /** Of each queue. Default ten million. */
  readonly arrivals?: number
  readonly utilizations?: readonly number[]
  readonly seed?: number
  /** Told before each queue is run. */
  readonly begin?: (name: string) => void
}

/** Checks the engine against queues with known answers: M/M/1, M/M/c and M/D/1. */
export function checkQueues({
  arrivals = 10_000_000,
  utilizations = [0.7],
  seed = 1,
  begin
}: QueueOptions = {}): QueueCheck[] {
  return utilizations.flatMap((utilization) =>
    QUEUES.flatMap((queue) => {
      begin?.(`${queue.name} at ${Math.round(utilization * 100)} %`)
      return checkQueue(queue, utilization, arrivals, seed)
    })
  )
}

function checkQueue(queue: Queue, utilization: number, arrivals: number, seed: number): QueueCheck[] {
  const station = { arrival: (utilization * queue.servers) / WORK, service: 1 / WORK, servers: queue.servers }
  const scenario = scenarioOf(queue, station, arrivals)
  const [contender] = scenario.contenders
  const { result, virtual } = runVirtual(scenario, contender as Contender, seed, {}, { make: directClient })
  if (virtual?.bound !== undefined) throw new Error(`a queue was not run to its end: bound on ${virtual.bound}`)
  const name = `${queue.name} at ${Math.round(utilization * 100)} %`
  const skip = Math.floor(result.latency.length * SKIP)
  const check = (what: string, expected: number, estimate: Estimate): QueueCheck => ({
    name: `${name}: ${what}`,
    arrivals: result.latency.length,
    expected,
    ...estimate,
    ok: expected >= estimate.low && expected <= estimate.high
  })
  const checks = [check('mean time', queue.mean(station), batchMeans(result.latency, skip))]
  if (queue.name !== 'M/M/1') return checks
  const limit = quantileInMM1(station, TAIL)
  const beyond = batchMeans(result.latency, skip, (latency) => (latency > limit ? 1 : 0))
  return [...checks, check('share beyond p99', 1 - TAIL, beyond)]
}

function scenarioOf({ law, servers }: Queue, { arrival }: Station, arrivals: number): Scenario {
  const serviceTime = law === 'constant' ? { kind: law, value: WORK } : { kind: law, mean: WORK }
  return parseScenario({
    version: 1,
    name: 'queue',
    services: { queue: { replicas: 1, slots: servers, serviceTime } },
    load: {
      arrivals: 'poisson',
      rate: arrival * 1_000,
      duration: arrivals / arrival,
      classes: [{ method: 'GET', path: '/' }]
    },
    contenders: [{ peer: 'round-robin' }],
    limits: { time: '1h' }
  })
}
