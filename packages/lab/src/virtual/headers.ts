import type { AttemptMark, Cause, Code, Criticality, Instant } from '@inmesh/policy'
import { formatAttemptMark, parseAttemptMark, suppressesExtraTries } from '@inmesh/policy'

/** What a client writes into the headers of a try. One that writes none says nothing, not even that it is a retry. */
export interface Speaker {
  readonly deadline: Instant
  readonly criticality: Criticality
  readonly mark: AttemptMark | undefined
}

/** What a server half reads there, as it was when the try was sent. */
export interface Headers {
  readonly deadline: Instant
  readonly criticality: Criticality
  /** The try was sent again after an overload or a timeout, or is a copy: nothing extra is sent below it. */
  readonly noRetry: boolean
  /** The try before went to another replica, which was overloaded or too late. */
  readonly repeat: boolean
}

export function headersOf({ deadline, criticality, mark }: Speaker): Headers {
  return { deadline, criticality, noRetry: suppressesExtraTries(mark), repeat: mark?.after !== undefined }
}

/** As it goes over the wire and comes out of it. */
export function markOf(cause: Cause, after: Code | undefined): AttemptMark | undefined {
  return parseAttemptMark(formatAttemptMark(cause, after))
}
