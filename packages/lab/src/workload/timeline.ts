import type { Fault } from '../scenario/faults.ts'

export interface Step {
  readonly at: number
  readonly what: 'begin' | 'end'
  readonly fault: Fault
}

/** Begin and end of every fault, of those for good only the begin, in the order they are due; what ends makes room before what begins. */
export function timeline(faults: readonly Fault[]): Step[] {
  const steps = faults.flatMap((fault): Step[] => [
    { at: fault.at, what: 'begin', fault },
    { at: fault.at + fault.for, what: 'end', fault }
  ])
  return steps.filter(({ at }) => at < Infinity).sort((a, b) => a.at - b.at || (a.what === b.what ? 0 : a.what === 'end' ? -1 : 1))
}

/** Measured time before anything went wrong. */
export function healthyUntil(faults: readonly Fault[], duration: number): number {
  return Math.min(duration, ...faults.map(({ at }) => at))
}
