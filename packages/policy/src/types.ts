/** Milliseconds on a monotonic clock with an arbitrary origin, never wall time. */
export type Instant = number

/** A length of time in milliseconds. */
export type Millis = number

/** Chance is handed in, so that the same seed gives the same decisions. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
}

/** One vocabulary of results for every protocol: gRPC's status names. */
export type Code =
  | 'OK'
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED'

/**
 * How far a request got, which decides whether sending it again can repeat work:
 * `unsent` no byte of it left this process; `refused` the callee says that it did nothing; `processed` it may have been.
 */
export type Reach = 'unsent' | 'refused' | 'processed'

/** The try did what the endpoint could do. A 404 is a success of the endpoint: its code says NOT_FOUND. */
export interface Success {
  readonly kind: 'success'
  readonly code: Code
  /** The protocol's own number, such as 200. */
  readonly status?: number
  /** The callee's own code, where a user's `classify` found one; reweighting and retries may be set by it. */
  readonly business?: string
}

export interface Failure {
  readonly kind: 'failure'
  readonly code: Code
  /** The protocol's own number, such as 503. */
  readonly status?: number
  /** The callee's own code, where a user's `classify` found one; reweighting and retries may be set by it. */
  readonly business?: string
  readonly reach: Reach
  /** The callee's wish to be left alone, relative to now (`Retry-After`, `grpc-retry-pushback-ms`). */
  readonly retryAfter?: Millis
  /** The callee says that sending again is pointless or harmful. */
  readonly doNotRetry?: boolean
  /** The transport's own error, passed through unchanged. Tries that died of one connection share one cause. */
  readonly cause?: unknown
}

/** A try that says nothing about its endpoint: another one won, or the caller went away. */
export interface Ignored {
  readonly kind: 'ignored'
  readonly why: 'superseded' | 'caller'
}

/** What became of a try. Facts only: each policy keeps its own verdict over them. */
export type Outcome = Success | Failure | Ignored

/** Why a try was sent. */
export type Cause = 'first' | 'retry' | 'backup' | 'rescue'

/**
 * Whether a call may be sent more than once: `concurrent` two copies at a time are harmless; `sequential` a second only
 * after the first has failed; `if-unprocessed` only when the first certainly did nothing; `never` not even then.
 */
export type Repeat = 'concurrent' | 'sequential' | 'if-unprocessed' | 'never'

/** How much a call matters, most first (SRE book, chapter 21). */
export type Criticality = 'CRITICAL_PLUS' | 'CRITICAL' | 'SHEDDABLE_PLUS' | 'SHEDDABLE'
