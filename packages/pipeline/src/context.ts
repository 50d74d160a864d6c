import type { Cause, Criticality, Endpoint, Instant, Lease, Millis, Operation, Outcome, PickRequest, Repeat, Visited } from '@inmesh/policy'
import { CancelScope, type Scope } from './scope.ts'

/** Where a try can go: what adapters and users see of an endpoint. */
export interface Target {
  readonly url: URL
  readonly zone?: string
  readonly labels?: Readonly<Record<string, string>>
}

/** Adds headers (or metadata) to one try only. A header that the user set wins. */
export interface HeaderSink {
  set(name: string, value: string): void
}

/** The body of a request: `replayable` may be sent again; `once` only while untouched. */
export interface Payload {
  readonly kind: 'none' | 'replayable' | 'once'
  /** Whether any of it has been read, after which a `once` body is gone. */
  readonly touched: boolean
}

/** What the caller asked for; read by interceptors, made once at the edge. */
export interface Call {
  readonly service: string
  /** Low cardinality: `GET /users/:id`, `pkg.Users/Get`. */
  readonly operation: string
  readonly start: Instant
  /** Infinity when nobody set one. */
  readonly deadline: Instant
  readonly criticality: Criticality
  readonly affinity?: string | undefined
  readonly repeat: Repeat
  readonly payload: Payload
  /** Uniform in [0, 1), drawn once a call: `{ enforce: 0.1 }` enforces the same tenth of calls in every policy. */
  readonly dice: number
  readonly scope: Scope
  /** The tries so far, in the order in which they were launched. */
  readonly tries: readonly TryRecord[]
}

/** One try of a call, before it has an endpoint. */
export interface Attempt {
  readonly call: Call
  /** 0 for the first. */
  readonly ordinal: number
  readonly cause: Cause
  readonly start: Instant
  readonly scope: Scope
  readonly visited: Visited<Target>
  readonly send: HeaderSink
}

/** A try with the endpoint it goes to. */
export interface Routed extends Attempt {
  readonly endpoint: Endpoint<Target>
}

/** What errors and traces list of a try. */
export interface TryRecord {
  readonly ordinal: number
  readonly cause: Cause
  /** The address it went to; undefined while, or when, none was found. */
  readonly address: string | undefined
  readonly start: Instant
  /** Undefined while its head is awaited. */
  readonly outcome: Outcome | undefined
  /** Start to head; undefined while its head is awaited. */
  readonly took: Millis | undefined
}

const noTries: readonly TryRecord[] = Object.freeze([])

/** The mutable state behind `Call`: its own scope, so that a call is one object. Adapters extend it with what they sent. */
export abstract class CallContext extends CancelScope implements Call {
  readonly service: string
  readonly operation: string
  readonly start: Instant
  deadline: Instant
  readonly criticality: Criticality
  readonly affinity: string | undefined
  readonly repeat: Repeat
  readonly dice: number
  abstract readonly payload: Payload
  /** The last reading of the clock on this call's way in; a policy that made it wait refreshes it. */
  now: Instant
  /** The chain guard: the request that led to this call is itself a retry or a backup, so it is not sent again below. */
  readonly noRetry: boolean
  /** Whether the caller gets a fallback's value. */
  degraded = false
  private log: TryContext[] | undefined = undefined

  constructor(facts: CallFacts) {
    super()
    this.service = facts.service
    this.operation = facts.operation
    this.start = facts.start
    this.now = facts.start
    this.deadline = facts.deadline
    this.criticality = facts.criticality
    this.affinity = facts.affinity
    this.repeat = facts.repeat
    this.noRetry = facts.noRetry
    this.dice = facts.dice
  }

  get scope(): Scope {
    return this
  }

  /** A fallback that takes its time has the call in hand; a deadline that passes meanwhile does not cut it off. */
  degrading = false

  /** Turns a fallback's value into a reply of the protocol. */
  replyOf(value: unknown): unknown {
    return value
  }

  get tries(): readonly TryRecord[] {
    return this.log ?? noTries
  }

  /** A deadline only shrinks. */
  tighten(deadline: Instant, enforced: boolean): void {
    if (enforced && deadline < this.deadline) this.deadline = deadline
  }

  record(attempt: TryContext): void {
    if (this.log === undefined) this.log = [attempt]
    else this.log.push(attempt)
  }
}

export interface CallFacts {
  readonly service: string
  readonly operation: string
  readonly start: Instant
  readonly deadline: Instant
  readonly criticality: Criticality
  readonly affinity: string | undefined
  readonly repeat: Repeat
  readonly noRetry: boolean
  readonly dice: number
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
