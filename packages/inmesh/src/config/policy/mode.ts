import type { Mode } from '@inmesh/pipeline'
import type * as z from 'zod'
import { choice, oneOf, share } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'

/** What any single policy takes besides its own options. */
export interface Moded {
  /**
   * How far this policy may go: `'on'` it acts; `'observe'` it decides and tells what it would have done, and changes
   * nothing; `'off'` it is not there; `{ enforce: 0.1 }` it acts on that share of calls and observes the rest. Default
   * `'on'`. Never goes further than the mode of its service, nor that further than the mesh's.
   */
  readonly mode?: Mode | undefined
}

export const mode: z.ZodType<Mode> = oneOf("'off', 'observe', 'on' or { enforce: a share from 0 to 1 }", [
  choice('off', 'observe', 'on'),
  options<{ readonly enforce: number }>('{ enforce: a share from 0 to 1 }', { enforce: share() }, ['enforce']),
])

export const modeOption: z.ZodType<Mode> = mode.describe('How far it may go: off, observe (decides and tells, changes nothing), on, or a share of calls to enforce. Default on.')
