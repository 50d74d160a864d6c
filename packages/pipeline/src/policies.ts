import type { BackupOptions, BudgetOptions, Criticality, RescueOptions, RetryOptions } from '@inmesh/policy'
import { durationOf, type Duration } from './duration.ts'
import { attemptsPart } from './interceptors/attempts.ts'
import { drop as dropLayer } from './interceptors/drop.ts'
import { fallback as fallbackLayer, type Fallback } from './interceptors/fallback.ts'
import { limit as limitLayer, type LimitOptions } from './interceptors/limit.ts'
import { timeout as timeoutLayer } from './interceptors/timeout.ts'
import type { Layer } from './layer.ts'
import type { Mode } from './mode.ts'

// The policies as `compose` takes them: one function each, named as in the configuration of a mesh, with durations in
// the user's form. What each option means stands at its type in `@inmesh/policy`.

type Moded<T> = Partial<T> & { readonly mode?: Mode }

/** Sends a failed call again, by default once, while the budget allows it and repeating is harmless. */
export function retry(options: Moded<RetryOptions> & { readonly budget?: Partial<BudgetOptions> } = {}): Layer<'call', 'attempt'> & { readonly part: object } {
  const { budget, mode, ...own } = options
  return part('retry', { retry: own, ...(budget === undefined ? {} : { budget }), modes: { retry: mode ?? 'on' } })
}

/** Sends a second copy of a call that is late, at the live percentile that costs `maxExtraLoad`. */
export function backup(options: Omit<Moded<BackupOptions>, 'after'> & { readonly after?: Duration } = {}): Layer<'call', 'attempt'> & { readonly part: object } {
  const { mode, after, ...own } = options
  const fixed = after === undefined ? {} : { after: durationOf(after, 'backup.after') }
  return part('backup', { backup: { ...own, ...fixed }, modes: { backup: mode ?? 'on' } })
}

/** Gives a call whose try hangs one more try; the first is kept. */
export function rescue(options: Moded<RescueOptions> = {}): Layer<'call', 'attempt'> & { readonly part: object } {
  const { mode, ...own } = options
  return part('rescue', { rescue: own, modes: { rescue: mode ?? 'on' } })
}

/** Admits `rate` calls in each `per`. */
export function limit(options: Omit<LimitOptions, 'per' | 'maxWait'> & { readonly per?: Duration; readonly maxWait?: Duration }): Layer<'call', 'call'> {
  const { per, maxWait, ...own } = options
  return limitLayer({
    ...own,
    ...(per === undefined ? {} : { per: durationOf(per, 'limit.per') }),
    ...(maxWait === undefined ? {} : { maxWait: durationOf(maxWait, 'limit.maxWait') }),
  })
}

/** Refuses a share of calls, by criticality. */
export function drop(ratios: number | Partial<Record<Criticality, number>>, options: { readonly mode?: Mode } = {}): Layer<'call', 'call'> {
  return dropLayer({ ratios, ...options })
}

/** What the caller gets instead of a refusal or a failure. */
export function fallback(reply: Fallback, options: { readonly mode?: Mode } = {}): Layer<'call', 'call'> {
  return fallbackLayer({ reply, ...options })
}

/** Ends a call that takes longer. */
export function timeout(after: Duration, options: { readonly mode?: Mode } = {}): Layer<'call', 'call'> {
  return timeoutLayer({ total: durationOf(after, 'timeout'), ...options })
}

function part(...args: Parameters<typeof attemptsPart>): Layer<'call', 'attempt'> & { readonly part: object } {
  return attemptsPart(...args) as Layer<'call', 'attempt'> & { readonly part: object }
}
