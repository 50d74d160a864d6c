import type { Fallback, ServicePolicy } from '@inmesh/pipeline'
import type * as z from 'zod'
import { defined } from '../defined.ts'
import { fn } from '../schema/code-only.ts'
import { off, oneOf } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/** What the caller gets instead of a refusal or a failure; counted as a degraded success. Only in code. Off until set. */
export interface FallbackConfig extends Moded {
  /** Answers a value of the client's own kind (a `Response`, or what the wrapped function returns) or a promise of one; a throw means "none for this call". */
  readonly reply: Fallback
}

const reply = fn<Fallback>()

export const fallback: z.ZodType<FallbackConfig | Fallback | false> = oneOf('a function or { reply, mode }, which can only be given in code; or false', [
  reply,
  options<FallbackConfig>('{ reply, mode }', { reply, mode: modeOption }, ['reply']),
  off,
])

export function unfoldFallback(value: Fallback): FallbackConfig {
  return { reply: value }
}

export function resolveFallback(config: FallbackConfig | Fallback | false): NonNullable<ServicePolicy['fallback']> {
  if (config === false) return false
  const { reply, mode } = typeof config === 'function' ? unfoldFallback(config) : config
  return defined({ reply, mode })
}
