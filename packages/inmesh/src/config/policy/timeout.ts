import type { Duration, Timeouts } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { acceptedBy } from '../schema/accepted.ts'
import { duration, off, oneOf } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/** How long a call may take. Off until set: what is too long, only the caller knows. */
export interface TimeoutConfig extends Moded {
  /**
   * The whole call, every try and the body included. Default: none, so that a call takes at most what undici allows
   * (300 s for a head). 1 ms–24 h. A call's own timeout replaces it, longer or shorter; a deadline that came in holds
   * when it is nearer than both. Does not bound one try: that is `perTry`.
   */
  readonly total?: Duration | undefined
  /**
   * One try, from its dispatch to its head; a try that takes longer has failed and may be retried elsewhere. Default:
   * none, since a slow reply is then cut off that would have come; backups and rescues cut the tail without that loss.
   * 1 ms–24 h, at most `total`.
   */
  readonly perTry?: Duration | undefined
  /** Between two pieces of a body, after which the reply breaks off. Default: undici's 300 s. 1 ms–24 h. */
  readonly idle?: Duration | undefined
}

const within = duration(1)

export const timeout: z.ZodType<TimeoutConfig | Duration | false> = oneOf(`${acceptedBy(within)}, { total, perTry, idle, mode }, or false`, [
  within,
  options<TimeoutConfig>('{ total, perTry, idle, mode }', {
    total: within.describe('The whole call, every try and the body included. Default: none.'),
    perTry: within.describe('One try, from its dispatch to its head; at most total. Default: none.'),
    idle: within.describe('Between two pieces of a body. Default: 300 s.'),
    mode: modeOption,
  }),
  off,
])

/** A duration alone is the total. */
export function unfoldTimeout(value: Duration): TimeoutConfig {
  return { total: value }
}

export function resolveTimeout(config: TimeoutConfig | Duration | false): Timeouts | false {
  if (config === false) return false
  const { total, perTry, idle, mode } = typeof config === 'object' ? config : unfoldTimeout(config)
  return defined({ total: millis(total), perTry: millis(perTry), idle: millis(idle), mode })
}
