import type { Availability } from '../eject/availability.ts'
import type { Instant, Random } from '../types.ts'
import { Affinity } from './affinity.ts'
import { ByPriority } from './by-priority.ts'
import type { Costs } from './costs.ts'
import type { Endpoint } from './endpoint.ts'
import { Explorer } from './explorer.ts'
import { Latency } from './latency.ts'
import { LeastRequest } from './least-request.ts'
import { BALANCE_DEFAULTS, type BalanceOptions } from './options.ts'
import type { PickReasons } from './pick-reasons.ts'
import type { PickRequest } from './pick-request.ts'
import { PowerOfTwo } from './power-of-two.ts'
import { ReportedWeights } from './reported-weights.ts'
import { RoundRobin } from './round-robin.ts'
import type { Strategy } from './strategy.ts'
import { Visited } from './visited.ts'
import { WeightedRoundRobin } from './weighted-round-robin.ts'
import { priceByZone } from './zones.ts'

/** Chooses among the endpoints it is given; who may be chosen is decided before. */
export class Balancer<T> {
  #options: Required<BalanceOptions>
  readonly #costs: Costs<T>
  readonly #random: Random
  readonly #availability: Availability<T>
  readonly #powerOfTwo: PowerOfTwo<T>
  readonly #explorer: Explorer<T>
  readonly #nobody = new Visited<T>()
  readonly reported: ReportedWeights<T> = new ReportedWeights<T>()
  /** Undefined for latency alone, the default, whose path is written out below. */
  #strategy: Strategy<T> | undefined = undefined
  /** Where balancing is off. */
  #inTurn: Strategy<T> = new RoundRobin<T>()
  #priorities = false
  /** Whether the last pick was of an endpoint that nobody had asked for a while. */
  #explored = false

  constructor(costs: Costs<T>, random: Random, availability: Availability<T>) {
    this.#options = BALANCE_DEFAULTS
    this.#costs = costs
    this.#random = random
    this.#availability = availability
    this.#powerOfTwo = new PowerOfTwo(costs, random)
    this.#explorer = new Explorer<T>(BALANCE_DEFAULTS)
  }

  get options(): Required<BalanceOptions> {
    return this.#options
  }

  /** `members`: those that the pool has now. */
  configure(options: BalanceOptions, members: readonly Endpoint<T>[]): void {
    const { by, loadFactor } = this.#options
    this.#options = { ...BALANCE_DEFAULTS, ...options }
    this.#explorer.configure(this.#options)
    priceByZone(members, this.#options)
    // Turns and orders outlive a change of anything else.
    if (by !== this.#options.by || loadFactor !== this.#options.loadFactor) this.#strategy = this.#alone()
  }

  /** The membership has changed. */
  join(members: readonly Endpoint<T>[], removed: readonly Endpoint<T>[]): void {
    priceByZone(members, this.#options)
    this.reported.forget(removed)
    const priorities = members.some(({ priority }) => priority !== members[0]!.priority)
    if (priorities === this.#priorities) return
    this.#priorities = priorities
    this.#strategy = this.#alone()
    this.#inTurn = this.#prioritised(() => new RoundRobin<T>(), false)
  }

  /** What the last picked endpoint cost. Valid until the next pick. */
  get cost(): number {
    return this.#powerOfTwo.cost
  }

  /** What decided the last pick. */
  how(balanceOn: boolean): PickReasons['by'] {
    if (!balanceOn) return 'round-robin'
    return this.#explored && this.#strategy === undefined ? 'explored' : this.#options.by
  }

  pick(candidates: readonly Endpoint<T>[], request: PickRequest<T>, now: Instant, advance: boolean): Endpoint<T> | undefined {
    if (!request.balanceOn) return this.#pickBy(this.#inTurn, candidates, request, now, advance)
    if (this.#strategy !== undefined) return this.#pickBy(this.#strategy, candidates, request, now, advance)
    const starved = this.#explorer.pick(candidates, request, now, advance)
    this.#explored = starved !== undefined
    if (starved !== undefined) return this.priced(starved, now)
    const endpoint = this.#powerOfTwo.pick(candidates, request.visited, now)
    return endpoint ?? (request.mustDiffer ? undefined : this.#powerOfTwo.pick(candidates, this.#nobody, now))
  }

  /** An endpoint chosen elsewhere, with its cost noted as if it had been picked here. */
  priced(endpoint: Endpoint<T>, now: Instant): Endpoint<T> {
    this.#powerOfTwo.cost = this.#costs.of(endpoint, now)
    return endpoint
  }

  #pickBy(strategy: Strategy<T>, candidates: readonly Endpoint<T>[], request: PickRequest<T>, now: Instant, advance: boolean): Endpoint<T> | undefined {
    const endpoint = strategy.pick(candidates, request, request.visited, now, advance) ??
      (request.mustDiffer ? undefined : strategy.pick(candidates, request, this.#nobody, now, advance))
    // Part of the sample, else the medians of a large pool would stay what they were before anything was known.
    if (endpoint !== undefined) this.#powerOfTwo.cost = this.#costs.ofDrawn(endpoint, now)
    return endpoint
  }

  #alone(): Strategy<T> | undefined {
    return this.#options.by === 'latency' && !this.#priorities ? undefined : this.#prioritised(() => this.#make(), this.#options.by === 'hash')
  }

  #prioritised(make: () => Strategy<T>, sticky: boolean): Strategy<T> {
    return this.#priorities ? new ByPriority(this.#availability, this.#random, make, sticky) : make()
  }

  #make(): Strategy<T> {
    const latency = new Latency(this.#explorer, this.#powerOfTwo)
    switch (this.#options.by) {
      case 'latency': return latency
      case 'least-request': return new LeastRequest(this.#costs, this.#random)
      case 'weighted-round-robin': return new WeightedRoundRobin(this.#costs, this.reported, this.#random)
      case 'hash': return new Affinity(this.#costs, latency, this.#options.loadFactor)
      case 'round-robin': return new RoundRobin<T>()
    }
  }
}
