import type { Instant, Random } from '../types.ts'
import { Cheapest, FEW } from './cheapest.ts'
import type { Costs } from './costs.ts'
import type { Endpoint } from './endpoint.ts'
import type { Visited } from './visited.ts'

/** With few visited among many, four draws of a pair find an unvisited one nearly always. */
const DRAWS = 4

/**
 * A pair of which even the cheaper is dearer than half of the pool is drawn again, so often: of a hundred replicas, ten of
 * them slow, the p99 was 197 ms with redraws of outlying pairs only, 176 ms with these, 177 ms with four choices each
 * time, which every pick would pay for.
 */
const REDRAWS = 2

/**
 * In a larger pool only a pair of outliers is: each further endpoint is a place in memory that is in no cache there, and of
 * ten thousand a pick with its report took 280 ns without and 370 with the others' redraws.
 */
const MANY = 1_000

/**
 * Power of two choices (Mitzenmacher 2001): of two distinct random candidates the cheaper, of few candidates the cheapest
 * of all. O(1) in endpoints. When the draws meet only visited candidates the first unvisited one from a random place on
 * is taken.
 */
export class PowerOfTwo<T> {
  /** What the endpoint of the last pick cost: it was computed for the choice, and the caller needs it too. */
  cost = 0
  readonly #costs: Costs<T>
  readonly #random: Random
  readonly #cheapest: Cheapest<T>

  constructor(costs: Costs<T>, random: Random) {
    this.#costs = costs
    this.#random = random
    this.#cheapest = new Cheapest(costs, random)
  }

  pick(candidates: readonly Endpoint<T>[], visited: Visited<T>, now: Instant): Endpoint<T> | undefined {
    if (candidates.length <= FEW) return this.#ofFew(candidates, visited, now)
    const best = this.#draw(candidates, visited, now)
    if (best === undefined || !this.#isDear(candidates.length)) return best
    return this.#redraw(best, candidates, visited, now)
  }

  #ofFew(candidates: readonly Endpoint<T>[], visited: Visited<T>, now: Instant): Endpoint<T> | undefined {
    const best = this.#cheapest.pick(candidates, visited, now)
    this.cost = this.#cheapest.cost
    return best
  }

  #isDear(candidates: number): boolean {
    return candidates > MANY ? this.#costs.outlying(this.cost) : this.cost > this.#costs.median
  }

  #redraw(drawn: Endpoint<T>, candidates: readonly Endpoint<T>[], visited: Visited<T>, now: Instant): Endpoint<T> | undefined {
    let best: Endpoint<T> | undefined = drawn
    for (let again = 0; again < REDRAWS && this.#isDear(candidates.length); again++) {
      const cost = this.cost
      const other = this.#draw(candidates, visited, now)
      if (this.cost < cost) best = other
      else this.cost = cost
    }
    return best
  }

  #draw(candidates: readonly Endpoint<T>[], visited: Visited<T>, now: Instant): Endpoint<T> | undefined {
    if (visited.size > 0) return this.#pickUnvisited(candidates, visited, now)
    const count = candidates.length
    // One draw for both: the whole part of the product is the first choice, what is left of it the second.
    const draw = this.#random.next() * count
    const first = draw | 0
    const second = ((draw - first) * (count - 1)) | 0
    return this.#cheaper(candidates[first]!, candidates[second >= first ? second + 1 : second]!, now)
  }

  #pickUnvisited(candidates: readonly Endpoint<T>[], visited: Visited<T>, now: Instant): Endpoint<T> | undefined {
    const count = candidates.length
    let seen: Endpoint<T> | undefined
    for (let tries = 0; tries < DRAWS; tries++) {
      const draw = this.#random.next() * count
      const first = draw | 0
      const second = ((draw - first) * (count - 1)) | 0
      const a = candidates[first]!
      const b = candidates[second >= first ? second + 1 : second]!
      const freshA = !visited.has(a)
      if (freshA && !visited.has(b)) return this.#cheaper(a, b, now)
      if (freshA) seen = a
      else if (!visited.has(b)) seen = b
    }
    const endpoint = seen ?? this.#scan(candidates, visited)
    return endpoint === undefined ? undefined : this.#only(endpoint, now)
  }

  #scan(candidates: readonly Endpoint<T>[], visited: Visited<T>): Endpoint<T> | undefined {
    const from = Math.floor(this.#random.next() * candidates.length)
    for (let step = 0; step < candidates.length; step++) {
      const endpoint = candidates[(from + step) % candidates.length]!
      if (!visited.has(endpoint)) return endpoint
    }
    return undefined
  }

  #cheaper(a: Endpoint<T>, b: Endpoint<T>, now: Instant): Endpoint<T> {
    const costA = this.#costs.ofDrawn(a, now)
    const costB = this.#costs.ofDrawn(b, now)
    this.cost = costB < costA ? costB : costA
    return costB < costA ? b : a
  }

  #only(endpoint: Endpoint<T>, now: Instant): Endpoint<T> {
    this.cost = this.#costs.of(endpoint, now)
    return endpoint
  }
}
