import type { AimdOptions, EngineLost, Millis } from '@inmesh/policy'
import type { Engine } from '../engine.ts'
import type { Mode } from '../mode.ts'

export interface ConcurrencyOptions extends AimdOptions {
  /** Calls that may wait for a slot. Default 0: who finds none is refused at once. The most critical go first. */
  readonly queue?: number
  /** How long one of them may wait, in ms; never beyond its deadline. Default 1,000. */
  readonly maxWait?: Millis
  /**
   * Whose calls are counted: those of this `process`, or `global`: of all processes together, by an engine. Default
   * `process`. With `global` the limit is `max`, which is required, and nothing is learnt. Without an engine each process may
   * have `max`, and says so once.
   */
  readonly scope?: 'process' | 'global'
  /** Of this process against the weights of others, where they want more than there is. Default 1. Above 0, up to 1,000. With `global`. */
  readonly weight?: number
  /**
   * What this process may have in flight while it has no lease, since the engine does not answer or was not reached yet: with
   * `local-share` its share of 0.8 of `max`, at least one where there are as many slots as processes; with `open` all of `max`;
   * with `closed` none. Default `local-share`. With `global`.
   */
  readonly engineLost?: EngineLost
  /** By how many processes at least the local share is counted: until it has heard of others, a process takes itself for the only one. Default 1. 1–100,000. With `global`. */
  readonly minProcesses?: number
  /** What counts for all processes together. Default: the mesh's; for where there is none. With `global`. */
  readonly engine?: Engine
  readonly mode?: Mode
}
