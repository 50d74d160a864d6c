import type { Figures } from './figures.ts'
import { interval } from './interval.ts'
import type { Interval } from './interval.ts'

/** The figures that are compared: between contenders, between results, over a sweep. */
export const COMPARED = {
  success: { label: 'success', unit: 'share', of: (each: Figures) => each.success },
  served: { label: 'served', unit: 'rate', of: (each: Figures) => each.served },
  meanMs: { label: 'mean', unit: 'ms', of: (each: Figures) => each.meanMs },
  p50: { label: 'p50', unit: 'ms', of: (each: Figures) => each.latencyMs.p50 },
  p90: { label: 'p90', unit: 'ms', of: (each: Figures) => each.latencyMs.p90 },
  p99: { label: 'p99', unit: 'ms', of: (each: Figures) => each.latencyMs.p99 },
  p999: { label: 'p99.9', unit: 'ms', of: (each: Figures) => each.latencyMs.p999 },
  max: { label: 'slowest', unit: 'ms', of: (each: Figures) => each.latencyMs.max },
  extraLoad: { label: 'extra load', unit: 'share', of: (each: Figures) => each.extraLoad }
} as const

export type ComparedKey = keyof typeof COMPARED
export const COMPARED_KEYS = Object.keys(COMPARED) as readonly ComparedKey[]

/** Each figure's mean over the seeds, with its interval of 95 %. */
export type Means = Readonly<Record<ComparedKey, Interval>>

export function meansOf(all: readonly Figures[]): Means {
  const entries = COMPARED_KEYS.map((key) => [key, interval(all.map((each) => COMPARED[key].of(each)))] as const)
  return Object.fromEntries(entries) as Record<ComparedKey, Interval>
}
