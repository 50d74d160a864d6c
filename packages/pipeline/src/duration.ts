import type { Millis } from '@inmesh/policy'

/** Milliseconds, or a number with its unit. Always relative: a length of time, never an instant. */
export type Duration = Millis | `${number}${'ms' | 's' | 'm' | 'h'}`

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
const form = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/

/** What `Duration` accepts, for messages. */
export const durationForm = "milliseconds as a number ≥ 0, or '250ms', '2s', '1m', '1h'"

/** Undefined for what is not a duration: negative, not finite, without a unit. */
export function parseDuration(value: unknown): Millis | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  const [, amount, unit] = form.exec(value) ?? []
  if (amount === undefined) return undefined
  const ms = Number(amount) * units[unit as keyof typeof units]
  return Number.isFinite(ms) ? ms : undefined
}

/** For options of single calls, which no schema has checked. */
export function durationOf(value: Duration, option: string): Millis {
  const ms = parseDuration(value)
  if (ms === undefined) throw new TypeError(`${option}: got ${JSON.stringify(value)}, accepted: ${durationForm}`)
  return ms
}
