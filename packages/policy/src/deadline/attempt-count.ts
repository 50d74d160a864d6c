import { digits, type HeaderValue, single } from './header-value.ts'

/** Nobody tries that often. */
const MOST = 1000

/** `x-envoy-attempt-count`, which begins with 1, as an ordinal, which begins with 0. */
export function parseEnvoyAttemptCount(value: HeaderValue): number | undefined {
  const count = digits(single(value), 4)
  return count !== undefined && count >= 1 && count <= MOST ? count - 1 : undefined
}

export function formatEnvoyAttemptCount(ordinal: number): string {
  return String(Math.min(MOST, ordinal + 1))
}

/** `grpc-previous-rpc-attempts`, how many went before, which is the ordinal. */
export function parseGrpcPreviousAttempts(value: HeaderValue): number | undefined {
  const count = digits(single(value), 4)
  return count !== undefined && count <= MOST ? count : undefined
}

/** Undefined for a first try, which does not carry it (gRFC A6). */
export function formatGrpcPreviousAttempts(ordinal: number): string | undefined {
  return ordinal === 0 ? undefined : String(Math.min(MOST, ordinal))
}
