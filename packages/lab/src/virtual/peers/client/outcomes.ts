import type { Failure, Ignored } from '@inmesh/policy'
import type { VirtualCall } from '../../contract.ts'

/** Failures that a client states itself. Shared: nothing in them differs from call to call. */
export const TOO_LATE: Failure = Object.freeze({ kind: 'failure', code: 'DEADLINE_EXCEEDED', reach: 'processed' })
export const NOBODY: Failure = Object.freeze({ kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent' })
export const SUPERSEDED: Ignored = Object.freeze({ kind: 'ignored', why: 'superseded' })

/**
 * May a failed call be sent again? No peer knows by itself what a call does: whoever sets one up names the operations
 * that may be repeated, and so does the scenario, the same for all.
 */
export function mayRetry({ requestClass: { repeat } }: VirtualCall, { reach }: Failure): boolean {
  if (repeat === 'concurrent' || repeat === 'sequential') return true
  return repeat === 'if-unprocessed' && reach !== 'processed'
}

export function mayHedge({ requestClass }: VirtualCall): boolean {
  return requestClass.repeat === 'concurrent'
}
