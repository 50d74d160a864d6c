import type { Random as Chance } from '@inmesh/policy'
import type { PeerEndpoint } from '../client/endpoint.ts'
import { Balancer } from '../client/parts.ts'

/** Any of them, with the same chance. */
export class Random extends Balancer {
  private readonly random: Chance

  constructor(random: Chance) {
    super()
    this.random = random
  }

  pick(): PeerEndpoint | undefined {
    return this.endpoints[Math.floor(this.random.next() * this.endpoints.length)]
  }
}
