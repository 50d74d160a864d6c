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
   * `process`. With `global` the limit is `max`, which is required, and nothing is learnt.
   */
  readonly scope?: 'process' | 'global'
  /** Of this process against the weights of others, where they want more than there is. Default 1. With `global`. */
  readonly weight?: number
  /** What this process may have in flight while it has no answer from the engine. Default `local-share`. With `global`. */
  readonly engineLost?: EngineLost
  /** By how many processes at least the local share is counted. Default 1. With `global`. */
  readonly minProcesses?: number
  /** What counts for all processes, where there is no mesh that has one. With `global`. */
  readonly engine?: Engine
  readonly mode?: Mode
}
