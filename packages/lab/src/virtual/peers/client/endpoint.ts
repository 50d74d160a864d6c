import type { Upstream } from '../../contract.ts'

/** An upstream as one client knows it. */
export class PeerEndpoint {
  /** The way there; a change of the fleet makes it anew. */
  upstream: Upstream
  /** Its row in the tables of balancer and outlier detection; never given to another. */
  readonly id: number
  /** Tries sent there that have not ended. */
  inFlight = 0

  constructor(upstream: Upstream, id: number) {
    this.upstream = upstream
    this.id = id
  }
}
