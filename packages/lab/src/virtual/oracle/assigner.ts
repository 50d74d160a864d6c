import type { Instant } from '@inmesh/policy'
import type { Clairvoyance, VirtualCall } from '../contract.ts'
import type { PeerEndpoint } from '../peers/client/endpoint.ts'
import { Balancer } from '../peers/client/parts.ts'

/**
 * Sends a call where it will end first, knowing every queue and every service time.
 *
 * What it bounds: no choice of *one* replica for *this* call, at this instant and with these queues, ends sooner; nor does
 * any hedge or retry of this call, whose copies could only go to replicas that were looked at.
 *
 * What it does not bound: it is greedy, so that each choice leaves queues to those that come after; a planner that let one
 * call wait could in principle do better over all of them, and at a single quantile another may come out ahead by luck. Nor
 * does it know what has not happened: faults that begin later, and calls of other clients that are still on the network.
 */
export class Assigner extends Balancer {
  private readonly truth: Clairvoyance

  constructor(truth: Clairvoyance) {
    super()
    this.truth = truth
  }

  pick(call: VirtualCall, now: Instant): PeerEndpoint | undefined {
    let best = this.endpoints[0]
    let bestAt = Infinity
    for (const endpoint of this.endpoints) {
      const at = this.endsAfter(call, endpoint, now)
      if (at < bestAt || (at === bestAt && best !== undefined && endpoint.inFlight < best.inFlight)) {
        best = endpoint
        bestAt = at
      }
    }
    return best
  }

  /** A replica that would fail the call ends it never, however soon it does so. */
  private endsAfter(call: VirtualCall, { upstream }: PeerEndpoint, now: Instant): number {
    if (this.truth.failure(call, upstream, now) !== undefined) return Infinity
    const wait = this.truth.wait(upstream, now)
    return wait === Infinity ? Infinity : wait + this.truth.serviceTime(call, upstream, now + wait)
  }
}
