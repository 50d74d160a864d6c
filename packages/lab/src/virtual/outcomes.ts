import { classifyReply } from '@inmesh/http'
import type { Failure, Outcome } from '@inmesh/policy'

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
