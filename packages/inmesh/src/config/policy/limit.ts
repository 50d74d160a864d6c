import type { Call, Duration, LimitOptions } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { fn } from '../schema/code-only.ts'
import { above, duration, number, off, oneOf, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/** Admits so many calls in a time, within this process (GCRA, ITU-T I.371). Off until set: nobody else knows the rate. */
export interface LimitConfig extends Moded {
  /** Calls admitted in each `per`, in the long run exactly. Required. Above 0, up to 1,000,000. Each process has its own. */
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
}

export const limit: z.ZodType<LimitConfig | false> = oneOf('{ rate, per, burst, key, maxKeys, maxWait, mode } with at least rate, or false', [
  options<LimitConfig>('{ rate, per, burst, key, maxKeys, maxWait, mode }', {
    rate: above(0, 1_000_000).describe('Calls admitted in each per.'),
    per: duration(1).describe('Default 1 s.'),
    burst: number(1, 1_000_000).describe('Calls admitted at once after a pause. Default: a tenth of rate, at least 1.'),
    key: fn<(call: Call) => string>(),
    maxKeys: whole(1, 1_000_000).describe('Keys kept. Default 10,000.'),
    maxWait: duration(0, 3_600_000).describe('How long a call may wait for its turn instead of being refused. Default 0.'),
    mode: modeOption,
  }, ['rate']),
  off,
])

export function resolveLimit(config: LimitConfig | false): LimitOptions | false {
  if (config === false) return false
  const { rate, per, burst, key, maxKeys, maxWait, mode } = config
  return defined({ rate, per: millis(per), burst, key, maxKeys, maxWait: millis(maxWait), mode })
}
