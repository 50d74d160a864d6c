import type { Instant, Outcome } from '@inmesh/policy'
import type { Attempt, Call, HeaderSink } from './call.ts'
import type { MeshEvent } from './events.ts'

/** Follows single calls from their beginning to their end, where events tell of all calls as they are decided. */
export interface CallTracer {
  /** Asked as a call begins, in the async context of its caller. Undefined: this one is not followed. */
  begin(call: Call): CallTrace | undefined
  /** Asked as a request reaches a server of ours, in its own async context. Undefined, or absent: it is not followed. */
  readonly serve?: (() => RequestTrace | undefined) | undefined
}

/** Is told what is decided about one request, as observers are. What throws is passed over and counted. */
export type RequestTrace = (event: MeshEvent) => void

/**
 * One call as it goes on. Everything is told at once and on the way of the call. What throws is passed over, counted, and
 * told of in the log once; of that call nothing more is told.
 */
export interface CallTrace {
  /** What was decided about this call, as observers are told it. */
  decided(event: MeshEvent): void
  /** A try begins. It has no endpoint yet. */
  launched(attempt: Attempt): void
  /**
   * What its callee is to be told with a try: written over what the caller has set under the same names. Asked again where
   * the wire sends the same try anew. `attempt` undefined: nothing makes tries in this chain, and the call is sent as it is.
   */
  inject(attempt: Attempt | undefined, headers: HeaderSink): void
  /**
   * Runs what sends a try, or a function of the user's. `wire`: our own client, whose instrumentation would tell of the same
   * request again. `function`: what the user has wrapped, an interceptor of his, the fallback, which may make spans beneath;
   * of the call where `attempt` is undefined.
   */
  run<T>(attempt: Attempt | undefined, sends: 'wire' | 'function', fn: () => T): T
  /** What our own client was asked to send has a connection. One that waits for its turn is told of long after `run`. */
  sent(attempt: Attempt | undefined): void
  /** A try is over, its body included. */
  tried(attempt: Attempt, tail: Outcome, at: Instant): void
  /** The caller has its answer: the head of a reply, or an error. Told once. */
  answered(head: Outcome, at: Instant): void
  /** So is what came behind the head. Losers may still be on their way to their end. */
  ended(tail: Outcome, at: Instant): void
}

/** Keeps what a tracer throws away from the call. */
export class GuardedTrace implements CallTrace {
  private trace: CallTrace | undefined
  private readonly fault: (where: string, error: unknown) => void

  constructor(trace: CallTrace, fault: (where: string, error: unknown) => void) {
    this.trace = trace
    this.fault = fault
  }

  decided(event: MeshEvent): void {
    try {
      this.trace?.decided(event)
    } catch (error) {
      this.giveUp('decided', error)
    }
  }

  launched(attempt: Attempt): void {
    try {
      this.trace?.launched(attempt)
    } catch (error) {
      this.giveUp('launched', error)
    }
  }

  inject(attempt: Attempt | undefined, headers: HeaderSink): void {
    try {
      this.trace?.inject(attempt, headers)
    } catch (error) {
      this.giveUp('inject', error)
    }
  }

  /** Whatever the tracer does, `fn` runs once, and what it answers or throws is what comes of it. */
  run<T>(attempt: Attempt | undefined, sends: 'wire' | 'function', fn: () => T): T {
    const { trace } = this
    if (trace === undefined) return fn()
    const once = new Once(fn)
    try {
      trace.run(attempt, sends, once.run)
    } catch (error) {
      this.giveUp('run', error)
    }
    return once.result()
  }

  sent(attempt: Attempt | undefined): void {
    try {
      this.trace?.sent(attempt)
    } catch (error) {
      this.giveUp('sent', error)
    }
  }

  tried(attempt: Attempt, tail: Outcome, at: Instant): void {
    try {
      this.trace?.tried(attempt, tail, at)
    } catch (error) {
      this.giveUp('tried', error)
    }
  }

  answered(head: Outcome, at: Instant): void {
    try {
      this.trace?.answered(head, at)
    } catch (error) {
      this.giveUp('answered', error)
    }
  }

  ended(tail: Outcome, at: Instant): void {
    try {
      this.trace?.ended(tail, at)
    } catch (error) {
      this.giveUp('ended', error)
    }
  }

  private giveUp(where: string, error: unknown): void {
    this.trace = undefined
    this.fault(where, error)
  }
}

/** Runs a function when first asked to, be that by a tracer that asks twice, later or not at all. */
class Once<T> {
  private readonly fn: () => T
  private ran = false
  private threw = false
  private outcome: unknown = undefined

  constructor(fn: () => T) {
    this.fn = fn
  }

  readonly run = (): void => {
    if (this.ran) return
    this.ran = true
    try {
      this.outcome = this.fn()
    } catch (thrown) {
      this.threw = true
      this.outcome = thrown
    }
  }

  result(): T {
    this.run()
    if (this.threw) throw this.outcome
    return this.outcome as T
  }
}
