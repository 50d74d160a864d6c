import type { BalanceOptions, Balancing } from '../balance/options.ts'
import type { Availability } from '../eject/availability.ts'
import type { Millis } from '../types.ts'

/** How a service is balanced now, as plain data. What does not apply is absent. */
export interface BalanceSnapshot {
  readonly by: Balancing
  /** Our zone, and what one more of another costs. */
  readonly localZone?: string
  readonly remoteCost?: number
  /** Of `hash`; absent when there is no bound. */
  readonly loadFactor?: number
  readonly slowStart?: Millis
  readonly aggression?: number
  /** Too few are in: ejection is ignored. */
  readonly panic: boolean
  /** Where endpoints differ in it, lowest number first. */
  readonly priorities?: readonly PrioritySnapshot[]
}

export interface PrioritySnapshot {
  readonly priority: number
  readonly members: number
  /** How many of them are in. */
  readonly available: number
  /** Of all traffic what it gets, 0–1. */
  readonly share: number
  readonly panic: boolean
}

export function balanceSnapshot<T>(options: Required<BalanceOptions>, { panic, readyLevels }: Availability<T>): BalanceSnapshot {
  const { by, localZone, remoteCost, loadFactor, slowStart, aggression } = options
  return {
    by,
    ...(localZone === '' || by === 'round-robin' ? {} : { localZone, remoteCost }),
    ...(by === 'hash' && loadFactor !== Infinity ? { loadFactor } : {}),
    ...(slowStart === 0 || by === 'round-robin' ? {} : { slowStart, aggression }),
    panic,
    ...(readyLevels === undefined ? {} : {
      priorities: readyLevels.map(({ priority, members, available, share, panic }) => ({ priority, members, available, share, panic })),
    }),
  }
}
