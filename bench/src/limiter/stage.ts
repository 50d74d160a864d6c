import type { Fleet } from './fleet.ts'

/** A Redis that a scenario does something to. */
export interface StagedRedis {
  readonly port: number
  kill(): Promise<void>
  /** Empty, at the same port. */
  restart(): Promise<void>
  signal(signal: NodeJS.Signals): void
  ask(command: readonly string[]): Promise<unknown>
  stop(): Promise<void>
}

/** What a scenario has at hand. */
export interface Stage {
  readonly fleet: Fleet
  readonly redis: StagedRedis
  /** All go to another Redis, which knows nothing. */
  failOver(): Promise<void>
  /** As if the engine's clock had made a step of so many ms. */
  stepClock(ms: number): Promise<void>
  /** One process does not reach the engine any more, or again. */
  cutOff(index: number): void
  mend(index: number): void
}
