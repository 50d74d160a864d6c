import type { Millis } from '../types.ts'

/**
 * What a process asks for one key of a rate limit that many processes have together. Nothing in it is an instant: clocks
 * of different machines are never compared.
 */
export interface ReserveAsk {
  /** Of the limit, `''` where it has none. */
  readonly key: string
  /** The time in which one token comes: `per / rate`, in ms. Above 0, finite. */
  readonly interval: Millis
  /** Tokens that may be had at once after a pause, ≥ 1. */
  readonly burst: number
  /**
   * Tokens spent before they were granted (above 0), or granted and left over (below 0): settled first, and whatever is
   * decided over the rest, so that the long-run rate is exact.
   */
  readonly settle: number
  /** Tokens asked for, a whole number; all are granted or none. 0 only settles. */
  readonly want: number
  /** The longest `delay` with which they are of use. What gives way to the more critical has a shorter one. */
  readonly horizon: Millis
  /** A share of the rate, 0–1, within which `floorHorizon` counts instead of `horizon`, so that the lowest class does not starve. 0: none. */
  readonly floor: number
  readonly floorHorizon: Millis
  /**
   * When the burst counts as used, so that nobody gets it twice. `if-lost`: where the engine knows nothing of a key that
   * it must still know. A number: while a process comes back from counting by itself, for how long, in ms, until the burst that it may
   * have used then has filled again. It gets less as that time passes: else one token, for whoever can have no more ahead, would never come due.
   */
  readonly burstUsed: 'never' | 'if-lost' | Millis
  /**
   * How far ahead, in ms, the rate can be used up under these terms. What is further was left by others, such as a rate per day that has
   * become one per second, and would keep this one from its tokens for as long: instead the burst counts as used.
   */
  readonly longest: Millis
}

/** What the engine answers. */
export interface Grant {
  /** `want`, or 0. */
  readonly tokens: number
  /** How long after this answer they may be spent. A slow answer only makes it later, never earlier. */
  readonly delay: Millis
  /** Refused: after how long it may be worth asking again. Else 0. */
  readonly retryAfter: Millis
  /** How long the engine remembers the key at least: what it would have to forget by then is no state. */
  readonly keptFor: Millis
  /** The engine knew nothing of a key that it must still know: it has lost its state. */
  readonly lost: boolean
}

/** What a process asks for a limit on calls in flight that many processes have together. */
export interface SlotsAsk {
  /** At most so many in flight in all processes, ≥ 1. */
  readonly max: number
  /** How many this process would use now, a whole number ≥ 0. It replaces what it has. */
  readonly want: number
  /**
   * How many it cannot give back before it is answered: those with a call in flight, and those in which it may still begin
   * one meanwhile. Nobody else gets them, also where it is granted less: the answer may be lost, or the calls long.
   */
  readonly inUse: number
  /** How long the grant holds without being renewed, in ms. */
  readonly lease: Millis
  /** Against the weights of others, above 0. */
  readonly weight: number
}

export interface SlotsGrant {
  /**
   * For `lease` ms from when the ask was sent. At most `want`, and maybe less than `inUse`: then it begins no call until
   * so many have ended, and with each further ask, which says less `inUse`, others get the difference.
   */
  readonly slots: number
  /** What all processes have, with what they cannot give back yet. */
  readonly taken: number
  /** Processes that have or want some. */
  readonly processes: number
}

/** Who else is there, by their heartbeats. */
export interface Fleet {
  /** Processes that have this limit, this one included, ≥ 1. */
  readonly processes: number
  /** The weight of this one over the weights of all, above 0, at most 1. */
  readonly share: number
}
