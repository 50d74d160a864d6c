import type { Millis } from '@inmesh/policy'

/** Something that lasted. Times are of the run, and may lie outside the measured time. */
export interface Span {
  readonly from: Millis
  /** Infinity: it had not ended when the run did. */
  readonly to: Millis
  readonly kind: SpanKind
  /** In a few words, for where there is room. */
  readonly label: string
  /** In a sentence. */
  readonly text: string
  readonly by: string
  /** How much of it, from 0 to 1. Default 1. */
  readonly strength?: number
}

export type SpanKind = 'ejected' | 'kept-off' | 'unreachable' | 'severity' | 'state' | 'level'

/** Something at an instant. */
export interface Mark {
  readonly at: Millis
  readonly kind: MarkKind
  readonly text: string
  readonly by: string
}

export type MarkKind = 'probe' | 'probe-failed' | 'returned' | 'held' | 'note'

/** A row of the timeline: what was decided about one thing. */
export interface Lane {
  readonly name: string
  readonly spans: readonly Span[]
  readonly marks: readonly Mark[]
  /** How many in each step. */
  readonly bars?: readonly number[]
  /** What is said beside the name: a total, a range. */
  readonly note?: string
}

/** A lane of what is decided about a service as a whole. */
export interface ServiceLane extends Lane {
  readonly service: string
}
