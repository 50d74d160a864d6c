import type { Instant } from '../types.ts'
import type { Endpoint } from './endpoint.ts'
import type { PickRequest } from './pick-request.ts'
import { Visited } from './visited.ts'

export interface GuardOptions {
  /** The most tries one endpoint may have in flight: awaiting their head, or with a body younger than a second. Default: no limit. At least 1. */
  readonly perEndpoint?: number
}

/** Picks that may meet full endpoints before the rest are looked through in turn. */
const PICKS = 3

type Pick<T> = (request: PickRequest<T>) => Endpoint<T> | undefined

/**
 * Keeps endpoints from more than they may have in flight. A full one is passed over inside the pick: choosing and counting
 * are one turn of one thread, so nobody can take the place in between, and no try is spent on finding out. The balancers
 * know nothing of it: only who has picked a full endpoint picks again, with the full ones among those to be avoided.
 */
export class Guard<T> {
  /** Read before anything else of it, so that without a limit a pick pays one comparison. */
  perEndpoint: number = Infinity
  #hand = 0

  configure({ perEndpoint = Infinity }: GuardOptions): void {
    this.perEndpoint = Math.max(1, perEndpoint)
  }

  isFull(endpoint: Endpoint<T>, now: Instant): boolean {
    return endpoint.inFlight(now) >= this.perEndpoint
  }

  /** One with room, by the balancer's own choice as long as that is quick. `full`: what it chose first. */
  elsewhere(full: Endpoint<T>, among: readonly Endpoint<T>[], request: PickRequest<T>, pick: Pick<T>, now: Instant): Endpoint<T> | undefined {
    const avoid = new Visited<T>()
    for (const endpoint of request.visited) avoid.add(endpoint)
    avoid.add(full)
    const again = avoiding(request, avoid)
    for (let picks = 1; picks < PICKS; picks++) {
      const endpoint = pick(again)
      if (endpoint === undefined || avoid.has(endpoint)) break
      if (!this.isFull(endpoint, now)) return endpoint
      avoid.add(endpoint)
    }
    const anew = this.#inTurn(among, request.visited, now)
    return anew ?? (request.mustDiffer ? undefined : this.#inTurn(among, new Visited<T>(), now))
  }

  #inTurn(among: readonly Endpoint<T>[], visited: Visited<T>, now: Instant): Endpoint<T> | undefined {
    this.#hand += 1
    for (let step = 0; step < among.length; step++) {
      const endpoint = among[(this.#hand + step) % among.length]!
      if (!visited.has(endpoint) && !this.isFull(endpoint, now)) return endpoint
    }
    return undefined
  }
}

/** Field by field: a request may be an object of a class whose getters a spread would lose. */
function avoiding<T>(request: PickRequest<T>, visited: Visited<T>): PickRequest<T> {
  const { stats, mustDiffer, affinity, balanceOn, ejectOn } = request
  return { stats, visited, mayExplore: false, mustDiffer, affinity, balanceOn, ejectOn }
}
