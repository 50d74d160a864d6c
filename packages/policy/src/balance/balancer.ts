import type { Instant, Random } from '../types.ts'
import type { Costs } from './costs.ts'
import type { Endpoint } from './endpoint.ts'
import { Explorer } from './explorer.ts'
import { BALANCE_DEFAULTS, type BalanceOptions } from './options.ts'
import type { PickRequest } from './pick-request.ts'
import { PowerOfTwo } from './power-of-two.ts'
import { RoundRobin } from './round-robin.ts'
import { Visited } from './visited.ts'

/** Chooses among the endpoints it is given; who may be chosen is decided before. */
export class Balancer<T> {
  #options: Required<BalanceOptions>
  readonly #costs: Costs<T>
  readonly #powerOfTwo: PowerOfTwo<T>
  readonly #roundRobin: RoundRobin<T> = new RoundRobin<T>()
  readonly #explorer: Explorer<T>
  readonly #nobody = new Visited<T>()

  constructor(costs: Costs<T>, random: Random) {
    this.#options = BALANCE_DEFAULTS
    this.#costs = costs
    this.#powerOfTwo = new PowerOfTwo(costs, random)
    this.#explorer = new Explorer<T>(BALANCE_DEFAULTS)
  }

  get options(): Required<BalanceOptions> {
    return this.#options
  }

  configure(options: BalanceOptions): void {
    this.#options = { ...BALANCE_DEFAULTS, ...options }
    this.#explorer.configure(this.#options)
  }

  /** What the last picked endpoint cost. Valid until the next pick. */
  get cost(): number {
    return this.#powerOfTwo.cost
  }

  pick(candidates: readonly Endpoint<T>[], request: PickRequest<T>, now: Instant, advance: boolean): Endpoint<T> | undefined {
    if (!request.balanceOn || this.#options.by === 'round-robin') return this.#inTurn(candidates, request, now, advance)
    const starved = this.#explorer.pick(candidates, request, now, advance)
    if (starved !== undefined) return this.priced(starved, now)
    const endpoint = this.#powerOfTwo.pick(candidates, request.visited, now)
    return endpoint ?? (request.mustDiffer ? undefined : this.#powerOfTwo.pick(candidates, this.#nobody, now))
  }

  /** An endpoint chosen elsewhere, with its cost noted as if it had been picked here. */
  priced(endpoint: Endpoint<T>, now: Instant): Endpoint<T> {
    this.#powerOfTwo.cost = this.#costs.of(endpoint, now)
    return endpoint
  }

  #inTurn(candidates: readonly Endpoint<T>[], request: PickRequest<T>, now: Instant, advance: boolean): Endpoint<T> | undefined {
    const endpoint = this.#roundRobin.pick(candidates, request.visited, advance) ??
      (request.mustDiffer ? undefined : this.#roundRobin.pick(candidates, this.#nobody, advance))
    return endpoint === undefined ? undefined : this.priced(endpoint, now)
  }
}
