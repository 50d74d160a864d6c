import type { Bar } from '../report/bar.ts'
import type { Row } from '../report/result.ts'
import { excess, use } from './excess.ts'
import { Fleet, type Member } from './fleet.ts'
import { startStagedRedis } from './staged-redis.ts'
import { BURST, RATE, scenarios, type Scenario } from './scenarios.ts'
import { shiftState } from './shift-state.ts'
import { TcpGate } from './tcp-gate.ts'

const windows = [100, 1000, 10_000] as const
const perMs = RATE / 1000
const processes = 4

export interface Played {
  readonly rows: readonly Row[]
  readonly bars: readonly Bar[]
  readonly notes: readonly string[]
}

interface Recorded {
  readonly scenario: Scenario
  readonly members: readonly Member[]
  /** All of them, in order. */
  readonly at: Float64Array
  readonly start: number
  /** Commands that clients have sent. */
  readonly commands: number
}

/** All that may happen to a fleet and its engine, over real processes, sockets and Redis. */
export async function playAll(): Promise<Played> {
  const rows: Row[] = []
  const bars: Bar[] = []
  const notes: string[] = []
  for (const scenario of scenarios) {
    console.log(`  ${scenario.name}, ${scenario.length / 1000} s`)
    const recorded = await play(scenario)
    rows.push(...boundRows(recorded))
    bars.push(...windows.map((window): Bar => ({ contender: scenario.name, metric: excessMetric(window), of: 'median', atMost: 0 })))
    if (scenario.used !== undefined) {
      rows.push(one(scenario.name, 'use-of-rate', 'share', use(recorded.at, recorded.start + scenario.used.from, recorded.start + scenario.used.until, perMs)))
      bars.push({ contender: scenario.name, metric: 'use-of-rate', of: 'median', atLeast: 0.98 })
    }
    if (scenario.name === 'saturation') {
      rows.push(opsRow('inmesh', recorded), fairnessRow(recorded))
      bars.push({ contender: 'inmesh', metric: 'redis-ops-per-admitted', of: 'median', atMost: 0.05 }, { contender: 'inmesh', metric: 'unfairness', of: 'median', atMost: 0.05 })
    }
    if (scenario.name.startsWith('Redis killed')) {
      rows.push(...outageRows(recorded))
      bars.push(
        { contender: 'inmesh', metric: 'held-in-outage', of: 'median', atLeast: 0.75, atMost: 0.85 },
        { contender: 'inmesh', metric: 'use-after-recovery', of: 'median', atLeast: 0.98 },
      )
    }
    notes.push(`${scenario.name}: ${recorded.at.length} admitted by ${recorded.members.map(({ admitted }) => admitted.length).join(' + ')}; the longest decision took ${Math.round(Math.max(...recorded.members.map(({ slowest }) => slowest)) / 1000)} µs, collections and this machine's other work included`)
  }
  console.log('  saturation of rate-limiter-flexible, 8 s')
  const peer = await play({ ...scenarios[0]!, length: 8000 }, 'rate-limiter-flexible')
  rows.push(opsRow('rate-limiter-flexible', peer), ...boundRows({ ...peer, scenario: { ...peer.scenario, name: 'rate-limiter-flexible' } }))
  return { rows, bars, notes }
}

async function play(scenario: Scenario, contender: 'inmesh' | 'rate-limiter-flexible' = 'inmesh'): Promise<Recorded> {
  const redis = await startStagedRedis()
  const other = await startStagedRedis()
  // One for each process, so that one can be cut off.
  const gates = Array.from({ length: 6 }, () => new TcpGate(redis.port))
  const ports = await Promise.all(gates.map((gate) => gate.listen()))
  const fleet = new Fleet({ contender, rate: RATE, burst: BURST, demand: scenario.demand, port: (index) => ports[index]! })
  try {
    await fleet.begin(scenario.processes ?? processes)
    const before = await commands(redis)
    await scenario.play?.({
      fleet,
      redis,
      failOver: async () => gates.forEach((gate) => gate.lead(other.port)),
      stepClock: (ms) => stepClock(redis, ms),
      cutOff: (index) => gates[index]!.lead(undefined),
      mend: (index) => gates[index]!.lead(redis.port),
    })
    await fleet.until(scenario.length)
    // Where Redis has begun again it has begun to count again, too: asked only where it has not.
    const sent = scenario.play === undefined ? (await commands(redis)) - before : 0
    await fleet.end()
    const at = Float64Array.from(fleet.members.flatMap(({ admitted }) => admitted)).sort()
    return { scenario, members: fleet.members, at, start: fleet.at(0), commands: sent }
  } finally {
    await fleet.end()
    for (const gate of gates) gate.close()
    await Promise.all([redis.stop(), other.stop()])
  }
}

/** Of the scripts that clients have asked for; what a script does inside is one operation with it. */
async function commands(redis: { ask(command: readonly string[]): Promise<unknown> }): Promise<number> {
  const stats = String(await redis.ask(['INFO', 'commandstats']))
  return [...stats.matchAll(/cmdstat_(?:evalsha|eval):calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
}

/** The state moves against the clock, which is the same for a script that knows nothing else of time. */
async function stepClock(redis: { ask(command: readonly string[]): Promise<unknown> }, ms: number): Promise<void> {
  await redis.ask(['EVAL', shiftState, '0', String(-ms)])
}

function boundRows({ scenario, members, at }: Recorded): readonly Row[] {
  const refresh = Math.max(100, ...members.map(({ hold }) => hold.refresh))
  // What design says of k and low, from how far ahead the processes said that they ask.
  const k = Math.max(1, Math.ceil((RATE * refresh) / 1000 / processes))
  const held = processes * (k + Math.ceil(k / 2))
  const once = (scenario.stateLosses ?? 0) * (BURST + processes * k)
  const lost = members.flatMap((member) => member.lost)
  const allowed = (from: number, length: number): number => {
    // Cut off alone, a process counts by itself while the others share the whole.
    const alone = lost.reduce((sum, gap) => sum + Math.max(0, Math.min(gap.until, from + length) - Math.max(gap.from - 200, from)), 0)
    const apart = scenario.cutOff === undefined ? 0 : (0.8 * perMs * alone) / processes
    return perMs * length + BURST + held + once + apart
  }
  return windows.map((window) => one(scenario.name, excessMetric(window), 'calls', excess(at, window, allowed)))
}

function excessMetric(window: number): string {
  return `excess-over-bound-${window < 1000 ? `${window}ms` : `${window / 1000}s`}`
}

function opsRow(contender: string, { at, commands: sent }: Recorded): Row {
  return one(contender, 'redis-ops-per-admitted', 'share', sent / at.length)
}

/** How far the one with the most is from the one with the least, over their mean. */
function fairnessRow({ members, at }: Recorded): Row {
  const each = members.map(({ admitted }) => admitted.length)
  return one('inmesh', 'unfairness', 'share', (Math.max(...each) - Math.min(...each)) / (at.length / each.length))
}

/** Killed at 3 s, back at 5 s. */
function outageRows({ at, start }: Recorded): readonly Row[] {
  return [
    one('inmesh', 'held-in-outage', 'share', use(at, start + 3500, start + 5000, perMs)),
    one('inmesh', 'use-after-recovery', 'share', use(at, start + 6000, start + 9000, perMs)),
  ]
}

function one(contender: string, metric: string, unit: Row['unit'], value: number): Row {
  return { contender, metric, unit, median: value, min: value, max: value, runs: 1 }
}
