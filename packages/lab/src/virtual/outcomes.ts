import { classifyReply } from '@inmesh/http'
import { DO_NOT_RETRY_HEADER, REFUSED_HEADER } from '@inmesh/policy'
import type { Failure, Outcome, Turned } from '@inmesh/policy'

/** What HTTP makes of a status: the adapter's own verdict, one object for each. */
const byStatus = new Map<number, Outcome>()

export function outcomeOfStatus(status: number): Outcome {
  const known = byStatus.get(status)
  if (known !== undefined) return known
  const outcome = Object.freeze(classifyReply(status, {}, undefined, () => 0))
  byStatus.set(status, outcome)
  return outcome
}

export const OK: Outcome = outcomeOfStatus(200)

const turned = new Map<string, Failure>()

/** What the server half answers to a call that it does not take, read as the client half reads it. */
export function turnedAway({ why, everywhere, retryAfter }: Turned): Failure {
  const status = why === 'deadline' ? 504 : 503
  const key = `${status} ${everywhere} ${retryAfter}`
  const known = turned.get(key)
  if (known !== undefined) return known
  const headers = {
    [REFUSED_HEADER]: '1',
    ...(everywhere && { [DO_NOT_RETRY_HEADER]: '1' }),
    ...(retryAfter > 0 && { 'retry-after': String(Math.ceil(retryAfter / 1_000)) })
  }
  const outcome = Object.freeze(classifyReply(status, headers, undefined, () => 0)) as Failure
  turned.set(key, outcome)
  return outcome
}

/** A failure about which all was done below that could be: trying again from above would do it once more. */
export function exhausted(status: number): Failure {
  const key = `${status} exhausted`
  const known = turned.get(key)
  if (known !== undefined) return known
  const outcome = Object.freeze(classifyReply(status, { [DO_NOT_RETRY_HEADER]: '1' }, undefined, () => 0)) as Failure
  turned.set(key, outcome)
  return outcome
}

/** An error of the transport. Without a stack: thousands are made when a replica dies, and nobody threw them. */
class TransportError extends Error {
  readonly code: string

  constructor(code: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(code)
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
  }
}

/** Nothing listens there: not a byte was sent. */
export function refused(): Failure {
  return { kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent', cause: new TransportError('ECONNREFUSED') }
}

/** The connection broke: each try has its own over HTTP/1.1, so no two share a cause. */
export function reset(): Failure {
  return { kind: 'failure', code: 'UNAVAILABLE', reach: 'processed', cause: new TransportError('ECONNRESET') }
}

/** The client's own patience with a silent connection, undici's `headersTimeout`. */
export const HEADERS_TIMEOUT = 300_000

export function headersTimeout(): Failure {
  return {
    kind: 'failure',
    code: 'DEADLINE_EXCEEDED',
    reach: 'processed',
    cause: new TransportError('UND_ERR_HEADERS_TIMEOUT')
  }
}

/** What failures are counted by: the status, or the error's code. */
export function nameOf({ status, code, cause }: Failure): string {
  if (status !== undefined) return `status ${status}`
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : code
}
