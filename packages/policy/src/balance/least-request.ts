import type { Instant, Random } from '../types.ts'
import type { Costs } from './costs.ts'
import { type Endpoint, PER_WEIGHT } from './endpoint.ts'
import type { PickRequest } from './pick-request.ts'
import type { Strategy } from './strategy.ts'
import type { Visited } from './visited.ts'

/** With few visited among many, so many draws find an unvisited one nearly always. */
const DRAWS = 8

/**
 * Of two distinct random candidates the one with less under way for its weight: (in flight + 1) / weight (power of two
 * choices, Mitzenmacher 2001; Envoy's and gRPC's least request). O(1) in endpoints. Blind to latency but for what it does
 * to the load: an endpoint that fails at once looks idle, so it is ejection that keeps calls away from one.
 */
export class LeastRequest<T> implements Strategy<T> {
  readonly #costs: Costs<T>
  readonly #random: Random

  constructor(costs: Costs<T>, random: Random) {
    this.#costs = costs
    this.#random = random
  }

  pick(
    candidates: readonly Endpoint<T>[], _request: PickRequest<T>, visited: Visited<T>, now: Instant, _advance: boolean,
  ): Endpoint<T> | undefined {
    const first = this.#draw(candidates, visited, undefined)
    const second = first === undefined ? undefined : this.#draw(candidates, visited, first)
    if (first === undefined || second === undefined) return first
    return this.#load(second, now) < this.#load(first, now) ? second : first
  }

  #load(endpoint: Endpoint<T>, now: Instant): number {
    const load = (endpoint.inFlight(now) + 1) * endpoint.slab.numbers[endpoint.at + PER_WEIGHT]!
    return endpoint.trial === undefined ? load : load / endpoint.trial.share(now, this.#costs.options.ramp)
  }

  #draw(candidates: readonly Endpoint<T>[], visited: Visited<T>, but: Endpoint<T> | undefined): Endpoint<T> | undefined {
    const count = candidates.length
    for (let draw = 0; draw < DRAWS && draw < count; draw++) {
      const endpoint = candidates[Math.floor(this.#random.next() * count)]!
      if (endpoint !== but && !visited.has(endpoint)) return endpoint
    }
    return this.#scan(candidates, visited, but)
  }

  #scan(candidates: readonly Endpoint<T>[], visited: Visited<T>, but: Endpoint<T> | undefined): Endpoint<T> | undefined {
    const count = candidates.length
    const from = Math.floor(this.#random.next() * count)
    for (let step = 0; step < count; step++) {
      const endpoint = candidates[(from + step) % count]!
      if (endpoint !== but && !visited.has(endpoint)) return endpoint
    }
    return undefined
  }
}
