import type { Random } from '@inmesh/policy'
import type { PeerEndpoint } from '../client/endpoint.ts'
import { Balancer } from '../client/parts.ts'

/**
 * Of `choices` endpoints drawn at random the one with the fewest tries in flight; of equals the first drawn. Drawn with
 * replacement, as Envoy does it for endpoints of one weight.
 */
export class LeastRequest extends Balancer {
  private readonly random: Random
  private readonly choices: number

  constructor(random: Random, choices: number) {
    super()
    this.random = random
    this.choices = choices
  }

  pick(): PeerEndpoint | undefined {
    let best = this.draw()
    for (let choice = 1; choice < this.choices; choice++) {
      const other = this.draw()
      if (other !== undefined && best !== undefined && other.inFlight < best.inFlight) best = other
    }
    return best
  }

  private draw(): PeerEndpoint | undefined {
    return this.endpoints[Math.floor(this.random.next() * this.endpoints.length)]
  }
}
