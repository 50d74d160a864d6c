import { CODES } from '@inmesh/policy'
import type { Code } from '@inmesh/policy'

/** google/rpc/code.proto names the HTTP status beside each code; of several codes the one that says least more. 502 is a gateway's 503. */
const CODE_OF: ReadonlyMap<number, Code> = new Map([
  [200, 'OK'],
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [409, 'ABORTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED']
])

/** HTTP statuses that a gRPC replica can fail with. */
export const failureStatuses: readonly number[] = [...CODE_OF.keys()].filter((status) => status >= 400)

/** gRPC's number for an HTTP status; UNKNOWN's for one that has no code. */
export function rpcStatusOf(status: number): number {
  return CODES.indexOf(CODE_OF.get(status) ?? 'UNKNOWN')
}

/** What a gRPC error's number is called. */
export function codeNamed(number: number): string {
  return CODES[number] ?? `code ${number}`
}
