import type { Instant } from '../types.ts'
import { ClaimTable } from './claim-table.ts'
import { Claims } from './claims.ts'
import type { Costs } from './costs.ts'
import type { Endpoint } from './endpoint.ts'
import { hashText } from './hash.ts'
import { LoadBound } from './load-bound.ts'
import { PerList } from './per-list.ts'
import type { PickRequest } from './pick-request.ts'
import { SLOTS } from './ranks.ts'
import type { Strategy } from './strategy.ts'
import type { Visited } from './visited.ts'

/** So many are asked in less time than a table answers. */
const ALWAYS_ASKED = 64
/** A table is made when a list's picks have asked so often as making it costs: it may not live long enough to be worth it. */
const WORTH_A_TABLE = 1_000_000

const hash = { high: 0, low: 0 }

/**
 * Calls with one key go to one endpoint, as long as it is in and has no more than its bound under way; else to the next
 * one in that key's order, which is also where retries and backups go (rendezvous hashing, Thaler & Ravishankar 1998).
 * When an endpoint comes or goes, only keys that it wins or loses move. Calls without a key are balanced by latency.
 *
 * O(n) up to 64 endpoints, at a few nanoseconds each; beyond that O(1) once a list has lasted for a while.
 */
export class Affinity<T> implements Strategy<T> {
  readonly #loadFactor: number
  readonly #keyless: Strategy<T>
  readonly #orders: PerList<T, Order<T>>

  constructor(costs: Costs<T>, keyless: Strategy<T>, loadFactor: number) {
    this.#loadFactor = loadFactor
    this.#keyless = keyless
    this.#orders = new PerList((list) => new Order(list, new LoadBound(list, costs)))
  }

  pick(
    candidates: readonly Endpoint<T>[], request: PickRequest<T>, visited: Visited<T>, now: Instant, advance: boolean,
  ): Endpoint<T> | undefined {
    const { affinity } = request
    if (affinity === undefined) return this.#keyless.pick(candidates, request, visited, now, advance)
    const order = this.#orders.of(candidates)
    const endpoint = order.first(hashText(affinity, hash).low % SLOTS, visited, this.#loadFactor, now)
    if (endpoint !== undefined && advance) order.bound.picked()
    return endpoint
  }
}

/** The orders of all slots over one list of candidates. */
class Order<T> {
  readonly bound: LoadBound<T>
  readonly #endpoints: readonly Endpoint<T>[]
  readonly #claims: Claims<T>
  #asked = 0
  #table: ClaimTable | undefined = undefined

  constructor(endpoints: readonly Endpoint<T>[], bound: LoadBound<T>) {
    this.#endpoints = endpoints
    this.bound = bound
    this.#claims = new Claims(endpoints)
  }

  first(slot: number, visited: Visited<T>, loadFactor: number, now: Instant): Endpoint<T> | undefined {
    return this.#fromTable(slot, visited, loadFactor, now) ?? this.#fromAll(slot, visited, loadFactor, now)
  }

  #fromTable(slot: number, visited: Visited<T>, loadFactor: number, now: Instant): Endpoint<T> | undefined {
    const table = (this.#table ??= this.#tableIfWorthIt())
    if (table === undefined) return undefined
    for (let place = 0, i = table.at(slot, 0); i >= 0; i = table.at(slot, ++place)) {
      const endpoint = this.#endpoints[i]!
      if (!visited.has(endpoint) && !this.bound.isFull(endpoint, loadFactor, now)) return endpoint
    }
    return undefined
  }

  /** The strongest claim among those that are not full; when all are, among all. */
  #fromAll(slot: number, visited: Visited<T>, loadFactor: number, now: Instant): Endpoint<T> | undefined {
    let [first, firstFull]: (Endpoint<T> | undefined)[] = []
    let [claim, claimFull] = [Infinity, Infinity]
    for (let i = 0; i < this.#endpoints.length; i++) {
      const own = this.#claims.of(i, slot)
      const endpoint = this.#endpoints[i]!
      if (own >= claim || visited.has(endpoint)) continue
      if (!this.bound.isFull(endpoint, loadFactor, now)) {
        first = endpoint
        claim = own
      } else if (own < claimFull) {
        firstFull = endpoint
        claimFull = own
      }
    }
    return first ?? firstFull
  }

  #tableIfWorthIt(): ClaimTable | undefined {
    const count = this.#endpoints.length
    if (count <= ALWAYS_ASKED) return undefined
    this.#asked += count
    return this.#asked < WORTH_A_TABLE ? undefined : new ClaimTable(this.#claims)
  }
}
