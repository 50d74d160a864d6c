import type { Code, Failure, Reach } from '@inmesh/policy'

/** Codes of errors that come before a byte of the request has left this process. */
const unsent: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ECONNECTIONREFUSED'])

const late: ReadonlySet<string> = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'ECONNABORTED'])

const broken: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'EPROTO'])

/**
 * Facts about an error of any Node client, from the codes of Node's sockets: how far the request got, and a code.
 * `processed` is the safe guess: it lets nothing be repeated that might have been done.
 */
export function classifyError(error: unknown): Failure {
  const code = readable(systemCode, error)
  const verdict = (name: Code, reach: Reach): Failure => ({ kind: 'failure', code: name, reach, cause: error })
  if (code === undefined) return verdict('UNKNOWN', 'processed')
  if (unsent.has(code)) return verdict('UNAVAILABLE', 'unsent')
  if (broken.has(code)) return verdict('UNAVAILABLE', 'processed')
  if (late.has(code)) return verdict('DEADLINE_EXCEEDED', 'processed')
  return verdict('UNKNOWN', 'processed')
}

/** The first code found along the causes; clients wrap the socket's error in their own. */
function systemCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    const { code, cause } = at as { code?: unknown; cause?: unknown }
    if (typeof code === 'string' && (unsent.has(code) || broken.has(code) || late.has(code))) return code
    at = cause
  }
  return undefined
}

/**
 * The error inside p-retry's `AbortError`, by which a function says "do not retry"; undefined for any other error. By its
 * shape, since there may be several copies of p-retry, or none. Nested ones are opened as p-retry opens them.
 */
export function abortedWith(error: unknown): Error | undefined {
  return readable(insideOf, error)
}

function insideOf(error: unknown): Error | undefined {
  let inside: Error | undefined
  for (let at = error, depth = 0; isAbortError(at) && depth < 5; depth++) {
    inside = at.originalError
    at = inside
  }
  return inside
}

function isAbortError(error: unknown): error is Error & { readonly originalError: Error } {
  return error instanceof Error && error.name === 'AbortError' && 'originalError' in error && error.originalError instanceof Error
}

/** A getter of an error may throw: who waits for the call must have the error all the same. */
function readable<T>(read: (error: unknown) => T | undefined, error: unknown): T | undefined {
  try {
    return read(error)
  } catch {
    return undefined
  }
}
