import type { ServicePolicy } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined } from '../defined.ts'
import { off, oneOf, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Keeps each endpoint from more than it may have in flight; a full one is passed over in the pick, at no try's cost. Where
 * all are full a call is refused. Off until set: a bound for all endpoints alike only who runs them knows. Each process has
 * its own. Does not learn, and bounds nothing for the service as a whole: that is `concurrency`.
 */
export interface GuardConfig extends Moded {
  /** The most tries one endpoint may have in flight: awaiting their head, or with a body younger than a second. Required. 1–1,000,000. */
  readonly perEndpoint: number
}

export const guard: z.ZodType<GuardConfig | false> = oneOf('{ perEndpoint, mode } with perEndpoint, or false', [
  options<GuardConfig>('{ perEndpoint, mode }', {
    perEndpoint: whole(1, 1_000_000).describe('The most tries one endpoint may have in flight.'),
    mode: modeOption,
  }, ['perEndpoint']),
  off,
])

export function resolveGuard(config: GuardConfig | false): NonNullable<ServicePolicy['guard']> {
  if (config === false) return false
  const { perEndpoint, mode } = config
  return defined({ perEndpoint, mode })
}
