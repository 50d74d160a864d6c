import type { Criticality } from '../types.ts'
import { type HeaderValue, single } from './header-value.ts'

export const CRITICALITY_HEADER = 'inmesh-criticality'

/** Most critical first. */
export const CRITICALITIES: readonly Criticality[] = ['CRITICAL_PLUS', 'CRITICAL', 'SHEDDABLE_PLUS', 'SHEDDABLE']

/** One of the four names, in any case. */
export function parseCriticality(value: HeaderValue): Criticality | undefined {
  const text = single(value)?.toUpperCase()
  return CRITICALITIES.find((criticality) => criticality === text)
}

/**
 * At most `cap`. Callers outside the trust boundary call themselves as critical as they like; the top class is for what
 * keeps the others alive.
 */
export function capCriticality(criticality: Criticality, cap: Criticality = 'CRITICAL'): Criticality {
  return CRITICALITIES[Math.max(CRITICALITIES.indexOf(criticality), CRITICALITIES.indexOf(cap))] ?? cap
}
