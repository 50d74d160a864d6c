import type { Cause, Criticality, Endpoint, Instant, Lease, Millis, Operation, Outcome, PickRequest, Repeat, Visited } from '@inmesh/policy'
import { ambient, type Below } from './ambient.ts'
import type { Attempt, Call, HeaderSink, Payload, Routed, Target, TryRecord } from './call.ts'
import type { CallTrace } from './call-trace.ts'
import type { Clock } from './clock.ts'
import { durationOf, type Duration } from './duration.ts'
import { CancelScope, type Scope } from './scope.ts'
import type { ClientWire } from './wire-facts.ts'

export type { Attempt, Call, HeaderSink, Payload, Routed, Target, TryRecord }

/** What a call has of its service. */
export interface CallTerms {
  readonly service: string
  readonly clock: Clock
  /** `timeout.total`; Infinity for none. */
  readonly timeout: Millis
  /** The share of calls for which the timeout acts (see `Enforcement`). */
  readonly timeoutShare: number
  readonly criticality: Criticality
}

/** What a caller may say of one call. Each option overrides the service's policy for this call only. */
export interface CallOptions {
  /** Low cardinality: `GET /items/:id`. Default: the method only; estimates are kept by operation. */
  readonly operation?: string
  /** For the whole call, body included. What is left of an inherited deadline wins when it is shorter. */
  readonly timeout?: Duration
  /** Whether the call may be sent more than once; `always` is `concurrent`. Default by the method. */
  readonly repeat?: Repeat | 'always'
  /** Calls with the same value prefer the same endpoint, where the balancer supports it. */
  readonly affinity?: string
  /** Default: inherited, else CRITICAL. */
  readonly criticality?: Criticality
}

/**
 * The mutable state behind `Call`, made at the edge from the service's terms, the caller's options and the context around
 * it. It is its own scope, so that a call is one object. Adapters extend it with what they sent.
 */
export abstract class CallContext extends CancelScope implements Call {
  readonly operation: string
  readonly start: Instant
  deadline: Instant
  readonly criticality: Criticality
  /** The caller's; a policy of balancing by a key of the call puts that here. */
  affinity: string | undefined
  readonly repeat: Repeat
  readonly dice: number
  abstract readonly payload: Payload
  /** The last reading of the clock on this call's way in; a policy that made it wait refreshes it. */
  now: Instant
  /** The chain guard: the request that led to this call is itself a retry or a backup, so it is not sent again below. */
  readonly noRetry: boolean
  /** Where the work that this call is for hears of how it ended. */
  readonly below: Below | undefined
  /** What follows this call, where somebody does. */
  trace: CallTrace | undefined = undefined
  /** Whether the caller gets a fallback's value. */
  degraded = false
  /** Of the request that this call is made for; see `Ambient.scope`. */
  protected readonly above: Scope | undefined
  /** A fallback that takes its time has the call in hand; a deadline that passes meanwhile does not cut it off. */
  degrading = false
  private readonly terms: CallTerms
  /** Almost always the only one, so it is a field and the rest a list. */
  private firstTry: TryContext | undefined = undefined
  private moreTries: TryContext[] | undefined = undefined

  constructor(terms: CallTerms, options: CallOptions | undefined, operation: string, repeat: Repeat, dice: number) {
    super()
    const around = ambient()
    const start = terms.clock.now()
    this.terms = terms
    this.operation = options?.operation ?? operation
    this.start = start
    this.now = start
    this.deadline = Math.min(start + timeoutOf(terms, options, dice), around?.deadline ?? Infinity)
    this.criticality = options?.criticality ?? around?.criticality ?? terms.criticality
    this.affinity = options?.affinity
    const asked = options?.repeat ?? repeat
    this.repeat = asked === 'always' ? 'concurrent' : asked
    this.noRetry = around?.noRetry ?? false
    this.above = around?.scope
    this.below = around?.below
    this.dice = dice
  }

  get service(): string {
    return this.terms.service
  }

  get scope(): Scope {
    return this
  }

  /** Turns a fallback's value into a reply of the protocol. */
  replyOf(value: unknown): unknown {
    return value
  }

  get tries(): readonly TryRecord[] {
    return this.firstTry === undefined ? [] : [this.firstTry, ...(this.moreTries ?? [])]
  }

  get tryCount(): number {
    return this.firstTry === undefined ? 0 : 1 + (this.moreTries?.length ?? 0)
  }

  get onWire(): ClientWire | undefined {
    return undefined
  }

  get url(): string | undefined {
    return undefined
  }

  /** Why the try was sent that succeeded: of a call that has just been answered the only one. */
  get answeredBy(): Cause | undefined {
    const { firstTry, moreTries } = this
    if (firstTry?.outcome?.kind === 'success') return firstTry.cause
    return moreTries?.find(({ outcome }) => outcome?.kind === 'success')?.cause
  }

  /** A deadline only shrinks. */
  tighten(deadline: Instant): void {
    if (deadline < this.deadline) this.deadline = deadline
  }

  record(attempt: TryContext): void {
    if (this.firstTry === undefined) this.firstTry = attempt
    else (this.moreTries ??= []).push(attempt)
  }
}

function timeoutOf(terms: CallTerms, options: CallOptions | undefined, dice: number): Millis {
  if (options?.timeout !== undefined) return durationOf(options.timeout, 'timeout')
  return dice < terms.timeoutShare ? terms.timeout : Infinity
}

/**
 * One object for all that a try is: attempt, routed try, cancel scope, record for errors, and the request the balancer
 * reads. `route` only writes the endpoint, so that scoping by type costs nothing at run time.
 */
export class TryContext extends CancelScope implements Attempt, PickRequest<Target>, TryRecord, HeaderSink {
  readonly call: CallContext
  readonly ordinal: number
  readonly cause: Cause
  readonly start: Instant
  readonly visited: Visited<Target>
  readonly stats: Operation
  /** Both set by `balance`; a try has no lease where the balancer itself had failed and a plain pick took its place. */
  lease: Lease<Target> | undefined = undefined
  placed: Endpoint<Target> | undefined = undefined
  /** Whether the plan of the call knows where it went. */
  told = false
  outcome: Outcome | undefined = undefined
  took: Millis | undefined = undefined
  balanceOn = true
  ejectOn = true
  /** Name, value, name, value; undefined until somebody sets one. */
  headers: string[] | undefined = undefined

  constructor(call: CallContext, ordinal: number, cause: Cause, start: Instant, visited: Visited<Target>, stats: Operation) {
    super()
    this.call = call
    this.ordinal = ordinal
    this.cause = cause
    this.start = start
    this.visited = visited
    this.stats = stats
    call.record(this)
    call.add(this)
  }

  get scope(): Scope {
    return this
  }

  get send(): HeaderSink {
    return this
  }

  set(name: string, value: string): void {
    if (this.headers === undefined) this.headers = [name, value]
    else this.headers.push(name, value)
  }

  get mayExplore(): boolean {
    return this.call.repeat === 'concurrent'
  }

  /** A copy that runs beside the original is worth nothing on the same endpoint. */
  get mustDiffer(): boolean {
    return this.cause === 'backup' || this.cause === 'rescue'
  }

  get affinity(): string | undefined {
    return this.call.affinity
  }

  get unreached(): boolean {
    if (this.ordinal === 0) return false
    const last = this.call.tries.findLast((record) => record.outcome !== undefined)?.outcome
    return last?.kind === 'failure' && last.reach === 'unsent'
  }

  get endpoint(): Endpoint<Target> {
    if (this.placed === undefined) throw new Error('a try has no endpoint before balance has picked one')
    return this.placed
  }

  get address(): string | undefined {
    return this.placed?.key
  }

  route(endpoint: Endpoint<Target>, lease: Lease<Target> | undefined): Routed {
    this.placed = endpoint
    this.lease = lease
    return this
  }
}
