import type { AnyScope } from '@inmesh/pipeline'
import type { CallCredentials } from '@grpc/grpc-js'
import type { TryCall } from './wire.ts'

/** What a call is made with, the same for each of its tries. */
export interface Opening {
  readonly terms: { readonly path: string; readonly host: string | null | undefined }
  readonly credentials: CallCredentials | undefined
  /** Of the call as a whole, on the clock that grpc-js reads; Infinity for none. */
  readonly wallDeadline: number
}

/** A try as its route has it. */
export interface Routable {
  readonly wire: TryCall | undefined
  /** Its place among those of its route; -1 for none. */
  slot: number
  /** The connection is taken away beneath it. */
  cutOff(error: Error): void
}

/** Where tries go: an endpoint's own channel, or what lies beneath an interceptor. */
export interface Route {
  /** A call for one try, not yet started. */
  open(attempt: Routable, opening: Opening): TryCall
  /** Whether the callee is connected, so that what is left may be written on the wire now. */
  readonly ready: boolean
  /** Ends a call of a try. Over HTTP/2 that is a reset, which servers count: beyond what they bear it waits for its turn. */
  cancel(attempt: Routable): void
  /** The call of a try has ended, by itself or not. */
  over(attempt: Routable): void
  /** What a call that never left says that it speaks to; undefined where nobody knows. */
  readonly target: string | undefined
}

/** Finds the way of a try by where it was placed. */
export type Routes = (context: AnyScope) => Route
