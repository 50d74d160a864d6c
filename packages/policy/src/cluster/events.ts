import type { Endpoint } from '../balance/endpoint.ts'
import type { EjectedWhy } from '../eject/trial.ts'
import type { Instant, Millis } from '../types.ts'

export type SuppressedWhy = 'cap' | 'last' | 'shared-failure' | 'panic'

export interface EjectedEvent<T> {
  readonly type: 'ejected'
  readonly endpoint: Endpoint<T>
  readonly why: EjectedWhy
  readonly until: Instant
  /** The nominal time out, without its jitter. */
  readonly length: Millis
  /** How often it was ejected in all. */
  readonly ejections: number
  /** What it was judged on: tries and failures in the window, failures in a row. */
  readonly tries: number
  readonly failures: number
  readonly consecutive: number
}

export interface ReturnedEvent<T> {
  readonly type: 'returned'
  readonly endpoint: Endpoint<T>
  readonly outFor: Millis
}

/** At most once a second for each endpoint. */
export interface SuppressedEvent<T> {
  readonly type: 'ejection-suppressed'
  readonly endpoint: Endpoint<T>
  readonly why: SuppressedWhy
  /** What would have been done. */
  readonly would: EjectedWhy | 'kept-off'
}

/** Traffic stays off because the endpoint asked for it (`Retry-After`), or because the user's table says so. */
export interface KeptOffEvent<T> {
  readonly type: 'kept-off'
  readonly endpoint: Endpoint<T>
  readonly until: Instant
}

export interface ProbeEvent<T> {
  readonly type: 'probe'
  readonly endpoint: Endpoint<T>
}

/** Only when it crosses 0.01, 0.1, 0.5, 1 or 5. */
export interface SeverityEvent<T> {
  readonly type: 'severity-changed'
  readonly endpoint: Endpoint<T>
  readonly severity: number
}

export interface PanicEvent {
  readonly type: 'panic'
  readonly on: boolean
  readonly available: number
  readonly members: number
}

/** One event per decision about an endpoint that is not a pick. */
export type ClusterEvent<T> =
  | EjectedEvent<T>
  | ReturnedEvent<T>
  | SuppressedEvent<T>
  | KeptOffEvent<T>
  | ProbeEvent<T>
  | SeverityEvent<T>
  | PanicEvent

export type ClusterListener<T> = (event: ClusterEvent<T>) => void
