import type { Instant } from '@inmesh/policy'
import type { Retiring } from '../kept.ts'
import type { LayerEnv } from '../layer.ts'
import type { LimitSnapshot } from './limit-snapshot.ts'

/** What counts for a limit under its present terms. */
export interface Counting extends Partial<Retiring> {
  /** Of all that it counts by: others are another measure, in which what it has admitted means nothing. */
  readonly terms: string
  inspect(now: Instant): LimitSnapshot
}

/** What stands under the name of a limit: outlives policies that say the same, and gives up its share when it is taken out. */
export class RateState implements Retiring {
  #current: Counting | undefined = undefined

  static of(env: LayerEnv): RateState {
    return env.keep('limit', () => new RateState())
  }

  /** What counts under these terms: what did so far, if they are the same, and else what `make` answers. */
  under<C extends Counting>(terms: string, kind: new (...args: never[]) => C, make: () => C): C {
    const current = this.#current
    if (current instanceof kind && current.terms === terms) return current
    current?.retire?.()
    const made = make()
    this.#current = made
    return made
  }

  retire(): void {
    this.#current?.retire?.()
  }

  inspect(now: Instant): LimitSnapshot | undefined {
    return this.#current?.inspect(now)
  }
}
