import type { Fleet, Grant, ReserveAsk, SlotsAsk, SlotsGrant } from '@inmesh/policy'

/**
 * `connecting`: not reached yet. `up`: it answers. `lost`: it does not, or not what it should; limits fall back until it
 * does again.
 */
export type EngineState = 'connecting' | 'up' | 'lost'

/**
 * Where limits that many processes have together are counted, such as Redis. It is asked off the path of calls, and no
 * call waits for it.
 */
export interface Engine {
  /** What messages call it, such as `redis`. */
  readonly name: string
  /**
   * A limit begins. The same `id` in another process is the same limit. Each join is a member by itself: one that leaves, as
   * a limit is begun anew while calls of the old still run, must not take the other with it.
   */
  join(limit: SharedLimit): Seat
  inspect(): EngineSnapshot
  /** Leaves all limits, so that others have their shares at once. The user's client stays open: it is the user's. */
  close(): Promise<void>
}

/** What the engine hears of a limit, and whom it tells. None of them may throw. */
export interface SharedLimit {
  /** The same in all processes: `<service>/limit`, `<server>/limits.<name>`, `<service>/concurrency`. */
  readonly id: string
  /** Against the weights of other processes, above 0. */
  readonly weight: number
  /** Called with the state at once when it joins, and with each that follows; `why` in words for people, where it is lost. */
  state(state: EngineState, why?: string): void
  /** Called when the number of processes, or this one's share, has changed. */
  fleet(fleet: Fleet): void
}

/** A limit's way to the engine. Each ask is answered exactly once, never on the stack of the ask; undefined: no answer in time. Never throws. */
export interface Seat {
  reserve(ask: ReserveAsk, done: (grant: Grant | undefined) => void): void
  slots(ask: SlotsAsk, done: (grant: SlotsGrant | undefined) => void): void
  /** Gives up its membership. Asks that are under way are still answered. */
  leave(): void
}

/** As plain data. */
export interface EngineSnapshot {
  readonly name: string
  readonly state: EngineState
  /** Why it is lost, in words. */
  readonly why?: string
  /** Asks sent, those that failed, and how often it was lost. */
  readonly asked: number
  readonly failed: number
  readonly losses: number
}

/** By its shape: engines come from packages of their own. */
export function isEngine(value: unknown): value is Engine {
  return typeof value === 'object' && value !== null && ['join', 'inspect', 'close'].every((name) => typeof Reflect.get(value, name) === 'function')
}
