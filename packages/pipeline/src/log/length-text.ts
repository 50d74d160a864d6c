import type { Millis } from '@inmesh/policy'

/** A length of time as one reads it in a sentence: `80 ms`, `5 s`, `2.5 min`. */
export function lengthText(ms: Millis): string {
  if (!Number.isFinite(ms)) return 'ever'
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 59_950) return `${tenths(ms / 1000)} s`
  if (ms < 5_700_000) return `${tenths(ms / 60_000)} min`
  return `${tenths(ms / 3_600_000)} h`
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}
