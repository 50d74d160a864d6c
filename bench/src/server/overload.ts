import { parseScenario, runReal, type Recording, type Scenario, type ScenarioInput } from '@inmesh/lab'
import { max, min } from 'simple-statistics'
import type { Bar } from '../report/bar.ts'
import type { Row } from '../report/result.ts'

const factors = [2, 5] as const
const contenders = ['inmesh', 'bare'] as const
/** Callers give up after that, so what is answered later is not good. */
const patience = '500ms'
/** With the load that is measured: what a contender makes of the first second of an overload is the lab's to judge. */
const warmUp = 2_000
const duration = 6_000
/** Calls that come at once and are worked off. */
const heap = 500
const seed = 1

const service = {
  replicas: 1,
  work: 'cpu',
  serviceTime: { kind: 'lognormal', median: '9ms', p99: '18ms' },
  drawnBy: 'call',
  admission: {},
} as const

export const overloadBars: readonly Bar[] = factors.map((factor) => ({ contender: 'inmesh', metric: metricOf(factor), of: 'median', atLeast: 0.9 }))

export interface Overloaded {
  readonly rows: readonly Row[]
  readonly note: string
}

/**
 * Goodput of a server that computes, under more load than it can serve, as a share of the most that it can: one replica
 * process, one client process without retries and without kept connections, real sockets.
 */
export async function overload(): Promise<Overloaded> {
  const before = await peak()
  const runs: { readonly factor: number; readonly contender: string; readonly recording: Recording }[] = []
  for (const factor of factors) {
    for (const contender of contenders) runs.push({ factor, contender, recording: await run(contender, factor * before) })
  }
  // Whatever else the machine did made the lower of the two low.
  const top = Math.max(before, await peak())
  const busiest = Math.max(...runs.map(({ recording: { cpu = 0 } }) => cpu))
  return {
    rows: runs.map(({ factor, contender, recording }) => rowOf(contender, factor, goodput(recording).map((good) => good / top))),
    note: `peak: ${top.toFixed(1)} a second, as a bare server works off ${heap} calls; a reply after ${patience} is not good; min and max are of single seconds; the machine was ${Math.round(busiest * 100)} % busy at most, of which the server is one core`,
  }
}

function metricOf(factor: number): string {
  return `goodput-${factor}x`
}

function rowOf(contender: string, factor: number, shares: readonly number[]): Row {
  const mean = shares.reduce((sum, each) => sum + each, 0) / shares.length
  return { contender, metric: metricOf(factor), unit: 'share', median: mean, min: min([...shares]), max: max([...shares]), runs: shares.length }
}

/** As fast as it goes when nobody gives up and there is always something to do. */
async function peak(): Promise<number> {
  const { result } = await real('bare', { arrivals: 'uniform', rate: 1_000, duration: heap, drain: '1m', classes: [{ method: 'GET', path: '/page' }] })
  const end = max(Array.from(result.dueAt, (due, call) => due + result.latency[call]!))
  return (result.dueAt.length / end) * 1_000
}

function run(contender: string, rate: number): Promise<Recording> {
  return real(contender, { arrivals: 'poisson', rate, warmUp, duration, drain: '1s', classes: [{ method: 'GET', path: '/page', timeout: patience }] })
}

async function real(name: string, load: ScenarioInput['load']): Promise<Recording> {
  const scenario: Scenario = parseScenario({
    version: 1,
    name: 'overload',
    services: { render: service },
    load,
    // A connection for each call: those stand in the kernel's queue, where no server sees them.
    contenders: [{ name, peer: 'undici', admission: name === 'inmesh', options: { pipelining: 0 } }],
  })
  return runReal(scenario, scenario.contenders[0]!, seed)
}

/** Calls answered with success, by the second in which they were due. */
function goodput({ result: { dueAt, outcome } }: Recording): readonly number[] {
  const seconds = Array.from({ length: duration / 1_000 }, () => 0)
  for (const [call, due] of dueAt.entries()) if (due >= 0 && outcome[call] === 1) seconds[Math.floor(due / 1_000)]! += 1
  return seconds
}
