import type { Code, Failure } from '@inmesh/policy'
import type { Call, CallContext } from './context.ts'
import { callFailed } from './errors.ts'
import { ok, refusal, SettledExchange, type Exchange } from './exchange.ts'
import { gotText } from './got.ts'
import type { Done, Next } from './interceptor.ts'
import type { Layer, LayerEnv } from './layer.ts'

/** As much of an opossum `CircuitBreaker` as is used, by its shape: opossum itself is no dependency. */
export interface OpossumBreaker {
  readonly name: string
  readonly opened: boolean
  fire(...args: never[]): Promise<unknown>
}

/**
 * Stands an existing opossum breaker in the chain, once for each call. It shares its state, its events and its
 * statistics with whoever fires it elsewhere; its own action is not called, the rest of the chain is in its place.
 *
 * A failed call counts as a failure, whatever its tries were; a call that its caller gave up counts as a success, since
 * opossum knows no third. While open, callers get opossum's own error (`EOPENBREAKER`), or what the breaker's `fallback`
 * gives, which is called with the call and the error, as `errorFilter` is with the error and the call. Its `timeout`
 * ends the whole call.
 *
 * Throws a `TypeError` for what is no breaker, and for one with `cache` or `coalesce`: it would hand one call's answer to
 * another.
 */
export function fromOpossum(breaker: OpossumBreaker): Layer<'call', 'call'> {
  assertBreaker(breaker)
  const name = `opossum:${breaker.name}`
  return {
    name,
    from: 'call',
    to: 'call',
    why: 'an opossum breaker of the user',
    build: (env) => ({ name, call: (call, next, done) => new Fired(name, env, breaker, call as CallContext, next, done).start() }),
  }
}

function assertBreaker(breaker: unknown): void {
  const is = typeof breaker === 'object' && breaker !== null && 'fire' in breaker && typeof breaker.fire === 'function' && 'opened' in breaker
  if (!is) throw new TypeError(`fromOpossum: got ${gotText(breaker)} (accepted: an opossum CircuitBreaker)`)
  const { options } = breaker as { readonly options?: { readonly cache?: unknown; readonly coalesce?: unknown } }
  if (options?.cache === true || options?.coalesce === true) throw new TypeError('fromOpossum: got a breaker with cache or coalesce (accepted: one without: it would hand one call’s answer to another)')
}

/** The same breaker with another action: everything else, written or read, is the breaker's own. */
function actingAs(breaker: OpossumBreaker, action: () => Promise<unknown>): { fire(call: Call): Promise<unknown> } {
  return new Proxy(breaker, {
    get: (target, key, receiver) => (key === 'action' ? action : Reflect.get(target, key, receiver) as unknown),
  }) as { fire(call: Call): Promise<unknown> }
}

/** What opossum's own errors mean here. */
const codes: ReadonlyMap<unknown, Code> = new Map<unknown, Code>([
  ['EOPENBREAKER', 'UNAVAILABLE'], ['ESHUTDOWN', 'UNAVAILABLE'], ['ESEMLOCKED', 'RESOURCE_EXHAUSTED'], ['ETIMEDOUT', 'DEADLINE_EXCEEDED'],
])

/** One call through the breaker. */
class Fired<R> {
  private readonly name: string
  private readonly env: LayerEnv
  private readonly breaker: OpossumBreaker
  private readonly call: CallContext
  private readonly next: Next<Call, R>
  private readonly done: Done<R>
  private started = false
  private over = false
  private exchange: Exchange<R> | undefined = undefined
  /** What the breaker hears when the chain has answered. */
  private settle: ((exchange: Exchange<R>) => void) | undefined = undefined

  constructor(name: string, env: LayerEnv, breaker: OpossumBreaker, call: CallContext, next: Next<Call, R>, done: Done<R>) {
    this.name = name
    this.env = env
    this.breaker = breaker
    this.call = call
    this.next = next
    this.done = done
  }

  start(): void {
    let fired: Promise<unknown>
    try {
      fired = actingAs(this.breaker, () => this.run()).fire(this.call)
    } catch (error) {
      return this.broken(error)
    }
    fired.then((value) => this.passed(value), (error: unknown) => this.failed(error))
  }

  private run(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.settle = (exchange) => (exchange.head.kind === 'failure' ? reject(errorOf(this.call, exchange.head)) : resolve(exchange))
      this.go()
    })
  }

  private go(): void {
    this.started = true
    this.next(this.call, (exchange) => {
      if (this.over) return exchange.discard('superseded')
      this.exchange = exchange
      if (this.settle === undefined) this.answer(exchange)
      else this.settle(exchange)
    })
  }

  /** The chain's answer, or the value of the breaker's own fallback. */
  private passed(value: unknown): void {
    const { exchange, call, env } = this
    if (exchange !== undefined && value === exchange) return this.answer(exchange)
    let reply: R
    try {
      reply = call.replyOf(value) as R
    } catch (error) {
      return this.broken(error)
    }
    call.degraded = true
    exchange?.discard('superseded')
    this.answer(new SettledExchange(ok, env.clock.now(), reply))
  }

  private failed(error: unknown): void {
    const { exchange } = this
    if (exchange !== undefined) return this.answer(exchange)
    const own = codes.get((error as { readonly code?: unknown } | undefined)?.code)
    // What rejects while it is open may also be its fallback, which had nothing to give.
    const code = own ?? (this.breaker.opened ? 'UNAVAILABLE' : undefined)
    if (code === undefined) this.broken(error)
    else this.refuse(code, error)
  }

  private refuse(code: Code, error: unknown): void {
    const { call, env, name, started } = this
    const { observers, service, clock } = env
    const { operation, criticality } = call
    const at = clock.now()
    if (observers.active) observers.emit({ type: 'refused', service, at, operation, policy: name, why: whyOf(error), criticality }, call)
    const head: Failure = { ...refusal(code, error), reach: started ? 'processed' : 'unsent' }
    this.answer(new SettledExchange(head, at))
    // Its timeout has passed while the call was under way: whatever that still does is for nobody.
    if (started) call.cancel({ why: 'deadline', error })
  }

  /** A bug in the breaker: the call goes on without it. */
  private broken(error: unknown): void {
    this.env.faults.record(this.name, error)
    this.settle = undefined
    if (this.exchange !== undefined) this.answer(this.exchange)
    else if (!this.started) this.go()
  }

  private answer(exchange: Exchange<R>): void {
    if (this.over) return
    this.over = true
    this.done(exchange)
  }
}

function whyOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : 'EOPENBREAKER'
}

function errorOf({ service, operation, tries }: CallContext, { cause, code, status }: Failure): Error {
  return cause instanceof Error ? cause : callFailed({ service, operation, outcome: code, status, tries })
}
