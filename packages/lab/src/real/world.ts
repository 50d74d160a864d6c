import { setTimeout as wait } from 'node:timers/promises'
import type { ChildProcess } from 'node:child_process'
import { isOnceOnly } from '../scenario/load.ts'
import { mergeDecisions } from '../decisions/merge.ts'
import type { Decisions } from '../decisions/decisions.ts'
import type { Recording } from '../recording.ts'
import type { Contender } from '../scenario/contenders.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { timeline } from '../workload/timeline.ts'
import type { Step } from '../workload/timeline.ts'
import { systemNow } from './clock.ts'
import { measureCpu } from './cpu.ts'
import { Fleet } from './fleet.ts'
import type { Endpoint, FromGenerator, GeneratorResult, InnerCalls, Tick, ToGenerator, Tries } from './messages.ts'
import { nextMessage, Processes } from './processes.ts'

export type { Recording } from '../recording.ts'

/** Time for the `go` to reach the generator. */
const LEAD = 50

export interface Watcher {
  /** Where the replicas are: told once, before the load begins. */
  readonly endpoints?: (endpoints: readonly Endpoint[]) => void
  readonly tick?: (tick: Tick) => void
  readonly step?: (step: Step) => void
  /** The processes that live now: told at the start and after every step. */
  readonly pids?: (pids: readonly number[]) => void
}

export interface RealOptions {
  /** Whether what its processes decide is recorded. Default false. */
  readonly decisions?: boolean
  /** The port of the loopback at which Prometheus may read, while it runs, what an inmesh contender decides. Default: nowhere. */
  readonly metrics?: number | undefined
}

/** Runs one contender through a scenario on real processes and sockets of this machine. */
export async function runReal(
  scenario: Scenario,
  contender: Contender,
  seed: number,
  watcher: Watcher = {},
  { decisions = false, metrics }: RealOptions = {}
): Promise<Recording> {
  const processes = new Processes()
  const over = new AbortController()
  try {
    const fleet = new Fleet(processes)
    const record = decisions ? { every: scenario.measure.interval, duration: scenario.load.duration } : undefined
    const endpoints = await fleet.start(scenario, contender, seed, record)
    watcher.endpoints?.(endpoints)
    const generator = processes.start('generator')
    const keepTold = (): void => {
      watcher.pids?.(processes.pids())
      tell(generator, { kind: 'pids', pids: processes.pids().filter((pid) => pid !== generator.pid) })
    }
    keepTold()
    const start = { kind: 'start', contender, load: scenario.load, seed, endpoints, metrics } as const
    await inTurn(generator, { ...start, record: record && { ...record, by: 'client' } }, 'ready')
    const result = resultOf(generator, watcher)
    const epoch = systemNow() + LEAD + scenario.load.warmUp
    fleet.beginAt(epoch)
    tell(generator, { kind: 'go', epoch })
    const [{ result: recorded, decisions: own }, steps, cpu] = await Promise.all([
      Promise.race([result, fleet.crashed]),
      playTimeline(scenario, { fleet, epoch, watcher, changed: keepTold, signal: over.signal }),
      cpuOf(scenario, epoch, over.signal)
    ])
    const measured = (call: number): boolean => isMeasuredOnce(scenario, recorded, call)
    const reports = await fleet.reports()
    const inner = reports.flatMap((report) => report.inner ?? [])
    const decided = mergeDecisions([own, ...reports.map((report) => report.decisions)].filter((each) => each !== undefined))
    return {
      contender: contender.name,
      seed,
      endpoints: endpoints.map(({ name }) => name),
      result: { ...recorded, tries: allTries(recorded.tries, inner, { endpoints, epoch }) },
      cpu,
      repeatedWork: fleet.repeatedWork(measured),
      arrivals: fleet.arrivals(),
      steps,
      handlerCalls: handlerCalls(recorded, inner),
      ...(decided !== undefined && { decisions: decided })
    }
  } finally {
    over.abort()
    await processes.close()
  }
}

interface Known {
  readonly endpoints: readonly Endpoint[]
  readonly epoch: number
}

/** Those of the clients, then those of the replicas that call others, by the clock and the endpoints of the run. */
function allTries(own: Tries, inner: readonly InnerCalls[], { endpoints, epoch }: Known): Tries {
  if (inner.length === 0) return own
  const numberOf = new Map(endpoints.map(({ name }, at) => [name, at]))
  const parts = [own, ...inner.map(({ tries, endpoints: known }) => {
    return {
      ...tries,
      at: tries.at.map((at) => at - epoch),
      endpoint: tries.endpoint.map((at) => numberOf.get(known[at] ?? '') ?? 0)
    }
  })]
  return {
    at: Float64Array.from(parts.flatMap(({ at }) => [...at])),
    endpoint: Uint16Array.from(parts.flatMap(({ endpoint }) => [...endpoint])),
    call: Int32Array.from(parts.flatMap(({ call }) => [...call])),
    sent: Uint8Array.from(parts.flatMap(({ sent }) => [...sent]))
  }
}

function handlerCalls({ dueAt }: GeneratorResult, inner: readonly InnerCalls[]): number {
  return inner.reduce((sum, { calls }) => sum + calls.filter((root) => (dueAt[root] ?? -1) >= 0).length, 0)
}

function tell(generator: ChildProcess, message: ToGenerator): void {
  // A generator that ended is heard of through its exit; a message it can no longer take is not the news.
  if (generator.connected) generator.send(message)
}

async function inTurn(generator: ChildProcess, message: ToGenerator, answer: FromGenerator['kind']): Promise<void> {
  const answered = nextMessage<FromGenerator, true>(generator, (it) => {
    if (it.kind === 'failed') throw new Error(it.message)
    return it.kind === answer ? true : undefined
  })
  tell(generator, message)
  await answered
}

interface Told {
  readonly result: GeneratorResult
  readonly decisions?: Decisions
}

function resultOf(generator: ChildProcess, { tick }: Watcher): Promise<Told> {
  return nextMessage<FromGenerator, Told>(generator, (message) => {
    if (message.kind === 'failed') throw new Error(message.message)
    if (message.kind === 'tick') tick?.(message.tick)
    return message.kind === 'result' ? message : undefined
  })
}

interface Play {
  readonly fleet: Fleet
  readonly epoch: number
  readonly watcher: Watcher
  readonly changed: () => void
  readonly signal: AbortSignal
}

/** Each step at its own time, also while an earlier one is still being done: a replica that restarts takes a moment. */
async function playTimeline({ faults }: Scenario, play: Play): Promise<Recording['steps']> {
  const { fleet, epoch, watcher, changed, signal } = play
  const doing = timeline(faults).map(async (step) => {
    await until(epoch + step.at, signal)
    watcher.step?.(step)
    await fleet[step.what](step.fault)
    changed()
    return { ...step, doneAt: systemNow() - epoch }
  })
  return Promise.all(doing)
}

async function cpuOf({ load }: Scenario, epoch: number, signal: AbortSignal): Promise<number> {
  await until(epoch, signal)
  const measured = measureCpu()
  await until(epoch + load.duration, signal)
  return measured()
}

function until(at: number, signal: AbortSignal): Promise<void> {
  return wait(Math.max(0, at - systemNow()), undefined, { signal })
}

function isMeasuredOnce({ load }: Scenario, { dueAt, classOf }: GeneratorResult, call: number): boolean {
  const requestClass = load.classes[classOf[call] ?? 0]
  return (dueAt[call] ?? -1) >= 0 && requestClass !== undefined && isOnceOnly(requestClass)
}
