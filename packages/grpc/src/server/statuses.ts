import { CODES, type Code } from '@inmesh/policy'

/**
 * What HTTP would answer, as `google/rpc/code.proto` has it beside each code: limits, load reports and events of servers know
 * one kind of status, whatever protocol a request came by.
 */
const HTTP: Readonly<Record<Code, number>> = {
  OK: 200, CANCELLED: 499, UNKNOWN: 500, INVALID_ARGUMENT: 400, DEADLINE_EXCEEDED: 504, NOT_FOUND: 404, ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403, RESOURCE_EXHAUSTED: 429, FAILED_PRECONDITION: 400, ABORTED: 409, OUT_OF_RANGE: 400, UNIMPLEMENTED: 501,
  INTERNAL: 500, UNAVAILABLE: 503, DATA_LOSS: 500, UNAUTHENTICATED: 401,
}

/** The code that a number on the wire means. One that means nothing is UNKNOWN, as the protocol has it. */
export function codeOf(status: number): Code {
  return CODES[status] ?? 'UNKNOWN'
}

export function httpStatusOf(code: Code): number {
  return HTTP[code]
}
