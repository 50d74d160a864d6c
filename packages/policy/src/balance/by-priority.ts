import type { Availability } from '../eject/availability.ts'
import type { Level } from '../eject/levels.ts'
import type { Instant, Random } from '../types.ts'
import type { Endpoint } from './endpoint.ts'
import { hashText } from './hash.ts'
import type { PickRequest } from './pick-request.ts'
import type { Strategy } from './strategy.ts'
import type { Visited } from './visited.ts'

const hash = { high: 0, low: 0 }
const MOST_KEPT = 128

/**
 * First the priority, by the shares that their health gives them, then an endpoint of it by another strategy, of which
 * every priority has one to itself: turns taken here are none there. Where keys matter (`sticky`) a call with one stays with
 * its priority as long as the shares do. Where the drawn one has nothing for this try (all visited), the others are asked in their order.
 */
export class ByPriority<T> implements Strategy<T> {
  readonly #availability: Availability<T>
  readonly #random: Random
  readonly #make: () => Strategy<T>
  readonly #sticky: boolean
  readonly #strategies = new Map<number, Strategy<T>>()

  constructor(availability: Availability<T>, random: Random, make: () => Strategy<T>, sticky: boolean) {
    this.#availability = availability
    this.#random = random
    this.#make = make
    this.#sticky = sticky
  }

  pick(
    candidates: readonly Endpoint<T>[], request: PickRequest<T>, visited: Visited<T>, now: Instant, advance: boolean,
  ): Endpoint<T> | undefined {
    const { ready, readyLevels, reachableLevels } = this.#availability
    const levels = candidates === ready ? readyLevels : reachableLevels
    if (levels === undefined) return this.#strategyOf(0).pick(candidates, request, visited, now, advance)
    const drawn = this.#draw(levels, request)
    let endpoint = this.#pickFrom(drawn, request, visited, now, advance)
    for (let i = 0; i < levels.length && endpoint === undefined; i++) {
      if (levels[i] !== drawn) endpoint = this.#pickFrom(levels[i]!, request, visited, now, advance)
    }
    return endpoint
  }

  #draw(levels: readonly Level<T>[], { affinity }: PickRequest<T>): Level<T> {
    let dice = this.#sticky && affinity !== undefined ? hashText(affinity, hash).high / 2 ** 32 : this.#random.next()
    for (const level of levels) {
      if (dice < level.share) return level
      dice -= level.share
    }
    return levels[0]!
  }

  #pickFrom({ priority, candidates }: Level<T>, request: PickRequest<T>, visited: Visited<T>, now: Instant, advance: boolean): Endpoint<T> | undefined {
    return candidates.length === 0 ? undefined : this.#strategyOf(priority).pick(candidates, request, visited, now, advance)
  }

  #strategyOf(priority: number): Strategy<T> {
    const known = this.#strategies.get(priority)
    if (known !== undefined) return known
    // Whoever names endpoints may name ever new priorities; what is lost is only whose turn it was.
    if (this.#strategies.size >= MOST_KEPT) this.#strategies.clear()
    const strategy = this.#make()
    this.#strategies.set(priority, strategy)
    return strategy
  }
}
