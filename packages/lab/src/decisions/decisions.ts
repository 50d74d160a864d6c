import type { Millis } from '@inmesh/policy'

/** Kinds of changes: each a type of event of the mesh, or of a server. */
export type ChangeType =
  | 'ejected'
  | 'probe'
  | 'returned'
  | 'ejection-suppressed'
  | 'kept-off'
  | 'severity-changed'
  | 'panic'
  | 'unreachable'
  | 'reachable'
  | 'endpoints-changed'
  | 'discovery-failed'
  | 'budget-empty'
  | 'storm'
  | 'breaker'
  | 'concurrency'
  | 'slots-leased'
  | 'engine-changed'
  | 'shares-changed'
  | 'policy-changed'
  | 'compiled-out'
  | 'admission'
  | 'overloaded'
  | 'recovered'
  | 'draining'
  | 'drained'

/**
 * A change of state that somebody decided on. Beside what is named here it has those fields of its event that
 * `facts.ts` lists, under the names that they have there, as plain data; texts are cut after 200 characters.
 */
export interface Change {
  /** ms from the end of the warm-up, during which it is below 0. */
  readonly at: Millis
  /** Which process decided: `client`, `client-1`, … of several, or a replica's name. */
  readonly by: string
  /** The service that was called; of what a server decided, its own. */
  readonly service: string
  readonly type: ChangeType
  /** By its name in the scenario. */
  readonly endpoint?: string
  /** Of `kept-off`: ms from the end of the warm-up. */
  readonly until?: Millis
  readonly [fact: string]: string | number | boolean | readonly string[] | undefined
}

/** What is decided for single calls: types of events too. */
export type CountType =
  | 'retried'
  | 'backed-up'
  | 'rescued'
  | 'refused'
  | 'mode-differed'
  | 'request-refused'
  | 'request-overran'
  | 'interceptor-failed'
  | 'lease-refused'
  | 'lease-unanswered'

/** One kind of decision about single calls, all processes together. */
export interface Count {
  readonly service: string
  readonly type: CountType
  /** Whose decision, such as `retry`, and why, where the event tells it: `retry: budget`. */
  readonly why?: string
  /** How many in each step from the end of the warm-up; the last ones that are 0 are left out. */
  readonly each: readonly number[]
}

/** Changes of one type beyond those that are kept. */
export interface Beyond {
  readonly count: number
  /** When the first of them was, ms from the end of the warm-up. */
  readonly from: Millis
}

/** What the processes of one run decided. */
export interface Decisions {
  /** The processes that tell. */
  readonly by: readonly string[]
  /** ms from step to step of the counts: the scenario's `measure.interval`. */
  readonly every: Millis
  /** In the order of time. Of each type the first 1,000. */
  readonly changes: readonly Change[]
  readonly beyond: Readonly<Partial<Record<ChangeType, Beyond>>>
  readonly counts: readonly Count[]
}

/** Changes of one type that are kept: for each, so that limits which move all the time leave room for an ejection. */
export const MOST_CHANGES = 1_000
/** Kinds of counts that are kept; what is decided of a further kind is counted under `other`. */
export const MOST_COUNTS = 200
