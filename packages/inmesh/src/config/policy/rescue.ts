import type { Duration, ServicePolicy } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { duration, number, off, oneOf } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Gives a call that hangs on a suspect endpoint one more try and keeps the first. On by default: without it a call with
 * no timeout hangs for as long as undici allows, 300 s.
 */
export interface RescueConfig extends Moded {
  /** Age, in medians of the operation, from which a try is rescued. Default 20: beyond any healthy tail. 2–10,000. */
  readonly afterMedians?: number | undefined
  /** Least age. Default 20 ms: below it a pause of this very process reads as a hung endpoint. 1 ms–1 h. */
  readonly minAge?: Duration | undefined
}

export const rescue: z.ZodType<RescueConfig | false> = oneOf('{ afterMedians, minAge, mode }, or false', [
  options<RescueConfig>('{ afterMedians, minAge, mode }', {
    afterMedians: number(2, 10_000).describe('Age, in medians of the operation, from which a try is rescued. Default 20.'),
    minAge: duration(1, 3_600_000).describe('Least age. Default 20 ms.'),
    mode: modeOption,
  }),
  off,
])

export function resolveRescue(config: RescueConfig | false): NonNullable<ServicePolicy['rescue']> {
  if (config === false) return false
  const { afterMedians, minAge, mode } = config
  return defined({ afterMedians, minAge: millis(minAge), mode })
}
