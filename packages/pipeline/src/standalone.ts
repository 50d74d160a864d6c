import { Operations, type Random } from '@inmesh/policy'
import type { Clock } from './clock.ts'
import { compile, type Compiled, type Terminal } from './compile.ts'
import type { CallContext } from './context.ts'
import type { Observers } from './observers.ts'
import { Faults } from './faults.ts'
import type { Next } from './interceptor.ts'
import { Kept } from './kept.ts'
import type { AnyLayer, LayerEnv } from './layer.ts'

/** What a chain without a service is made with. */
export interface StandaloneTerms {
  /** Shown in errors and events. */
  readonly service: string
  readonly clock: Clock
  readonly random: Random
  readonly observers: Observers
  /** Handed in where several chains share their state. Default: its own. */
  readonly kept?: Kept
}

/**
 * A chain of layers around one client, without a service: nothing balances, and the policy never changes. `run` is to be
 * read afresh for each call, since a step that is compiled out for its faults makes a new one.
 */
export class Standalone<R> implements LayerEnv {
  readonly service: string
  readonly clock: Clock
  readonly random: Random
  readonly observers: Observers
  readonly faults: Faults
  readonly operations: Operations = new Operations()
  readonly cluster: undefined = undefined
  private compiled: Compiled<R>
  private readonly kept: Kept

  constructor({ service, clock, random, observers, kept = new Kept() }: StandaloneTerms, layers: readonly AnyLayer[], terminal: Terminal<R>) {
    this.service = service
    this.clock = clock
    this.random = random
    this.observers = observers
    this.kept = kept
    this.faults = new Faults(service, clock, observers, () => {
      this.compiled = compile(merged(layers), this, terminal)
    })
    this.compiled = compile(merged(layers), this, terminal)
  }

  get run(): Next<CallContext, R> {
    return this.compiled.run
  }

  get steps(): Compiled<R>['steps'] {
    return this.compiled.steps
  }

  keep<T>(name: string, make: () => T): T {
    return this.kept.get(name, make)
  }
}

/** Joins adjacent parts of `attempts`. */
function merged(layers: readonly AnyLayer[]): readonly AnyLayer[] {
  const out: AnyLayer[] = []
  for (let i = 0; i < layers.length; ) {
    const layer = layers[i] as AnyLayer
    if (layer.part === undefined) {
      out.push(layer)
      i++
      continue
    }
    const parts = []
    for (let part = layers[i]?.part; part !== undefined; part = layers[++i]?.part) parts.push(part)
    out.push(layer.part.merge(parts))
  }
  return out
}
