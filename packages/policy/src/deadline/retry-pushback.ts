import type { Millis } from '../types.ts'
import { digits, type HeaderValue, sane, single } from './header-value.ts'

/**
 * `grpc-retry-pushback-ms` (gRFC A6): wait so long, or do not try again. Here alone what cannot be read is not ignored: it
 * stops, as the specification says, since a server that pushes back at all is in need. Undefined only when absent.
 */
export function parsePushback(value: HeaderValue): Millis | 'stop' | undefined {
  if (value === undefined) return undefined
  return sane(digits(single(value), 10)) ?? 'stop'
}

export function formatPushback(wait: Millis | 'stop'): string {
  return wait === 'stop' || !(wait <= 86_400_000) ? '-1' : String(Math.max(0, Math.ceil(wait)))
}
