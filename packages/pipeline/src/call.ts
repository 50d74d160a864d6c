import type { Cause, Criticality, Endpoint, Instant, Millis, Outcome, Repeat, Visited } from '@inmesh/policy'
import type { Scope } from './scope.ts'
import type { ClientWire } from './wire-facts.ts'

/** Where a try can go: what adapters and users see of an endpoint. */
export interface Target {
  readonly url: URL
  readonly zone?: string
  readonly labels?: Readonly<Record<string, string>>
}

/** Adds headers (or metadata) to one try only. A header that the user set wins over one of `Attempt.send`, and not over one of `CallTrace.inject`. */
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
  /** What it is on the wire; undefined where the adapter does not know, as of `wrap`. Made when it is asked for: for telemetry, and only while somebody listens. */
  readonly onWire: ClientWire | undefined
  /** The address of what is asked, as the caller wrote it, secrets included: a path alone where there is no origin, undefined where there is no address. Made when it is asked for. */
  readonly url: string | undefined
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
