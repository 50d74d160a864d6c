import { Metadata, status, type StatusObject } from '@grpc/grpc-js'
import { DO_NOT_RETRY_HEADER, formatPushback, REFUSED_HEADER } from '@inmesh/policy'
import type { Refusal } from '@inmesh/server'

export const PUSHBACK = 'grpc-retry-pushback-ms'

/** Over a quota: RESOURCE_EXHAUSTED. No room here: UNAVAILABLE, which every client may try elsewhere (gRFC A6). */
const CODES = { 429: status.RESOURCE_EXHAUSTED, 503: status.UNAVAILABLE, 504: status.DEADLINE_EXCEEDED } as const

/** What a call gets that is refused: as over HTTP that nothing was done, and in gRPC's own word when to try again, or not to. */
export function refusedStatus({ status: http, policy, why, detail, retryAfter, doNotRetry, rateLimit }: Refusal): StatusObject {
  const metadata = new Metadata()
  metadata.set(REFUSED_HEADER, '1')
  if (doNotRetry) metadata.set(DO_NOT_RETRY_HEADER, '1')
  if (doNotRetry || retryAfter > 0) metadata.set(PUSHBACK, formatPushback(doNotRetry ? 'stop' : retryAfter))
  if (rateLimit !== undefined) metadata.set('ratelimit', rateLimit)
  return { code: CODES[http], details: `${detail} (inmesh: ${policy}, ${why})`, metadata }
}
