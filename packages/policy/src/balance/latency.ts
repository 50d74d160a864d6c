import type { Instant } from '../types.ts'
import type { Endpoint } from './endpoint.ts'
import type { Explorer } from './explorer.ts'
import type { PickRequest } from './pick-request.ts'
import type { PowerOfTwo } from './power-of-two.ts'
import type { Strategy } from './strategy.ts'
import type { Visited } from './visited.ts'

/** Balancing by latency as a part of another strategy. Alone it is the hot path, which `Balancer` has written out. */
export class Latency<T> implements Strategy<T> {
  readonly #explorer: Explorer<T>
  readonly #powerOfTwo: PowerOfTwo<T>

  constructor(explorer: Explorer<T>, powerOfTwo: PowerOfTwo<T>) {
    this.#explorer = explorer
    this.#powerOfTwo = powerOfTwo
  }

  pick(
    candidates: readonly Endpoint<T>[], request: PickRequest<T>, visited: Visited<T>, now: Instant, advance: boolean,
  ): Endpoint<T> | undefined {
    return this.#explorer.pick(candidates, request, now, advance) ?? this.#powerOfTwo.pick(candidates, visited, now)
  }
}
