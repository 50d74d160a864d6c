import type { Millis } from '../types.ts'
import { digits, type HeaderValue, sane, single } from './header-value.ts'

const MOST = 9_999_999_999

/** `connect-timeout-ms`: at most ten digits (Connect protocol, "Timeouts"). 0 means that nothing is left. */
export function parseConnectTimeout(value: HeaderValue): Millis | undefined {
  return sane(digits(single(value), 10))
}

/** Rounded down. Undefined without a deadline. */
export function formatConnectTimeout(left: Millis): string | undefined {
  return left < Infinity ? String(Math.min(MOST, Math.max(0, Math.floor(left)))) : undefined
}

/**
 * `x-envoy-expected-rq-timeout-ms` and `x-envoy-upstream-rq-timeout-ms`: milliseconds. Envoy reads 0 as "no timeout", so
 * it says nothing here.
 */
export function parseEnvoyTimeout(value: HeaderValue): Millis | undefined {
  const ms = sane(digits(single(value), 10))
  return ms === 0 ? undefined : ms
}

/** Rounded down, but never to the 0 that would mean "no timeout". Undefined without a deadline. */
export function formatEnvoyTimeout(left: Millis): string | undefined {
  return left < Infinity ? String(Math.min(MOST, Math.max(1, Math.floor(left)))) : undefined
}
