import { TryContext, type CallContext } from './context.ts'
import { Refusal, type Exchange } from './exchange.ts'
import type { Faults } from './faults.ts'
import type { Done, Interceptor, Next } from './interceptor.ts'
import type { AnyLayer, LayerEnv, Level, Scopes } from './layer.ts'

/** The innermost step, at the wire. */
export type Terminal<R> = Next<never, R>

/** What is really compiled, outermost first. */
export interface Step {
  readonly name: string
  readonly scope: Level
  readonly why: string
}

export interface Compiled<R> {
  readonly run: Next<CallContext, R>
  readonly steps: readonly Step[]
}

/** A step of a user's: its bugs are contained from outside. Ours contain their own, at the policy call, which costs nothing. */
const contained = new WeakSet<object>()

export function untrusted<I extends object>(interceptor: I): I {
  contained.add(interceptor)
  return interceptor
}

/**
 * Folds layers into one function. A layer that builds to nothing costs nothing; one that was compiled out for its
 * faults is passed over where its scope allows it.
 */
export function compile<R>(layers: readonly AnyLayer[], env: LayerEnv, terminal: Next<never, R>): Compiled<R> {
  let run = terminal as Next<unknown, R>
  const steps: Step[] = []
  for (const layer of layers.toReversed()) {
    if (layer.from === layer.to && env.faults.isOut(layer.name)) continue
    const interceptor = layer.build(env) as Interceptor<unknown, unknown> | undefined
    if (interceptor === undefined) continue
    run = link(interceptor, run, env.faults)
    steps.unshift({ name: interceptor.name, scope: layer.from, why: layer.why ?? '' })
  }
  return { run: run as Next<CallContext, R>, steps }
}

function link<R>(interceptor: Interceptor<unknown, unknown>, inner: Next<unknown, R>, faults: Faults): Next<unknown, R> {
  const { call } = interceptor
  if (!contained.has(interceptor)) return (context, done) => call(context, inner, done)
  return (context, done) => new Containment(interceptor, inner, faults, context, done).start()
}

/**
 * One pass through a step that may throw. Before `next`: the step is skipped. After: the inner exchange goes outward as
 * it is. What it answers beyond the first exchange is discarded, so that each `done` is called once whatever it does.
 */
class Containment<R> {
  private readonly interceptor: Interceptor<unknown, unknown>
  private readonly inner: Next<unknown, R>
  private readonly faults: Faults
  private readonly context: unknown
  private readonly done: Done<R>
  private passed = false
  private answered = false
  /** What was thrown by whoever stands outside, on its way through this step. */
  private outside: { readonly error: unknown } | undefined = undefined

  constructor(interceptor: Interceptor<unknown, unknown>, inner: Next<unknown, R>, faults: Faults, context: unknown, done: Done<R>) {
    this.interceptor = interceptor
    this.inner = inner
    this.faults = faults
    this.context = context
    this.done = done
  }

  start(): void {
    try {
      this.interceptor.call<R>(this.context, this.next, this.answer)
    } catch (error) {
      if (this.outside?.error === error) throw error
      this.faults.record(this.interceptor.name, error)
      if (!this.passed && !this.answered) this.inner(this.context, this.answer)
    }
  }

  private readonly next: Next<unknown, R> = (context, done) => {
    this.passed = true
    this.inner(context, (exchange) => {
      try {
        done(exchange)
      } catch (error) {
        if (this.outside?.error === error) throw error
        this.faults.record(this.interceptor.name, error)
        this.answer(exchange)
      }
    })
  }

  private readonly answer: Done<R> = (exchange: Exchange<R>) => {
    if (this.answered) return exchange.discard('superseded')
    this.answered = true
    if (exchange instanceof Refusal) exchange.at = this.faults.clock.now()
    // What lies outside has its own containment; its throw must not be counted against this step.
    try {
      this.done(exchange)
    } catch (error) {
      this.outside = { error }
      throw error
    }
  }
}

export type AnyScope = Scopes[Level]

export function callOf(context: AnyScope): CallContext {
  return context instanceof TryContext ? context.call : (context as CallContext)
}
