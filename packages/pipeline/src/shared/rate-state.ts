import type { Instant } from '@inmesh/policy'
import type { Engine } from '../engine.ts'
import type { LayerEnv } from '../layer.ts'
import type { CountSnapshot, LimitSnapshot } from './limit-snapshot.ts'
import { numberOf } from './number-of.ts'

/** All that a limit counts by. Another is another measure, in which what was admitted so far means nothing. */
export interface Measure {
  readonly terms: string
  /** Undefined where it counts within this process. */
  readonly engine: Engine | undefined
}

/** What counts for a limit under its present terms. */
export interface Counting extends Measure {
  inspect(now: Instant): CountSnapshot
  /** Gives up what it has of others' too; absent where it has nothing of that kind. */
  retire?(): void
}

/** What stands under the name of a rate limit: outlives policies that say the same. */
export class RateState {
  /** Calls let through. */
  admitted = 0
  #current: Counting | undefined = undefined

  /** A service has one limit, whose terms may change; a chain without one has one for each layer of it, whose terms do not. */
  static of(env: LayerEnv, layer: object): RateState {
    return env.keep(env.cluster === undefined ? `limit ${numberOf(layer)}` : 'limit', () => new RateState())
  }

  /** What counts by this measure: what did so far, if it is the same, and else what `make` answers. */
  under<C extends Counting>({ terms, engine }: Measure, kind: new (...args: never[]) => C, make: () => C): C {
    const current = this.#current
    if (current instanceof kind && current.terms === terms && current.engine === engine) return current
    current?.retire?.()
    const made = make()
    this.#current = made
    return made
  }

  /** What was counted within the process is kept while the policy is away, or off and on again would be a burst; a share of what others have too is not. */
  get retire(): (() => void) | undefined {
    const current = this.#current
    return current?.retire === undefined ? undefined : () => current.retire?.()
  }

  inspect(now: Instant): LimitSnapshot | undefined {
    const counted = this.#current?.inspect(now)
    return counted === undefined ? undefined : { ...counted, admitted: this.admitted }
  }
}
