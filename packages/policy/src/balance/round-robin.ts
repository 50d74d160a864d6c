import type { Instant } from '../types.ts'
import type { Endpoint } from './endpoint.ts'
import type { PickRequest } from './pick-request.ts'
import type { Strategy } from './strategy.ts'
import type { Visited } from './visited.ts'

/** In turn, skipping what the call has visited. The baseline that every other balancer has to beat. */
export class RoundRobin<T> implements Strategy<T> {
  #next = 0

  pick(
    candidates: readonly Endpoint<T>[], _request: PickRequest<T>, visited: Visited<T>, _now: Instant, advance: boolean,
  ): Endpoint<T> | undefined {
    for (let step = 0; step < candidates.length; step++) {
      const at = (this.#next + step) % candidates.length
      const endpoint = candidates[at]!
      if (visited.has(endpoint)) continue
      if (advance) this.#next = at + 1
      return endpoint
    }
    return undefined
  }
}
