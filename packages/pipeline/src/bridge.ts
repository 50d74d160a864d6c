import type { CallTrace } from './call-trace.ts'
import { callOf, untrusted, type AnyScope } from './compile.ts'
import { TryContext } from './context.ts'
import type { Exchange } from './exchange.ts'
import { Refusal, refusal } from './exchange.ts'
import type { Done, Interceptor, Next } from './interceptor.ts'
import type { Layer, LayerEnv, Level, Scopes } from './layer.ts'

/**
 * An interceptor as users write it. `next()` may be called any number of times; what is returned goes outward, every
 * other exchange is discarded. To refuse, return `refuse(error)`: a throw counts as a bug and is passed over.
 */
export type AsyncInterceptor<L extends Level = 'call'> = <R>(
  context: Scopes[L],
  next: (context?: Scopes[L]) => Promise<Exchange<R>>,
) => Promise<Exchange<R>>

/** Stands a user's `async` function in the chain, at the scope of calls unless another is named. */
export function interceptor(name: string, fn: AsyncInterceptor<'call'>): Layer<'call', 'call'>
export function interceptor<L extends Level>(name: string, fn: AsyncInterceptor<L>, scope: L): Layer<L, L>
export function interceptor<L extends Level>(name: string, fn: AsyncInterceptor<L>, scope?: L): Layer<L, L> {
  const at = scope ?? ('call' as L)
  return { name, from: at, to: at, why: 'an interceptor of the user', build: (env) => bridged(name, fn, env) }
}

/** Stands an interceptor that is written with callbacks, as ours are, in the chain. */
export function callbackInterceptor<L extends Level>(fn: Interceptor<Scopes[L], Scopes[L]>, scope: L): Layer<L, L> {
  return { name: fn.name, from: scope, to: scope, why: 'an interceptor of the user', build: () => untrusted({ name: fn.name, call: fn.call }) }
}

/** What an interceptor returns to refuse a call: the caller gets `error` as it is. */
export function refuse(error: Error): Exchange<never> {
  return new Refusal(refusal('PERMISSION_DENIED', error), 0)
}

function bridged<L extends Level>(name: string, fn: AsyncInterceptor<L>, env: LayerEnv): Interceptor<Scopes[L], Scopes[L]> {
  return {
    name,
    call: (context, next, done) => new Crossing(name, env, context, next, done).start(fn),
  }
}

/** One call on its way through promises: remembers each exchange it let through, so that none is left open. */
class Crossing<L extends Level, R> {
  private readonly name: string
  private readonly env: LayerEnv
  private readonly context: Scopes[L]
  private readonly inner: Next<Scopes[L], R>
  private readonly done: Done<R>
  private readonly seen: Exchange<R>[] = []
  private pending: Promise<Exchange<R>> | undefined = undefined
  private answered = false

  constructor(name: string, env: LayerEnv, context: Scopes[L], inner: Next<Scopes[L], R>, done: Done<R>) {
    this.name = name
    this.env = env
    this.context = context
    this.inner = inner
    this.done = done
  }

  start(fn: AsyncInterceptor<L>): void {
    let result: Promise<Exchange<R>>
    try {
      result = Promise.resolve(this.entered(fn))
    } catch (error) {
      return this.failed(error)
    }
    result.then((exchange) => this.returned(exchange), (error: unknown) => this.failed(error))
  }

  /** Where the call is followed, beneath it: a retry may come from a timer, and a call that waited from whoever let it go on. */
  private entered(fn: AsyncInterceptor<L>): Promise<Exchange<R>> {
    const { trace } = callOf(this.context as AnyScope)
    return trace === undefined ? fn<R>(this.context, this.next) : this.enteredBeneath(trace, fn)
  }

  private enteredBeneath(trace: CallTrace, fn: AsyncInterceptor<L>): Promise<Exchange<R>> {
    const context = this.context as AnyScope
    return trace.run(context instanceof TryContext ? context : undefined, 'function', () => fn<R>(this.context, this.next))
  }

  private readonly next = (context: Scopes[L] = this.context): Promise<Exchange<R>> => {
    this.pending = new Promise<Exchange<R>>((resolve) => {
      this.inner(context, (exchange) => {
        // The answer is out: whatever comes now is nobody's.
        if (this.answered) exchange.discard('superseded')
        else this.seen.push(exchange)
        resolve(exchange)
      })
    })
    return this.pending
  }

  private returned(exchange: Exchange<R> | undefined): void {
    if (exchange === undefined) return this.failed(new TypeError(`interceptor "${this.name}" returned nothing; return what next() gave, or refuse(error)`))
    if (exchange instanceof Refusal) exchange.at = this.env.clock.now()
    this.answer(exchange)
  }

  /** A bug: the inner exchange goes outward, or, where there is none yet, the call goes on without this step. */
  private failed(error: unknown): void {
    this.env.faults.record(this.name, error)
    const last = this.seen.at(-1)
    if (last !== undefined) this.answer(last)
    else if (this.pending !== undefined) void this.pending.then((exchange) => this.answer(exchange))
    else this.inner(this.context, this.done)
  }

  private answer(exchange: Exchange<R>): void {
    this.answered = true
    for (const other of this.seen) if (other !== exchange) other.discard('superseded')
    this.done(exchange)
  }
}
