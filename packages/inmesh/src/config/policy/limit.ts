import type { Call, Duration, LimitOptions } from '@inmesh/pipeline'
import type { EngineLost } from '@inmesh/policy'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { fn } from '../schema/code-only.ts'
import { above, choice, duration, flag, number, off, oneOf, share, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Admits so many calls in a time: within this process (GCRA, ITU-T I.371), or in all processes together, counted by the
 * mesh's `engine`. Off until set: nobody else knows the rate.
 */
export interface LimitConfig extends Moded {
  /** Calls admitted in each `per`, in the long run exactly. Required. Above 0, up to 1,000,000. */
  readonly rate: number
  /** Default 1 s. 1 ms–24 h. */
  readonly per?: Duration | undefined
  /** Calls admitted at once after a pause. Default: a tenth of `rate`, at least 1. 1–1,000,000. */
  readonly burst?: number | undefined
  /** One limit for each key of the call, such as a tenant; only in code. Default: one for the whole service. */
  readonly key?: ((call: Call) => string) | undefined
  /** Keys kept; older ones make room. Default 10,000. 1–1,000,000. Means nothing without `key`. */
  readonly maxKeys?: number | undefined
  /** How long a call may wait for its turn instead of being refused; never beyond its deadline. Default 0: refused at once. 0–1 h. */
  readonly maxWait?: Duration | undefined
  /**
   * Whose calls the rate is of: those of each process, or, with `global`, of all that have a service of this name and the same
   * engine. Default `process`. `global` without an engine counts within the process, and says so.
   */
  readonly scope?: 'process' | 'global' | undefined
  /** This process's part of the rate under contention, against the weights of others. Default 1: all alike. Above 0, up to 1,000. With `global`. */
  readonly weight?: number | undefined
  /**
   * Under contention the less critical give way: `SHEDDABLE_PLUS` reserves less far ahead, `SHEDDABLE` not at all. `floor` is the
   * share of the rate, 0–1, that `SHEDDABLE` gets nevertheless; `true` is a floor of 0. Default `false`: all classes alike. With `global`.
   */
  readonly byCriticality?: boolean | { readonly floor: number } | undefined
  /**
   * While the engine does not answer: `local-share` admits 0.8 of this process's share of the rate, `open` every call, `closed`
   * none but those whose tokens are held. Default `local-share`: an outage of the engine is no outage of ours, and no flood for the callee. With `global`.
   */
  readonly engineLost?: EngineLost | undefined
  /** By how many processes at least the share is counted: until it has heard of others, a process takes itself for the only one. Default 1. 1–100,000. With `global`. */
  readonly minProcesses?: number | undefined
}

export const limit: z.ZodType<LimitConfig | false> = oneOf('{ rate, per, burst, key, maxKeys, maxWait, scope, … } with at least rate, or false', [
  options<LimitConfig>('{ rate, per, burst, key, maxKeys, maxWait, scope, … }', {
    rate: above(0, 1_000_000).describe('Calls admitted in each per.'),
    per: duration(1).describe('Default 1 s.'),
    burst: number(1, 1_000_000).describe('Calls admitted at once after a pause. Default: a tenth of rate, at least 1.'),
    key: fn<(call: Call) => string>(),
    maxKeys: whole(1, 1_000_000).describe('Keys kept. Default 10,000.'),
    maxWait: duration(0, 3_600_000).describe('How long a call may wait for its turn instead of being refused. Default 0.'),
    scope: choice('process', 'global').describe('Whose calls the rate is of: those of each process, or global: of all that have a service of this name and the same engine. Default process.'),
    weight: above(0, 1000).describe("This process's part under contention, against the weights of others. With scope global. Default 1."),
    byCriticality: oneOf('true, false, or { floor }', [flag(), options<{ readonly floor: number }>('{ floor }', { floor: share().describe('The share of the rate, 0 to 1, that SHEDDABLE gets nevertheless.') }, ['floor'])])
      .describe('Whether the less critical give way under contention. With scope global. Default false.'),
    engineLost: choice('local-share', 'open', 'closed').describe('While the engine does not answer: local-share admits 0.8 of this process\'s share of the rate, open every call, closed none but those whose tokens are held. With scope global. Default local-share.'),
    minProcesses: whole(1, 100_000).describe('By how many processes at least the share is counted, for a process that has not heard of the others. With scope global. Default 1.'),
    mode: modeOption,
  }, ['rate']),
  off,
])

export function resolveLimit(config: LimitConfig | false): LimitOptions | false {
  if (config === false) return false
  const { per, maxWait, ...own } = config
  return defined({ ...own, per: millis(per), maxWait: millis(maxWait) })
}
