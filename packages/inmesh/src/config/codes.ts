import type { Code } from '@inmesh/policy'

/** Every code there is; the compiler refuses a table that lacks one. */
const all: Readonly<Record<Code, true>> = {
  OK: true, CANCELLED: true, UNKNOWN: true, INVALID_ARGUMENT: true, DEADLINE_EXCEEDED: true, NOT_FOUND: true,
  ALREADY_EXISTS: true, PERMISSION_DENIED: true, RESOURCE_EXHAUSTED: true, FAILED_PRECONDITION: true, ABORTED: true,
  OUT_OF_RANGE: true, UNIMPLEMENTED: true, INTERNAL: true, UNAVAILABLE: true, DATA_LOSS: true, UNAUTHENTICATED: true,
}

export const codes: readonly Code[] = Object.keys(all) as Code[]
