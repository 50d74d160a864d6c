import type { Millis } from '../types.ts'
import { digits, type HeaderValue, sane, single } from './header-value.ts'

/** In ms. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
])

/** Below it, whole milliseconds are too coarse. */
const COARSE: Millis = 10
const MOST = 99_999_999

/** `grpc-timeout`: at most eight digits and a unit, `1S`, `250m` (gRPC over HTTP/2, "Timeout"). */
export function parseGrpcTimeout(value: HeaderValue): Millis | undefined {
  const text = single(value)
  if (text === undefined) return undefined
  const unit = UNITS.get(text.slice(-1))
  const count = digits(text.slice(0, -1), 8)
  return unit === undefined || count === undefined ? undefined : sane(count * unit)
}

/** Rounded down: time on the wire only ever shrinks. Undefined without a deadline. */
export function formatGrpcTimeout(left: Millis): string | undefined {
  if (!(left < Infinity)) return undefined
  if (left < COARSE) return `${Math.max(0, Math.floor(left * 1000))}u`
  if (left <= MOST) return `${Math.floor(left)}m`
  return `${Math.min(MOST, Math.floor(left / 1000))}S`
}
