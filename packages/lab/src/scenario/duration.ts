import { z } from 'zod'

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/
export const DURATION_ACCEPTED = 'a duration: milliseconds as a number, or "250ms", "2s", "1m", "1h"'

function toMillis(value: number | string): number {
  if (typeof value === 'number') return value
  const [, amount = '0', unit = 'ms'] = PATTERN.exec(value) ?? []
  return Number(amount) * (UNITS[unit] ?? 1)
}

const accepted = { error: (): string => DURATION_ACCEPTED }

/** A length of time. Milliseconds, or a string with its unit; milliseconds once parsed. */
export const duration: z.ZodPipe<
  z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>,
  z.ZodTransform<number, string | number>
> = z
  .union([z.number(accepted).nonnegative(accepted), z.string(accepted).regex(PATTERN, accepted)], accepted)
  .transform(toMillis)

/** `5 s`, `250 ms`: for people. */
export function formatDuration(ms: number): string {
  if (ms >= 1_000) return `${Number((ms / 1_000).toFixed(ms >= 10_000 ? 0 : 1))} s`
  return `${Number(ms.toFixed(ms >= 100 ? 0 : 1))} ms`
}
