import type { Instant, Random } from '../types.ts'
import type { Costs } from './costs.ts'
import { type Endpoint, PER_WEIGHT } from './endpoint.ts'
import { PerList } from './per-list.ts'
import type { PickRequest } from './pick-request.ts'
import type { ReportedWeights } from './reported-weights.ts'
import type { Strategy } from './strategy.ts'
import { Turns } from './turns.ts'
import type { Visited } from './visited.ts'

/**
 * In turn, twice as often with twice the weight, and smoothly: the turns of a heavy one are spread between the others'.
 * What counts is the configured weight, times what its load reports say, less for a remote zone and while it ramps up.
 * O(log n) in endpoints.
 */
export class WeightedRoundRobin<T> implements Strategy<T> {
  readonly #costs: Costs<T>
  readonly #reported: ReportedWeights<T>
  readonly #turns: PerList<T, Turns>
  /** When the pick is, for weights that change with time. */
  #now: Instant = 0

  constructor(costs: Costs<T>, reported: ReportedWeights<T>, random: Random) {
    this.#costs = costs
    this.#reported = reported
    this.#turns = new PerList((list) => new Turns(list.length, (place) => this.#weightOf(list[place]!), random))
  }

  pick(
    candidates: readonly Endpoint<T>[], _request: PickRequest<T>, visited: Visited<T>, now: Instant, advance: boolean,
  ): Endpoint<T> | undefined {
    this.#now = now
    const turns = this.#turns.of(candidates)
    let endpoint = candidates[turns.first]
    while (endpoint !== undefined && visited.has(endpoint)) {
      turns.skip()
      endpoint = candidates[turns.first]
    }
    if (endpoint !== undefined && advance) turns.taken(this.#weightOf(endpoint))
    turns.restore()
    return endpoint
  }

  #weightOf(endpoint: Endpoint<T>): number {
    const weight = this.#reported.of(endpoint, this.#now) / endpoint.slab.numbers[endpoint.at + PER_WEIGHT]!
    return endpoint.trial === undefined ? weight : weight * endpoint.trial.share(this.#now, this.#costs.options.ramp)
  }
}
