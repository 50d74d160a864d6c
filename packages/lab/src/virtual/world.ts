import type { Millis } from '@inmesh/policy'
import type { Recording } from '../recording.ts'
import type { Contender } from '../scenario/contenders.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { Agenda } from './agenda.ts'
import { BOUNDS, Watch } from './bounds.ts'
import type { Bounds } from './bounds.ts'
import type { MakeClient } from './contract.ts'
import { Run } from './run.ts'
import type { Watcher } from './watcher.ts'

export interface VirtualOptions {
  /** Instead of the client that the contender stands for. */
  readonly make?: MakeClient
  /** False: of inmesh the policies alone, which is faster, for runs of many millions of calls. Default true. */
  readonly pipeline?: boolean
  readonly bounds?: Partial<Bounds>
  /** Whether what clients and servers decide is recorded; of the policies alone, and of peers, nothing is. Default false. */
  readonly decisions?: boolean
}

/**
 * Runs one contender through a scenario in virtual time, on the code that ships. Everything follows from the scenario,
 * the contender and the seed; the machine's own clock is only looked at for the bound on it.
 */
export function runVirtual(
  scenario: Scenario,
  contender: Contender,
  seed: number,
  watcher: Watcher = {},
  options: VirtualOptions = {}
): Recording {
  const { load, limits } = scenario
  const agenda = new Agenda({ tick: tickOf(scenario) })
  const bounds = {
    ...BOUNDS,
    events: limits.events,
    time: limits.virtualTime,
    wall: limits.time,
    memory: limits.memoryMiB * 1024 ** 2,
    ...options.bounds
  }
  const watch = new Watch(bounds)
  const run = new Run({ scenario, contender, seed, agenda, watcher, ...options })
  run.begin()
  const last = load.drain === undefined ? Infinity : load.warmUp + load.duration + load.drain
  agenda.run(Math.min(bounds.time, last), watch)
  if (watch.hit === undefined && !run.over && agenda.pending > 0 && bounds.time < last) watch.hit = 'time'
  return run.result(watch.hit)
}

/** A few entries a bucket: a call is some five of them. Powers of two, so that bucket bounds are exact. */
function tickOf({ load }: Scenario): Millis {
  const perMs = (load.arrivals === 'closed' ? load.concurrency : load.rate / 1_000) * 5
  return 2 ** Math.min(2, Math.max(-10, Math.round(Math.log2(4 / perMs))))
}
