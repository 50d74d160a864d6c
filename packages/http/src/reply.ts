import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { asError } from './as-error.ts'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

/** As undici hands them on, in whatever form the protocol gave them. */
export type RawHeaders = NonNullable<Controller['rawHeaders']> | null

/** A reply of HTTP: its head, and a body that is handed on or given up. */
export interface HttpReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly statusMessage: string | undefined
  /** Hands the reply to whoever called, who controls its pace through `controller`. */
  relay(handler: Handler, controller: RelayController): void
}

/** What a reply needs of the controller that its reader holds. */
export interface RelayController extends Controller {
  /** Where pause, resume and abort go. */
  source: ReplySource | undefined
  /** Called once the reader has been told the end. */
  release(): void
}

export interface ReplySource {
  pause(): void
  resume(): void
  /** Ends, with this error and once, a body that no try is left to end; one that is still coming is ended by its scope. */
  interrupt(error: Error): void
  readonly rawHeaders: RawHeaders
  readonly rawTrailers: RawHeaders
}

/**
 * Calls one callback of a handler that is not ours. A throw is the handler's own: undici aborts the request with it, so
 * do we, and it never passes through the interceptors.
 */
export function guarded(fn: () => void, abort: (error: Error) => void): void {
  try {
    fn()
  } catch (error) {
    abort(asError(error))
  }
}
