import type { Cause, Code } from '../types.ts'
import { type HeaderValue, single } from './header-value.ts'

export const ATTEMPT_HEADER = 'inmesh-attempt'
export const DO_NOT_RETRY_HEADER = 'inmesh-do-not-retry'
export const REFUSED_HEADER = 'inmesh-refused'

/** What a request says of itself when it is not the first of its call. */
export interface AttemptMark {
  readonly cause: Exclude<Cause, 'first'>
  /** What the try before died of; absent when that is neither of the two that retries below make worse. */
  readonly after?: 'overload' | 'timeout'
}

const MARK = /^(retry|backup|rescue)(?:;after=(overload|timeout))?$/

/** `inmesh-attempt: retry;after=overload`. */
export function parseAttemptMark(value: HeaderValue): AttemptMark | undefined {
  const found = MARK.exec(single(value) ?? '')
  if (found === null) return undefined
  const cause = found[1] as AttemptMark['cause']
  const after = found[2] as AttemptMark['after']
  return after === undefined ? { cause } : { cause, after }
}

/** Undefined for a first try, which says nothing. `after` is the code of the failure that led to a retry. */
export function formatAttemptMark(cause: Cause, after?: Code): string | undefined {
  if (cause === 'first') return undefined
  if (cause !== 'retry') return cause
  if (after === 'DEADLINE_EXCEEDED') return 'retry;after=timeout'
  return after === 'UNAVAILABLE' || after === 'RESOURCE_EXHAUSTED' ? 'retry;after=overload' : 'retry'
}

/**
 * The chain guard: whether work for this request sends nothing extra below. Five layers of three tries each are 243 tries
 * on the lowest (Amazon Builders' Library, "Timeouts, retries and backoff with jitter"). A retry after a plain error is
 * let through: it was not the load that failed.
 */
export function suppressesExtraTries(mark: AttemptMark | undefined): boolean {
  return mark !== undefined && (mark.cause !== 'retry' || mark.after !== undefined)
}

/** `inmesh-do-not-retry: 1` on a reply: sending again is pointless or harmful. */
export function parseDoNotRetry(value: HeaderValue): boolean {
  return single(value) === '1'
}

/** `inmesh-refused: 1` on a reply: nothing was done, so even what may be done once only can be sent again. */
export function parseRefused(value: HeaderValue): boolean {
  return single(value) === '1'
}
