import type { BackupOptions, BudgetOptions, Criticality, RescueOptions, RetryOptions } from '@inmesh/policy'
import { durationOf, type Duration } from './duration.ts'
import { attemptsPart, type AttemptsPartLayer } from './interceptors/attempts.ts'
import { breaker as breakerLayer, type BreakerOptions } from './interceptors/breaker.ts'
import { concurrency as concurrencyLayer } from './interceptors/concurrency.ts'
import { drop as dropLayer } from './interceptors/drop.ts'
import { fallback as fallbackLayer, type Fallback } from './interceptors/fallback.ts'
import { limit as limitLayer, type LimitOptions } from './interceptors/limit.ts'
import { timeout as timeoutLayer } from './interceptors/timeout.ts'
import type { Layer } from './layer.ts'
import type { Mode } from './mode.ts'
import { assertModed, assertPolicy } from './policy-options.ts'
import type { Governed } from './service-policy.ts'
import type { ConcurrencyOptions } from './shared/concurrency-options.ts'

// The policies as `compose` takes them: one function each, named as in the configuration of a mesh, with durations in
// the user's form. What each option means stands at its type in `@inmesh/policy`.

/** Sends a failed call again, by default once, while the budget allows it and repeating is harmless. */
export function retry(options: Governed<RetryOptions> & { readonly budget?: Partial<BudgetOptions> } = {}): AttemptsPartLayer {
  assertPolicy('retry', options)
  const { budget, mode, ...own } = options
  return attemptsPart('retry', { retry: own, ...(budget === undefined ? {} : { budget }), modes: { retry: mode ?? 'on' } })
}

/** Sends a second copy of a call that is late, at the live percentile that costs `maxExtraLoad`. */
export function backup(options: Omit<Governed<BackupOptions>, 'after'> & { readonly after?: Duration } = {}): AttemptsPartLayer {
  assertPolicy('backup', options)
  const { mode, after, ...own } = options
  const fixed = after === undefined ? {} : { after: durationOf(after, 'backup.after') }
  return attemptsPart('backup', { backup: { ...own, ...fixed }, modes: { backup: mode ?? 'on' } })
}

/** Gives a call whose try hangs one more try; the first is kept. */
export function rescue(options: Governed<RescueOptions> = {}): AttemptsPartLayer {
  assertPolicy('rescue', options)
  const { mode, ...own } = options
  return attemptsPart('rescue', { rescue: own, modes: { rescue: mode ?? 'on' } })
}

/** Admits `rate` calls in each `per`. */
export function limit(options: Omit<LimitOptions, 'per' | 'maxWait'> & { readonly per?: Duration; readonly maxWait?: Duration }): Layer<'call', 'call'> {
  assertPolicy('limit', options)
  const { per, maxWait, ...own } = options
  return limitLayer({
    ...own,
    ...(per === undefined ? {} : { per: durationOf(per, 'limit.per') }),
    ...(maxWait === undefined ? {} : { maxWait: durationOf(maxWait, 'limit.maxWait') }),
  })
}

/** Refuses calls with the probability with which the callee rejects them. */
export function breaker(options: Omit<BreakerOptions, 'window'> & { readonly window?: Duration } = {}): Layer<'call', 'call'> {
  assertPolicy('breaker', options)
  const { window, ...own } = options
  return breakerLayer({ ...own, ...(window === undefined ? {} : { window: durationOf(window, 'breaker.window') }) })
}

/** Keeps no more calls in flight than are answered well: the limit is found by losses. Or than all processes together may have. */
export function concurrency(
  options: Omit<ConcurrencyOptions, 'latencyAbove' | 'maxWait'> & { readonly latencyAbove?: Duration; readonly maxWait?: Duration } = {},
): Layer<'call', 'call'> {
  assertPolicy('concurrency', options)
  const { latencyAbove, maxWait, ...own } = options
  return concurrencyLayer({
    ...own,
    ...(latencyAbove === undefined ? {} : { latencyAbove: durationOf(latencyAbove, 'concurrency.latencyAbove') }),
    ...(maxWait === undefined ? {} : { maxWait: durationOf(maxWait, 'concurrency.maxWait') }),
  })
}

/** Refuses a share of calls, by criticality. */
export function drop(ratios: number | Partial<Record<Criticality, number>>, options: { readonly mode?: Mode } = {}): Layer<'call', 'call'> {
  assertModed('drop', ratios, options)
  return dropLayer({ ratios, ...options })
}

/** What the caller gets instead of a refusal or a failure. */
export function fallback(reply: Fallback, options: { readonly mode?: Mode } = {}): Layer<'call', 'call'> {
  assertModed('fallback', reply, options)
  return fallbackLayer({ reply, ...options })
}

/** Ends a call that takes longer. */
export function timeout(after: Duration, options: { readonly mode?: Mode } = {}): Layer<'call', 'call'> {
  assertModed('timeout', after, options)
  return timeoutLayer({ total: durationOf(after, 'timeout'), ...options })
}
