import type { Cluster, Operations, Random } from '@inmesh/policy'
import type { Clock } from './clock.ts'
import type { Attempt, Call, Routed, Target } from './context.ts'
import type { Observers } from './observers.ts'
import type { Engine } from './engine.ts'
import type { Faults } from './faults.ts'
import type { Interceptor } from './interceptor.ts'

/** Three scopes, each seeing more than the one outside it. */
export interface Scopes {
  readonly call: Call
  readonly attempt: Attempt
  readonly routed: Routed
}

export type Level = keyof Scopes

/** Where a chain has got to: a level, or just behind a part of `attempts` that a further part may join. */
export type State = Level | 'attempts'

/** What a layer is built with: the service's own clock, chance, listeners, and the state that outlives a policy. */
export interface LayerEnv {
  readonly service: string
  readonly clock: Clock
  readonly random: Random
  readonly observers: Observers
  readonly faults: Faults
  readonly operations: Operations
  /** Undefined where nothing balances: one policy around one client. */
  readonly cluster: Cluster<Target> | undefined
  /** Where limits that many processes have together are counted; undefined where nobody gave one. */
  readonly engine?: Engine | undefined
  /** Why no endpoint is known, where discovery has said so. */
  readonly lost?: unknown
  /** State under a name, made when first asked for: estimates, budgets and limits survive a change of policy. */
  keep<T>(name: string, make: () => T): T
}

/**
 * A step before it is built: which scope it takes, which it hands on, and why it stands where it does. `build` answers
 * undefined where nothing is to be done, and then the step costs nothing.
 */
export interface Layer<From extends Level, To extends Level> {
  readonly name: string
  readonly from: From
  readonly to: To
  /** Why it stands where it stands in the preset; shown by `describe()`. */
  readonly why?: string
  /** `retry`, `backup` and `rescue` are parts of one decision; adjacent parts become one step. */
  readonly part?: AttemptsPart
  readonly build: (env: LayerEnv) => Interceptor<Scopes[From], Scopes[To]> | undefined
}

/** Every way in which a layer may stand in a chain. */
export type AnyLayer =
  | Layer<'call', 'call'>
  | Layer<'call', 'attempt'>
  | Layer<'attempt', 'attempt'>
  | Layer<'attempt', 'routed'>
  | Layer<'routed', 'routed'>

/** Marks a layer that merges with its neighbours; opaque here, filled by `interceptors/attempts.ts`. */
export interface AttemptsPart {
  readonly merge: (parts: readonly AttemptsPart[]) => Layer<'call', 'attempt'>
}
