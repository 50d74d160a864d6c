import type { EngineLost, Millis } from '@inmesh/policy'

/** What a limit says of how it is shared. */
export interface SharingOptions {
  /** Of what the rate is: of each process, or of all together, counted by the mesh's `engine`. Default `process`. */
  readonly scope?: 'process' | 'global'
  /** Of this process against the weights of others; its part of the rate under contention follows. Default 1. Above 0, up to 1,000. */
  readonly weight?: number
  /**
   * Under contention the less critical give way: `SHEDDABLE_PLUS` asks for less of the time ahead, `SHEDDABLE` for none.
   * `floor`: a share of the rate that `SHEDDABLE` gets nevertheless, 0–1. Default `false`: all classes alike.
   */
  readonly byCriticality?: boolean | { readonly floor: number }
  /** Default `local-share`: neither an outage of the callee nor one of our own comes of an outage of the engine. */
  readonly engineLost?: EngineLost
  /**
   * By how many processes at least a share is counted: caps what a process takes for its own while it has not heard of the
   * others. Default 1. 1–100,000.
   */
  readonly minProcesses?: number
}

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
