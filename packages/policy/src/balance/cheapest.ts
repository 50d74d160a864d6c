import type { Instant, Random } from '../types.ts'
import type { Costs } from './costs.ts'
import type { Endpoint } from './endpoint.ts'
import type { Visited } from './visited.ts'

/**
 * In an idle pool what is dearer by less than this is as good: else everything would go to whoever is nearest by a hair, or
 * answered first. Where the cheapest has something in flight, so have all, and their loads decide.
 */
const ALIKE = 1.05

/**
 * Up to so many are all compared. With one client, or many that know little each, two choices leave much: of a hundred
 * clients of five replicas, one of them hung, the p99 was 1,241 ms with two, 492 ms with four, 349 ms with all. Decision
 * 0032 has the others.
 */
export const FEW = 16

/**
 * The cheapest of all candidates. Asks everybody, so it is for small pools.
 *
 * Herds are what this is known for: everybody's next call to the same endpoint. They need a load that all see at once and
 * nobody sees change. Costs here are a process's own: what it has in flight, which counts from the moment of its pick,
 * and latencies that it met itself, which no other met.
 */
export class Cheapest<T> {
  /** What the endpoint of the last pick cost. */
  cost = 0
  readonly #costs: Costs<T>
  readonly #random: Random
  /** Of one pick: what each candidate costs, and the places of those that are as good as the cheapest. */
  readonly #found = new Float64Array(FEW)
  readonly #alike = new Uint8Array(FEW)

  constructor(costs: Costs<T>, random: Random) {
    this.#costs = costs
    this.#random = random
  }

  /** Among `FEW` at most. */
  pick(candidates: readonly Endpoint<T>[], visited: Visited<T>, now: Instant): Endpoint<T> | undefined {
    const fresh = visited.size === 0
    let best: Endpoint<T> | undefined
    let least = Infinity
    for (let i = 0; i < candidates.length; i++) {
      const endpoint = candidates[i]!
      const cost = fresh || !visited.has(endpoint) ? this.#costs.of(endpoint, now) : Infinity
      this.#found[i] = cost
      if (cost >= least) continue
      least = cost
      best = endpoint
    }
    this.cost = least
    return best !== undefined && best.awaiting === 0 ? this.#oneOf(candidates, ALIKE * least) : best
  }

  /** Of those that cost no more, each as likely. */
  #oneOf(candidates: readonly Endpoint<T>[], most: number): Endpoint<T> {
    let count = 0
    for (let i = 0; i < candidates.length; i++) {
      if (this.#found[i]! <= most) this.#alike[count++] = i
    }
    const at = this.#alike[(this.#random.next() * count) | 0]!
    this.cost = this.#found[at]!
    return candidates[at]!
  }
}
