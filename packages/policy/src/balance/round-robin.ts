import type { Endpoint } from './endpoint.ts'
import type { Visited } from './visited.ts'

/** In turn, skipping what the call has visited. The baseline that every other balancer has to beat. */
export class RoundRobin<T> {
  #next = 0

  /** `advance` false: only look. */
  pick(candidates: readonly Endpoint<T>[], visited: Visited<T>, advance: boolean): Endpoint<T> | undefined {
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
