import type { Duration, ServicePolicy } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { duration, off, oneOf, share } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Sends a second copy of a call that is late to another endpoint; the first success wins ("The Tail at Scale", Dean and
 * Barroso). On by default once enough latencies are known, only for what may run concurrently, only with two endpoints.
 */
export interface BackupConfig extends Moded {
  /**
   * The share of calls that may send a backup; the delay follows from it. Default 0.02: at the 98th percentile, for 2 %
   * more load. 0–1. 0.01 needs about ten calls a second to be learnt in under two minutes. Bounded by `budget` too.
   */
  readonly maxExtraLoad?: number | undefined
  /** A fixed delay instead of the learnt one. Default: learnt. 1 ms–1 h. `maxExtraLoad` still bounds how many are sent. */
  readonly after?: Duration | undefined
  /** The least delay. Default 1 ms, which is as fine as timers tick. 1 ms–1 h. */
  readonly minDelay?: Duration | undefined
}

export const backup: z.ZodType<BackupConfig | false> = oneOf('{ maxExtraLoad, after, minDelay, mode }, or false', [
  options<BackupConfig>('{ maxExtraLoad, after, minDelay, mode }', {
    maxExtraLoad: share().describe('The share of calls that may send a backup; the delay follows from it. Default 0.02.'),
    after: duration(1, 3_600_000).describe('A fixed delay instead of the learnt one.'),
    minDelay: duration(1, 3_600_000).describe('The least delay. Default 1 ms.'),
    mode: modeOption,
  }),
  off,
])

export function resolveBackup(config: BackupConfig | false): NonNullable<ServicePolicy['backup']> {
  if (config === false) return false
  const { maxExtraLoad, after, minDelay, mode } = config
  return defined({ maxExtraLoad, after: millis(after), minDelay: millis(minDelay), mode })
}
