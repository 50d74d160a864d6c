import type { Fault } from '../scenario/faults.ts'
import type { Load } from '../scenario/load.ts'

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

/** Measured time before anything went wrong, or the load left its first rate. */
export function healthyUntil({ faults, load }: { readonly faults: readonly Fault[]; readonly load: Load }): number {
  const surge = load.arrivals === 'spike' || (load.arrivals === 'ramp' && load.at > 0) ? load.at : Infinity
  return Math.min(load.duration, surge, ...faults.map(({ at }) => at))
}
