import { attempts } from './interceptors/attempts.ts'
import { balance } from './interceptors/balance.ts'
import { breaker } from './interceptors/breaker.ts'
import { concurrency } from './interceptors/concurrency.ts'
import { drop } from './interceptors/drop.ts'
import { fallback } from './interceptors/fallback.ts'
import { limit } from './interceptors/limit.ts'
import { tryTimeout } from './interceptors/try-timeout.ts'
import type { AnyLayer } from './layer.ts'
import { strictest, type Mode } from './mode.ts'
import type { ServicePolicy } from './service-policy.ts'

/**
 * The order in which a service's policies stand, outermost first; each layer carries its reason. The edge is not among
 * them: it sets the deadline, reads the context and reports the call as its caller saw it.
 *
 * A fallback stands outside what refuses, against the first idea of putting admission outermost: users want a refused
 * call degraded like a failed one. `ended` reports such a call as a success with `fallback: true`, so that a dashboard
 * can count it as what it is.
 */
export function preset(policy: ServicePolicy, ceiling: Mode = 'on'): readonly AnyLayer[] {
  const capped = (mode: Mode | undefined): Mode => strictest(ceiling, policy.mode, mode)
  const own = (scope: AnyLayer['from']): readonly AnyLayer[] => (policy.interceptors ?? []).filter((layer) => layer.from === scope)
  const { retry = {}, backup = {}, rescue = {}, eject = {}, guard = false, budget } = policy
  const timeout = policy.timeout === false ? undefined : policy.timeout
  const layers: (AnyLayer | false | undefined)[] = [
    policy.fallback !== undefined && policy.fallback !== false && fallback({ ...policy.fallback, mode: capped(policy.fallback.mode) }),
    policy.drop !== undefined && policy.drop !== false && drop({ ...policy.drop, mode: capped(policy.drop.mode) }),
    policy.breaker !== undefined && policy.breaker !== false && breaker({ ...policy.breaker, mode: capped(policy.breaker.mode) }),
    policy.limit !== undefined && policy.limit !== false && limit({ ...policy.limit, mode: capped(policy.limit.mode) }),
    policy.concurrency !== undefined && policy.concurrency !== false && concurrency({ ...policy.concurrency, mode: capped(policy.concurrency.mode) }),
    ...own('call'),
    attempts({
      retry: partOf(retry, capped),
      backup: partOf(backup, capped),
      rescue: partOf(rescue, capped),
      ...(budget === undefined ? {} : { budget }),
      modes: { retry: capped(modeOf(retry)), backup: capped(modeOf(backup)), rescue: capped(modeOf(rescue)) },
    }),
    ...own('attempt'),
    balance({
      modes: { balance: capped(policy.balance?.mode), eject: eject === false ? 'off' : capped(eject.mode), guard: capped(modeOf(guard)) },
      ...(policy.balance?.by === 'hash' && policy.balance.key !== undefined ? { key: policy.balance.key } : {}),
    }),
    ...own('routed'),
    timeout?.perTry !== undefined && tryTimeout({ perTry: timeout.perTry, mode: capped(timeout.mode) }),
  ]
  return layers.filter((layer): layer is AnyLayer => layer !== false && layer !== undefined)
}

function modeOf(part: { readonly mode?: Mode } | false): Mode {
  return part === false ? 'off' : (part.mode ?? 'on')
}

/** A part that is off in every way is not even computed. */
function partOf<T extends { readonly mode?: Mode }>(part: T | false, capped: (mode: Mode | undefined) => Mode): T | false {
  return part === false || capped(part.mode) === 'off' ? false : part
}
