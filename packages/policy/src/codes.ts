import type { Code } from './types.ts'

/** The compiler refuses a table that lacks one. */
const ALL: Readonly<Record<Code, true>> = {
  OK: true, CANCELLED: true, UNKNOWN: true, INVALID_ARGUMENT: true, DEADLINE_EXCEEDED: true, NOT_FOUND: true,
  ALREADY_EXISTS: true, PERMISSION_DENIED: true, RESOURCE_EXHAUSTED: true, FAILED_PRECONDITION: true, ABORTED: true,
  OUT_OF_RANGE: true, UNIMPLEMENTED: true, INTERNAL: true, UNAVAILABLE: true, DATA_LOSS: true, UNAUTHENTICATED: true,
}

/** Every code there is, as gRPC numbers them. */
export const CODES: readonly Code[] = Object.keys(ALL) as Code[]

/** Whether a text is one of the codes, and not a business code of the callee's own. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(ALL, text)
}

/** A status as users write it where codes may stand, such as 503 or `'503'`; undefined for everything else. */
export function statusIn(code: string | number): number | undefined {
  return /^[1-5]\d\d$/.test(String(code)) ? Number(code) : undefined
}
