import type { Code, Failure, Millis, Outcome } from '@inmesh/policy'
import { DO_NOT_RETRY_HEADER, isCode, parseDoNotRetry, parseRefused, parseRetryAfter, REFUSED_HEADER } from '@inmesh/policy'
import { classifyError, InmeshError } from '@inmesh/pipeline'
import type { IncomingHttpHeaders } from 'node:http'

/** What a user's `classify` sees of a reply. Headers are lower-cased; the body is not here: heads decide before it comes. */
export interface ReplyHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

/**
 * A user's own verdict on a reply: one of the codes (`'OK'` for a success), or a business code of the callee's, which
 * `reweight.codes` and `retry.codes` may name. Undefined leaves it to the status.
 */
export type Classify = (reply: ReplyHead) => string | undefined

const byStatus: ReadonlyMap<number, Code> = new Map<number, Code>([
  [400, 'INVALID_ARGUMENT'], [401, 'UNAUTHENTICATED'], [403, 'PERMISSION_DENIED'], [404, 'NOT_FOUND'], [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'], [410, 'NOT_FOUND'], [412, 'FAILED_PRECONDITION'], [416, 'OUT_OF_RANGE'], [429, 'RESOURCE_EXHAUSTED'], [499, 'CANCELLED'],
  [500, 'INTERNAL'], [501, 'UNIMPLEMENTED'], [502, 'UNAVAILABLE'], [503, 'UNAVAILABLE'], [504, 'DEADLINE_EXCEEDED'],
])

// Outcomes of the common statuses are shared: a good reply allocates none.
const successes = new Map<number, Outcome>()

/** Facts about a reply. Every 4xx but 429 is a success of the endpoint: it did what it could with what it was sent. */
export function classifyReply(status: number, headers: IncomingHttpHeaders, classify: Classify | undefined, wallNow: () => number): Outcome {
  const own = classify?.({ status, headers })
  if (own !== undefined && own !== 'OK') return ownFailure(own, status, headers, wallNow)
  if (own === 'OK' || (status < 500 && status !== 429)) return success(status)
  return failure(byStatus.get(status) ?? 'UNKNOWN', status, headers, wallNow)
}

function success(status: number): Outcome {
  let outcome = successes.get(status)
  if (outcome === undefined) {
    outcome = Object.freeze<Outcome>({ kind: 'success', code: status < 400 ? 'OK' : (byStatus.get(status) ?? 'FAILED_PRECONDITION'), status })
    if (successes.size < 600) successes.set(status, outcome)
  }
  return outcome
}

function ownFailure(own: string, status: number, headers: IncomingHttpHeaders, wallNow: () => number): Outcome {
  if (isCode(own)) return failure(own, status, headers, wallNow)
  return { ...failure('UNKNOWN', status, headers, wallNow), business: own }
}

function failure(code: Code, status: number, headers: IncomingHttpHeaders, wallNow: () => number): Failure {
  const retryAfter: Millis | undefined = headers['retry-after'] === undefined ? undefined : parseRetryAfter(headers['retry-after'], wallNow())
  return {
    kind: 'failure',
    code,
    status,
    reach: parseRefused(headers[REFUSED_HEADER]) ? 'refused' : 'processed',
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(parseDoNotRetry(headers[DO_NOT_RETRY_HEADER]) ? { doNotRetry: true } : {}),
  }
}

const unsentCodes: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_CLOSED', 'ERR_TLS_CERT_ALTNAME_INVALID'])
const lateCodes: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const brokenCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_INFO', 'UND_ERR_DESTROYED'])
// A bad header or path, a length that is not the body's: it says nothing about the endpoint and is the same on every other.
const mistakeCodes: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

/**
 * Facts about an error of undici. `started`: whether the request had got a connection, before which no byte is sent.
 * `brokeBy`: whether it is what the caller's own body failed with.
 */
export function classifyFailure(error: unknown, started: boolean, brokeBy?: (error: unknown) => boolean): Failure {
  const failure = factsOf(error, started)
  // A stream that undici itself destroys has the connection's error, by which `code` tells it from the caller's own.
  return failure.code === 'UNKNOWN' && brokeBy?.(error) === true ? mistake(error, started) : failure
}

function mistake(cause: unknown, started: boolean): Failure {
  return { kind: 'failure', code: 'INVALID_ARGUMENT', reach: started ? 'processed' : 'unsent', doNotRetry: true, cause }
}

function factsOf(error: unknown, started: boolean): Failure {
  const code = codeOf(error)
  if (mistakeCodes.has(code)) return mistake(error, started)
  // The mesh's own end of a connection: it is closing, and whatever else would be tried is being closed as well.
  if (InmeshError.is(error) && error.code === 'INMESH_CLOSED') return { kind: 'failure', code: 'CANCELLED', reach: started ? 'processed' : 'unsent', doNotRetry: true, cause: error }
  if (!started || unsentCodes.has(code)) return { kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent', cause: error }
  if (lateCodes.has(code)) return { kind: 'failure', code: 'DEADLINE_EXCEEDED', reach: 'processed', cause: error }
  if (brokenCodes.has(code)) return { kind: 'failure', code: 'UNAVAILABLE', reach: 'processed', cause: error }
  return classifyError(error)
}

/** Whether a connection broke, as it does when the callee closes a kept-alive one at the moment we use it. */
export function isBroken(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET'
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
