import type { Demand } from './fleet-order.ts'
import type { Stage } from './stage.ts'

/** What happens to a fleet of four with one limit, and what may be admitted beyond the bound by what it says. */
export interface Scenario {
  readonly name: string
  /** How long it is watched, in ms. */
  readonly length: number
  /** Of each process, in calls a second. */
  readonly demand: (index: number) => readonly Demand[]
  /** Processes at the start. Default 4. */
  readonly processes?: number
  /** Losses of the engine's state: each may add a burst and what is held, once. Default 0. */
  readonly stateLosses?: number
  /** Processes that are cut off alone, and the rest not. Default 0. */
  readonly cutOff?: number
  /** Within which all of the rate is to be used, in ms; undefined: demand or the engine is not always there. */
  readonly used?: { readonly from: number; readonly until: number }
  readonly play?: (stage: Stage) => Promise<void>
}

export const RATE = 2000
export const BURST = 200

const steady = (perSecond: number): readonly Demand[] => [{ from: 0, perSecond }]
const saturated = (): readonly Demand[] => steady((3 * RATE) / 4)

/** Nobody calls, then all at once twelve times the rate; twice. */
const bursts = (): readonly Demand[] => [
  { from: 0, perSecond: 0 }, { from: 1000, perSecond: (12 * RATE) / 4 }, { from: 3000, perSecond: 0 }, { from: 5000, perSecond: (12 * RATE) / 4 },
]

export const scenarios: readonly Scenario[] = [
  { name: 'saturation', length: 12_000, demand: saturated, used: { from: 1000, until: 12_000 } },
  { name: 'idle, then 12 ×', length: 8000, demand: bursts, used: { from: 5200, until: 8000 } },
  { name: 'unequal demand', length: 10_000, demand: (index) => steady(index === 0 ? 2.7 * RATE : 100), used: { from: 1000, until: 10_000 } },
  {
    name: 'joining, leaving', length: 10_000, processes: 2, demand: () => steady(0.8 * RATE), used: { from: 1000, until: 10_000 },
    play: async ({ fleet }) => {
      await fleet.until(2000)
      await fleet.begin(4)
      await fleet.until(5000)
      await Promise.all([fleet.leave(0), fleet.leave(3)])
      await fleet.until(7000)
      fleet.members[1]!.child.kill('SIGKILL')
    },
  },
  {
    name: 'Redis killed, 2 s', length: 10_000, demand: saturated, stateLosses: 1,
    play: async ({ fleet, redis }) => {
      await fleet.until(3000)
      await redis.kill()
      await fleet.until(5000)
      await redis.restart()
    },
  },
  {
    name: 'Redis stopped, 1.5 s', length: 9000, demand: saturated,
    play: async ({ fleet, redis }) => {
      await fleet.until(3000)
      redis.signal('SIGSTOP')
      await fleet.until(4500)
      redis.signal('SIGCONT')
    },
  },
  {
    name: 'a process stopped, 1.5 s', length: 9000, demand: saturated, used: { from: 1000, until: 9000 },
    play: async ({ fleet }) => {
      await fleet.until(3000)
      fleet.members[0]!.child.kill('SIGSTOP')
      await fleet.until(4500)
      fleet.members[0]!.child.kill('SIGCONT')
    },
  },
  {
    name: 'FLUSHALL', length: 9000, demand: saturated, stateLosses: 1, used: { from: 1000, until: 9000 },
    play: async ({ fleet, redis }) => {
      await fleet.until(4000)
      await redis.ask(['FLUSHALL'])
    },
  },
  {
    name: 'failover, empty', length: 9000, demand: saturated, stateLosses: 1,
    play: async ({ fleet, failOver }) => {
      await fleet.until(4000)
      await failOver()
    },
  },
  {
    name: 'clock + 10 s', length: 9000, demand: saturated, stateLosses: 1, used: { from: 1000, until: 9000 },
    play: async ({ fleet, stepClock }) => {
      await fleet.until(4000)
      await stepClock(10_000)
    },
  },
  {
    name: 'clock − 10 s', length: 9000, demand: saturated, used: { from: 1000, until: 9000 },
    play: async ({ fleet, stepClock }) => {
      await fleet.until(4000)
      await stepClock(-10_000)
    },
  },
  {
    name: 'one cut off, 4 s', length: 10_000, demand: saturated, cutOff: 1,
    play: async ({ fleet, cutOff, mend }) => {
      await fleet.until(3000)
      cutOff(0)
      await fleet.until(7000)
      mend(0)
    },
  },
]
