import type { EngineLost, Millis } from '@inmesh/policy'

/** What a limit says of how it is shared. */
export interface SharingOptions {
  /**
   * Whose calls the rate is of: those of each `process`, or, with `global`, of all together, counted by an engine. Default
   * `process`. `global` without an engine counts within the process, and says so once. All that follow mean something with
   * `global` only.
   */
  readonly scope?: 'process' | 'global'
  /**
   * Of this process against the weights of others: its part of the rate where all want more than there is. Default 1, so that
   * all have the same. Above 0, up to 1,000. Does not hold back what others leave.
   */
  readonly weight?: number
  /**
   * Under contention the less critical give way: `SHEDDABLE_PLUS` asks for less of the time ahead, `SHEDDABLE` for none.
   * `floor`: a share of the rate that `SHEDDABLE` gets nevertheless, 0–1; `true` is a floor of 0. Default `false`: all classes
   * alike, since classes that give way hold tokens by themselves, which makes the bound larger.
   */
  readonly byCriticality?: boolean | { readonly floor: number }
  /**
   * While the engine does not answer: `local-share` admits 0.8 of this process's share of the rate, by the number of processes
   * last known; `open` every call; `closed` none but those whose tokens are held. Default `local-share`: neither an outage of
   * the callee nor one of our own comes of an outage of the engine.
   */
  readonly engineLost?: EngineLost
  /**
   * By how many processes at least a share is counted: caps what a process takes for its own while it has not heard of the
   * others. Default 1. 1–100,000.
   */
  readonly minProcesses?: number
}

/** `SharingOptions` and what the limit is, with every default in place. */
export interface GlobalTerms {
  /** The same in all processes. */
  readonly id: string
  readonly rate: number
  readonly per: Millis
  readonly burst: number
  readonly maxKeys: number
  readonly weight: number
  readonly byCriticality: boolean | { readonly floor: number }
  readonly engineLost: EngineLost
  readonly minProcesses: number
}

export const SHARING_DEFAULTS: Required<SharingOptions> = { scope: 'process', weight: 1, byCriticality: false, engineLost: 'local-share', minProcesses: 1 }
