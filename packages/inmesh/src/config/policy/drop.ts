import type { DropOptions } from '@inmesh/pipeline'
import type { Criticality } from '@inmesh/policy'
import type * as z from 'zod'
import { defined } from '../defined.ts'
import { acceptedBy } from '../schema/accepted.ts'
import { off, oneOf, share } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Shares of calls to refuse before they cost anything, 0–1, by criticality (SRE book, chapter 21). What is not named is
 * not dropped. Off until set; made to be patched live.
 */
export interface DropConfig extends Moded {
  readonly CRITICAL_PLUS?: number | undefined
  readonly CRITICAL?: number | undefined
  readonly SHEDDABLE_PLUS?: number | undefined
  readonly SHEDDABLE?: number | undefined
}

const ratio = share()
const each = '{ CRITICAL_PLUS, CRITICAL, SHEDDABLE_PLUS, SHEDDABLE, mode }'

export const drop: z.ZodType<DropConfig | number | false> = oneOf(`${acceptedBy(ratio)} for all calls, ${each}, or false`, [
  ratio,
  options<DropConfig>(each, { CRITICAL_PLUS: ratio, CRITICAL: ratio, SHEDDABLE_PLUS: ratio, SHEDDABLE: ratio, mode: modeOption }),
  off,
])

/** A number stands for all four, so that an overlay may change one of them. */
export function unfoldDrop(value: number): Readonly<Record<Criticality, number>> {
  return { CRITICAL_PLUS: value, CRITICAL: value, SHEDDABLE_PLUS: value, SHEDDABLE: value }
}

export function resolveDrop(config: DropConfig | number | false): DropOptions | false {
  if (config === false) return false
  if (typeof config === 'number') return { ratios: config }
  const { mode, ...ratios } = config
  return defined({ ratios: defined(ratios), mode })
}
