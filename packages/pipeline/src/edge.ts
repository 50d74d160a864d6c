import type { Millis, Repeat } from '@inmesh/policy'
import type { CallTrace } from './call-trace.ts'
import type { Clock, TimerHandle } from './clock.ts'
import { CallContext, type CallOptions, type CallTerms } from './context.ts'
import { deadlineExceeded } from './errors.ts'
import type { Observers } from './observers.ts'
import { callerGone, refusal, SettledExchange, type Exchange } from './exchange.ts'
import { rememberTries } from './explain.ts'
import type { Next } from './interceptor.ts'
import { absent } from './mode.ts'
import type { Cancel } from './scope.ts'

/** What an edge has of its service. */
export interface EdgeEnv extends CallTerms {
  readonly observers: Observers
}

/** An edge without a service's policy: no timeout of its own, and calls are worth what the context around them says. */
export function plainEdge(service: string, clock: Clock, observers: Observers): EdgeEnv {
  return { service, clock, observers, timeout: Infinity, timeoutShare: 1, criticality: 'CRITICAL' }
}

/**
 * The outer end of a call: starts it, ends it at its deadline, hears the caller's cancel, and settles exactly once.
 * An adapter says what settling means in its protocol.
 */
export abstract class EdgeCall<R> extends CallContext {
  readonly env: EdgeEnv
  private deadlineTimer: TimerHandle | undefined = undefined
  /** Whether the caller has an answer, be it a head or an error. */
  protected answered = false
  /** What whoever gave the call up said why; undefined while nobody has. */
  protected gaveUp: unknown = undefined

  constructor(env: EdgeEnv, options: CallOptions | undefined, operation: string, repeat: Repeat, dice: number) {
    super(env, options, operation, repeat, dice)
    this.env = env
  }

  /** Hands the exchange to the caller: a head with a reply, or a failure. Called once. */
  protected abstract deliver(exchange: Exchange<R>): void

  /** The call is cut off after its head was delivered: the body ends with this error. */
  protected abstract interrupt(error: unknown): void

  begin(run: Next<CallContext, R>, holdForDeadline: boolean): void {
    const { env, deadline } = this
    this.trace = env.observers.follow(this)
    // What is inherited may have run out on the way here; nothing is sent for a caller who has stopped waiting.
    if (deadline <= this.start) return this.expire()
    if (this.above !== undefined) {
      this.above.add(this)
      // The request that this is for had been given up before.
      if (this.answered) return
    }
    if (deadline !== Infinity) this.deadlineTimer = env.clock.schedule(deadline, holdForDeadline, expire, this)
    else if (env.timeout !== Infinity && env.timeoutShare !== absent && env.observers.active) this.deadlineTimer = env.clock.schedule(this.start + env.timeout, false, tellLate, this)
    run(this, this.settle)
  }

  /** A timeout that only observes tells which calls it would have ended. */
  tellLate(): void {
    const { observers, service, clock } = this.env
    observers.emit({ type: 'mode-differed', service, at: clock.now(), operation: this.operation, policy: 'timeout.total', would: 'refuse' }, this)
  }

  private readonly settle = (exchange: Exchange<R>): void => {
    if (this.answered) return exchange.discard('superseded')
    this.answer(exchange)
    if (this.deadlineTimer !== undefined || this.above !== undefined) exchange.onTail(() => this.letGo())
  }

  /** Nothing from outside can end the call any more. */
  private letGo(): void {
    this.deadlineTimer?.cancel()
    this.above?.remove(this)
  }

  private answer(exchange: Exchange<R>): void {
    this.answered = true
    const { head } = exchange
    if (head.kind === 'failure' && this.below !== undefined) this.below.failed = true
    if (head.kind === 'failure') rememberTries(head.cause, this.service, this.operation, this.tries)
    const { observers, service } = this.env
    if (observers.active) {
      const { operation, degraded: fallback, tryCount: tries, criticality, answeredBy, onWire: wire } = this
      observers.emit({ type: 'ended', service, at: exchange.at, operation, outcome: head, latency: exchange.at - this.start, tries, fallback, criticality, answeredBy, wire }, this)
    }
    if (this.trace !== undefined) tellAnswer(this.trace, exchange)
    this.deliver(exchange)
  }

  /** The caller went away. It is told at once, and everything under the call is released. */
  abandon(error: unknown): void {
    if (this.cancelled !== undefined) return
    this.gaveUp = error
    this.cutOff({ why: 'caller', error })
  }

  /** What the call is made for is over: time is up for it, or its own caller went away. */
  override onCancel({ why, error }: Cancel): void {
    if (why === 'deadline') this.expire()
    else this.abandon(error)
  }

  /** Time is up. Also ends a body that is still running: a deadline is for the whole call. */
  expire(): void {
    this.expireBy('timeout.total', this.deadline - this.start)
  }

  /** Ends the call by one of its time limits. */
  protected expireBy(policy: string, limit: Millis): void {
    const { service, clock } = this.env
    const { operation, tries } = this
    this.cutOff({ why: 'deadline', error: deadlineExceeded({ service, operation, tries, policy, limit, after: clock.now() - this.start }) })
  }

  private cutOff(cancel: { readonly why: 'caller' | 'deadline'; readonly error: unknown }): void {
    if (this.cancelled !== undefined) return
    this.letGo()
    const early = !this.answered
    // First the answer, then the cancel: what the cancel makes of the tries must not become the answer. A fallback
    // stands inside the edge, so a deadline is let through the chain instead: see below.
    if (!early) this.interrupt(cancel.error)
    else if (cancel.why === 'caller') this.answer(new SettledExchange<R>(callerGone, this.env.clock.now()))
    this.cancel(cancel)
    // Whatever in the chain did not hear the cancel (a user's interceptor that waits) must not keep the caller waiting.
    if (!this.answered && !this.degrading) this.answer(this.failed(cancel))
  }

  private failed({ error }: { readonly error: unknown }): Exchange<R> {
    return new SettledExchange<R>(refusal('DEADLINE_EXCEEDED', error), this.env.clock.now())
  }
}

/** Apart: calls that nobody follows must not pay for what a closure holds. */
function tellAnswer(trace: CallTrace, exchange: Exchange<unknown>): void {
  trace.answered(exchange.head, exchange.at)
  exchange.onTail((tail, at) => trace.ended(tail, at))
}

function tellLate(call: { tellLate(): void }): void {
  call.tellLate()
}

function expire(call: { expire(): void }): void {
  call.expire()
}
