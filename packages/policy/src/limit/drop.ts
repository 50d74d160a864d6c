import type { Criticality } from '../types.ts'

/** The share of calls to drop, 0–1: of all, or per criticality (what is not named is not dropped). 1 takes a callee out. */
export type DropRatios = number | Readonly<Partial<Record<Criticality, number>>>

/** Whether this call is dropped; `dice` is uniform in [0, 1), so that a ratio of 1 drops every call and 0 none. */
export function drop(ratios: DropRatios, criticality: Criticality, dice: number): boolean {
  return dice < dropRatio(ratios, criticality)
}

/** The ratio in force for a criticality. A ratio that is not a number drops nothing. */
export function dropRatio(ratios: DropRatios, criticality: Criticality): number {
  const ratio = typeof ratios === 'number' ? ratios : Object.hasOwn(ratios, criticality) ? ratios[criticality] : 0
  return ratio !== undefined && ratio > 0 ? Math.min(1, ratio) : 0
}
