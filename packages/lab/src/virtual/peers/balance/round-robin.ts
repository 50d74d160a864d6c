import type { Random } from '@inmesh/policy'
import type { PeerEndpoint } from '../client/endpoint.ts'
import { Balancer } from '../client/parts.ts'

/** One after the other. */
export class RoundRobin extends Balancer {
  private at: number

  /** Begins anywhere: else many clients that start together would march in step. */
  constructor(random: Random) {
    super()
    this.at = Math.floor(random.next() * 0x40000000)
  }

  pick(): PeerEndpoint | undefined {
    return this.endpoints[this.at++ % this.endpoints.length]
  }
}
