import type { Fault } from '../scenario/faults.ts'

/** `slow × 10`, `fail 503`: the fault without its replica. */
export function faultLabel(fault: Fault): string {
  if (fault.kind === 'slow') return `slow × ${fault.factor}`
  return fault.kind === 'fail' ? `fail ${fault.code}` : fault.kind
}
