import {
  ATTEMPT_HEADER, CRITICALITY_HEADER, parseAttemptMark, parseCriticality, parseEnvoyAttemptCount, parseGrpcPreviousAttempts,
  REMAINING_TIME_READERS, type AttemptMark, type Criticality, type HeaderValue, type Millis,
} from '@inmesh/policy'
import type { IgnoredValues } from './ignored.ts'

/** Headers as Node hands them out: by lower-case names. */
export type Headers = Readonly<Record<string, HeaderValue>>

/** What a request says of itself. Fields of the request's one object, so that reading makes none. */
export interface Inbound {
  /** What its caller will still wait; undefined when it does not say. */
  remaining: Millis | undefined
  /** As it was sent, not capped yet. */
  said: Criticality | undefined
  /** 0 for a first try. */
  attempt: number
  mark: AttemptMark | undefined
}

/** Reads what anybody may have written. Never throws; what is there and is not believed is counted. */
export function readInbound(headers: Headers, into: Inbound, ignored: IgnoredValues): void {
  into.remaining = remainingOf(headers, ignored)
  const criticality = headers[CRITICALITY_HEADER]
  if (criticality !== undefined && (into.said = parseCriticality(criticality)) === undefined) ignored.count(CRITICALITY_HEADER)
  const mark = headers[ATTEMPT_HEADER]
  if (mark !== undefined && (into.mark = parseAttemptMark(mark)) === undefined) ignored.count(ATTEMPT_HEADER)
  const attempt = attemptOf(headers[ENVOY], headers[GRPC], ignored)
  // A proxy between counts its own tries from 1 again, and the mark is of whoever repeated the call.
  into.attempt = into.mark === undefined ? attempt : Math.max(1, attempt)
}

const ENVOY = 'x-envoy-attempt-count'
const GRPC = 'grpc-previous-rpc-attempts'

function remainingOf(headers: Headers, ignored: IgnoredValues): Millis | undefined {
  let remaining: Millis | undefined
  for (const [name, parse] of REMAINING_TIME_READERS) {
    const value = headers[name]
    if (value === undefined) continue
    const ms = parse(value)
    if (ms === undefined) ignored.count(name)
    else remaining ??= ms
  }
  return remaining
}

/** Two counts that differ cannot both be true, and nobody says which one is. */
function attemptOf(envoy: HeaderValue, grpc: HeaderValue, ignored: IgnoredValues): number {
  if (envoy === undefined && grpc === undefined) return 0
  const byEnvoy = parseEnvoyAttemptCount(envoy)
  const byGrpc = parseGrpcPreviousAttempts(grpc)
  const differ = byEnvoy !== undefined && byGrpc !== undefined && byEnvoy !== byGrpc
  if (envoy !== undefined && (byEnvoy === undefined || differ)) ignored.count(ENVOY)
  if (grpc !== undefined && (byGrpc === undefined || differ)) ignored.count(GRPC)
  return differ ? 0 : (byEnvoy ?? byGrpc ?? 0)
}
