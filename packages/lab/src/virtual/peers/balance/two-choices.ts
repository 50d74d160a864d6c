import type { Instant, Random } from '@inmesh/policy'
import type { VirtualCall } from '../../contract.ts'
import type { PeerEndpoint } from '../client/endpoint.ts'
import { Balancer } from '../client/parts.ts'

/**
 * Two different endpoints drawn at random, and of these the one with the lower load; the second where they are equal.
 * Finagle's `P2CPick`, after Mitzenmacher, "The power of two choices in randomized load balancing" (2001).
 */
export abstract class TwoChoices extends Balancer {
  protected readonly random: Random

  constructor(random: Random) {
    super()
    this.random = random
  }

  pick(_call: VirtualCall, now: Instant): PeerEndpoint | undefined {
    const { endpoints, random } = this
    if (endpoints.length < 2) return endpoints[0]
    const at = Math.floor(random.next() * endpoints.length)
    const drawn = Math.floor(random.next() * (endpoints.length - 1))
    const one = endpoints[at] as PeerEndpoint
    const other = endpoints[drawn >= at ? drawn + 1 : drawn] as PeerEndpoint
    return this.choose(one, other, now)
  }

  protected choose(one: PeerEndpoint, other: PeerEndpoint, now: Instant): PeerEndpoint {
    return this.load(one, now) < this.load(other, now) ? one : other
  }

  protected abstract load(endpoint: PeerEndpoint, now: Instant): number
}

/** Load is what is in flight. */
export class LeastLoaded extends TwoChoices {
  protected load(endpoint: PeerEndpoint): number {
    return endpoint.inFlight
  }
}
