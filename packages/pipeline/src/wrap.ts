import type { Endpoint, Instant, Outcome, Random } from '@inmesh/policy'
import { callersContext } from './async-context.ts'
import type { CallTrace } from './call-trace.ts'
import type { Clock } from './clock.ts'
import { callOf, type AnyScope } from './compile.ts'
import { abortedWith, classifyError } from './classify-error.ts'
import { TryContext, type CallContext, type Payload, type Target } from './context.ts'
import { EdgeCall, plainEdge, type EdgeEnv } from './edge.ts'
import type { Observers } from './observers.ts'
import { loud } from './loud.ts'
import { ok, outcomeOf, SettledExchange, type Exchange } from './exchange.ts'
import type { Done, Next } from './interceptor.ts'
import type { Cancel, CancelListener } from './scope.ts'
import { isThenable } from './thenable.ts'
import { assertWrap, type WrapOptions } from './wrap-options.ts'

/** What a governed function gets as its first argument. */
export interface WrapContext {
  /** Aborted when the try is given up. Made when first read, so that a client without cancellation pays nothing. */
  readonly signal: AbortSignal
  /** Where to send. Reading it throws a `TypeError` where nothing balances, as in `compose` without a cluster. */
  readonly endpoint: Target & { readonly key: string }
  /** 0 for the first try. */
  readonly attempt: number
  /** Milliseconds until the call's deadline; Infinity for none. */
  remaining(): number
}

export type Wrapped<A extends unknown[], T> = (...args: A) => Promise<T>

export interface PromiseEnv {
  readonly service: string
  readonly clock: Clock
  readonly random: Random
  readonly observers: Observers
  readonly chain: () => Next<CallContext, unknown>
  readonly edge?: () => EdgeEnv
}

/** Governs a function that returns a promise. */
export function promiseClient<A extends unknown[], T>(
  env: PromiseEnv,
  fn: (context: WrapContext, ...args: A) => Promise<T> | T,
  options: WrapOptions,
): Wrapped<A, T> {
  assertWrap(fn, options)
  const { service, clock, observers } = env
  const plain = plainEdge(service, clock, observers)
  const operation = options.operation ?? (fn.name === '' ? 'call' : fn.name)
  return (...args) =>
    new Promise<T>((resolve, reject) => {
      const edge = env.edge?.() ?? plain
      const call = new PromiseCall(edge, operation, env.random.next(), (context) => fn(context, ...args), options, resolve as (value: unknown) => void, reject)
      if (call.follow(options.signal)) call.enter(env.chain())
    })
}

const noBody: Payload = Object.freeze({ kind: 'replayable', touched: false })

class PromiseCall extends EdgeCall<unknown> {
  readonly payload: Payload = noBody
  readonly invoke: (context: WrapContext) => unknown
  readonly options: WrapOptions
  /** What is sent in the caller's own turn is in its context anyway. */
  entering = true
  readonly caller = callersContext()
  private readonly resolve: (value: unknown) => void
  private readonly reject: (error: unknown) => void
  private signal: AbortSignal | undefined = undefined

  constructor(env: EdgeEnv, operation: string, dice: number, invoke: (context: WrapContext) => unknown, options: WrapOptions,
    resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    super(env, options, operation, 'never', dice)
    this.invoke = invoke
    this.options = options
    this.resolve = resolve
    this.reject = reject
  }

  /** One listener a call, always removed: signals that outlive calls would gather them. */
  follow(signal: AbortSignal | undefined): boolean {
    if (signal === undefined) return true
    this.signal = signal
    // What is aborted already tells nobody again.
    if (signal.aborted) this.onAbort()
    else signal.addEventListener('abort', this.onAbort)
    return !signal.aborted
  }

  enter(chain: Next<CallContext, unknown>): void {
    this.begin(chain, true)
    this.entering = false
  }

  private readonly onAbort = (): void => {
    this.abandon(this.signal?.reason)
  }

  protected deliver(exchange: Exchange<unknown>): void {
    this.signal?.removeEventListener('abort', this.onAbort)
    const { head, reply } = exchange
    if (reply instanceof Thrown) this.reject(reply.error)
    else if (head.kind === 'success') this.resolve(reply)
    else if (head.kind === 'failure') this.reject(head.cause)
    else this.reject(this.signal?.reason ?? this.gaveUp ?? new DOMException('The call was given up', 'AbortError'))
  }

  /** A promise has no body that could go on after its head. */
  protected interrupt(): void {}
}

/** The innermost step: calls the user's function once a try. */
export function sendBy(context: AnyScope, done: Done<unknown>): void {
  const call = callOf(context) as PromiseCall
  new PromiseTry(call, context, done).start()
}

class PromiseTry implements CancelListener, WrapContext {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  private readonly call: PromiseCall
  private readonly context: AnyScope
  private readonly done: Done<unknown>
  private controller: AbortController | undefined = undefined
  private over = false

  constructor(call: PromiseCall, context: AnyScope, done: Done<unknown>) {
    this.call = call
    this.context = context
    this.done = done
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      const { cancelled } = this.context.scope
      if (cancelled !== undefined) this.controller.abort(cancelled.error)
    }
    return this.controller.signal
  }

  get endpoint(): Target & { readonly key: string } {
    const placed = this.context instanceof TryContext ? this.context.placed : undefined
    if (placed === undefined) throw new TypeError(`${this.call.service}: nothing balances this call, so it has no endpoint`)
    return wholeTarget(placed)
  }

  get attempt(): number {
    return this.context instanceof TryContext ? this.context.ordinal : 0
  }

  remaining(): number {
    return this.call.deadline - this.now()
  }

  start(): void {
    this.context.scope.add(this)
    if (this.over) return
    if (this.call.entering) this.send()
    else this.call.caller.runInAsyncScope(this.send, this)
  }

  private send(): void {
    let result: unknown
    try {
      result = this.invoke()
    } catch (error) {
      return this.failed(error)
    }
    if (!isThenable(result)) return this.end(ok, result)
    result.then((value) => this.end(ok, value), (error: unknown) => this.failed(error))
  }

  /** A superseded try's promise is let go of: its rejection is handled, its value dropped. */
  onCancel(cancel: Cancel): void {
    if (this.over) return
    this.over = true
    this.controller?.abort(cancel.error ?? new DOMException('Another try has won', 'AbortError'))
    this.done(new SettledExchange(outcomeOf(cancel), this.now()))
  }

  private invoke(): unknown {
    const { call } = this
    return call.trace === undefined ? call.invoke(this) : this.invokeFollowed(call.trace)
  }

  /** Apart: calls that nobody follows must not pay for what a closure holds. */
  private invokeFollowed(trace: CallTrace): unknown {
    return trace.run(this.context instanceof TryContext ? this.context : undefined, 'function', () => this.call.invoke(this))
  }

  private failed(thrown: unknown): void {
    const aborted = abortedWith(thrown)
    // As p-retry does, the caller is handed what stands inside its wrapper.
    const error = aborted ?? thrown
    const outcome = this.classified(error)
    if (outcome.kind !== 'failure') return this.end(outcome, new Thrown(error))
    const { cause = error } = outcome
    this.end(aborted === undefined ? { ...outcome, cause } : { ...outcome, cause, doNotRetry: true }, undefined)
  }

  /** A user's function that throws must not leave the call without an answer. */
  private classified(error: unknown): Outcome {
    const { env, options } = this.call
    if (options.classify === undefined) return classifyError(error)
    try {
      return options.classify(error) ?? classifyError(error)
    } catch (bug) {
      const { service, observers } = env
      if (!told.has(options.classify)) loud(`${service}: "classify" threw and was passed over`, bug)
      told.add(options.classify)
      if (observers.active) observers.emit({ type: 'interceptor-failed', service, at: this.now(), interceptor: 'classify', error: bug }, this.call)
      return classifyError(error)
    }
  }

  private end(outcome: Outcome, value: unknown): void {
    if (this.over) return
    this.over = true
    this.context.scope.remove(this)
    this.done(new SettledExchange(outcome, this.now(), value))
  }

  private now(): Instant {
    return this.call.env.clock.now()
  }
}

/** An error that says nothing against the callee, such as a driver's "not found": a success of its endpoint, thrown all the same. */
class Thrown {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

const told = new WeakSet<object>()

function wholeTarget(endpoint: Endpoint<Target>): Target & { readonly key: string } {
  return { ...endpoint.target, key: endpoint.key }
}
