import type { Millis } from '../types.ts'

export interface LeaseTableOptions {
  /** The time in which one token comes, for all processes together: `per / rate`, in ms. Above 0, finite. */
  readonly interval: Millis
  /** Tokens that may be had at once after a pause, for all processes together. ≥ 1. */
  readonly burst: number
  /**
   * How far ahead tokens are reserved, in times of `refresh`. Below 1 not all processes can have their chunk at once, which is
   * how a class of calls gives way to a more critical one.
   */
  readonly ahead: number
  /** As in `ReserveAsk`. Default 0: none. */
  readonly floor?: number
  /** How far ahead within the floor. Default: `ahead`. */
  readonly floorAhead?: number
  /** Keys that are kept, 1 to 2^24. Default 10 000, about 1.3 MiB. A million: 130. */
  readonly maxKeys?: number
  /** Any whole number that nobody else knows, so that nobody can prepare keys that are slow to find. Default 0. */
  readonly seed?: number
  /** How long tokens may be held, in ms. Default: 500, or three times `refresh` where that is more. */
  readonly ttl?: Millis
}

export interface LeaseShare {
  /** This process's share of the rate, above 0, at most 1. */
  readonly share: number
  /** The time for which tokens are taken ahead, in ms. Default 100; longer where many processes or a slow engine make asks dear. */
  readonly refresh: Millis
}

/** As plain data. */
export interface LeaseSnapshot {
  readonly keys: number
  /** Tokens that are held now, of all keys. */
  readonly held: number
  /** Spent on credit and not settled yet, of all keys. */
  readonly debt: number
  /** Asks sent; of those answered so far: granted (also what only settled), refused, and without an answer. */
  readonly asked: number
  readonly granted: number
  readonly refused: number
  readonly failed: number
  /** Tokens granted, and those of them that expired. */
  readonly tokens: number
  readonly unused: number
}

export const LEASE_DEFAULTS: { readonly refresh: Millis; readonly ttl: Millis; readonly maxKeys: number } = { refresh: 100, ttl: 500, maxKeys: 10_000 }

/** How long tokens may be held where `ttl` is not given: an ask that is late must not let them go to waste. */
export function ttlOf(refresh: Millis): Millis {
  return Math.max(LEASE_DEFAULTS.ttl, 3 * refresh)
}
