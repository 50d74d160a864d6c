import type { Random } from '@inmesh/policy'
import { assertLayers } from './check-layers.ts'
import { nodeClock, type Clock } from './clock.ts'
import type { Step } from './compile.ts'
import { Observers, type Observer } from './observers.ts'
import type { AnyLayer, Layer, Level, State } from './layer.ts'
import { nodeRandom } from './random.ts'
import { Standalone } from './standalone.ts'
import { unnamed } from './unnamed.ts'
import { promiseClient, sendBy, type WrapContext, type Wrapped } from './wrap.ts'
import type { WrapOptions } from './wrap-options.ts'

export type Step1<S extends State, L> = L extends Layer<infer From, infer To>
  ? L extends { readonly part: object }
    ? S extends 'call' | 'attempts' ? 'attempts' : never
    : S extends 'attempts' ? (From extends 'attempt' ? To : never)
    : From extends S ? To : never
  : never

/** Replaces a misplaced layer by a sentence, which is what the compiler then shows. */
export type Checked<S extends State, L extends readonly unknown[]> = L extends readonly [infer H, ...infer T]
  ? [Step1<S, H>] extends [never]
    ? readonly [Misplaced<H, S>, ...T]
    : readonly [H, ...Checked<Step1<S, H>, T>]
  : readonly []

export interface Misplaced<L, S extends State> {
  readonly 'this layer cannot stand here': L extends Layer<infer From, Level> ? `it takes the scope "${From}", here is "${S}"` : never
}

export interface Composed {
  // The defaults let the compiler name a wrong option: without them it takes the arguments for `unknown[]` and blames the function.
  /**
   * Governs any function that returns a promise. Arguments and result keep their types; a context with a lazily made
   * `signal` comes first. Throws a `TypeError` for options that do not exist or do not fit.
   */
  wrap<A extends unknown[] = never[], T = unknown>(fn: (context: WrapContext, ...args: A) => Promise<T> | T, options?: WrapOptions): Wrapped<A, T>
  /** The steps as compiled, outermost first. */
  describe(): readonly Step[]
}

export interface ComposeOptions {
  /** Shown in errors and events. Default `client`. */
  readonly name?: string
  /** Default: the process's own. For tests. */
  readonly clock?: Clock
  /** Default: `Math.random`. For tests. */
  readonly random?: Random
  /** Hears each decision, such as `otel()` or `logTo(…)`. Default: nobody. */
  readonly observe?: Observer
}

/**
 * Policies around one client, without a mesh. The first listed is outermost. Adjacent `retry`, `backup` and `rescue`
 * become one decision with one budget. Wrong nesting does not compile, and throws a `TypeError` where there is no compiler.
 */
export function compose<const L extends readonly AnyLayer[]>(...layers: L & Checked<'call', L>): Composed {
  return composeWith({}, layers)
}

/** `compose` with a clock, chance and listener of your own: for tests, and for a name in errors. */
export function composeWith(options: ComposeOptions, layers: readonly AnyLayer[]): Composed {
  assertLayers('compose', layers)
  const name = options.name ?? unnamed
  const clock = options.clock ?? nodeClock()
  const random = options.random ?? nodeRandom
  const observers = new Observers()
  if (options.observe !== undefined) observers.add(options.observe)
  const chain = new Standalone({ service: name, clock, random, observers }, layers, sendBy)
  return {
    wrap: (fn, wrapOptions) => promiseClient({ service: name, clock, random, observers, chain: () => chain.run }, fn, wrapOptions ?? {}),
    describe: () => chain.steps,
  }
}
