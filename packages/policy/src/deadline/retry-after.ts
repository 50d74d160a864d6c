import type { Millis } from '../types.ts'
import { digits, type HeaderValue, sane, single } from './header-value.ts'
import { parseHttpDate } from './http-date.ts'

/**
 * `Retry-After`, seconds or a date (RFC 9110 §10.2.3), as time from now. A date is the one value on the wire that needs
 * clocks to agree: `wallNow` is this process's, in milliseconds since 1970. A date that has passed is 0.
 */
export function parseRetryAfter(value: HeaderValue, wallNow: number): Millis | undefined {
  const text = single(value)
  if (text === undefined) return undefined
  const seconds = digits(text, 10)
  if (seconds !== undefined) return sane(seconds * 1000)
  const date = parseHttpDate(text, wallNow)
  return date === undefined ? undefined : sane(Math.max(0, date - wallNow))
}

/** Seconds, rounded up: one who comes back too soon is refused again. */
export function formatRetryAfter(wait: Millis): string {
  return String(Math.max(0, Math.ceil(Math.min(wait, 86_400_000) / 1000)))
}
