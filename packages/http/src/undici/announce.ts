import { errors, type Dispatcher } from 'undici'
import { asError } from '../as-error.ts'
import type { HttpCall } from '../http-call.ts'

/**
 * What undici itself asks of a reader; beneath us it sees only our own. A reader that lacks one of these would be told
 * nothing and wait for ever: so would one of an older protocol, such as the `fetch` that is built into Node 22 and 24.
 */
export function assertReader(options: Dispatcher.DispatchOptions, reader: Dispatcher.DispatchHandler): void {
  if (options === null || typeof options !== 'object') throw new errors.InvalidArgumentError('opts must be an object.')
  const kind = Object.getPrototypeOf(reader) as object | null
  if (kind === sound && !options.upgrade && options.method !== 'CONNECT') return
  need(reader, 'onRequestStart')
  // By truth, as undici: an empty protocol asks for no upgrade.
  if (options.upgrade || options.method === 'CONNECT') return need(reader, 'onRequestUpgrade')
  need(reader, 'onResponseStart')
  need(reader, 'onResponseData')
  need(reader, 'onResponseEnd')
  // Of a plain object's prototype nothing follows for the next one.
  if (kind !== null && Object.hasOwn(kind, 'onResponseEnd')) sound = kind
}

/** The class of the last reader that had them all: nearly every call's is undici's own. */
let sound: object | null = null

/** Asked for first, and thrown at the caller: without it a reader cannot even be told that it is refused. */
export function assertTellable(reader: Dispatcher.DispatchHandler): void {
  need(reader, 'onResponseError')
}

function need(reader: Dispatcher.DispatchHandler, method: keyof Dispatcher.DispatchHandler): void {
  if (typeof reader[method] !== 'function') throw new errors.InvalidArgumentError(`invalid ${method} method`)
}

/** Tells of a caller's own mistake as undici tells of a bad option. */
export function reject(reader: Dispatcher.DispatchHandler, error: unknown): void {
  const controller = { aborted: false, paused: false, reason: null, abort() {}, pause() {}, resume() {} }
  reader.onResponseError?.(controller, asError(error))
}

/**
 * Gives the reader its controller before anything is sent, so that it can take back what still waits for a connection. A
 * reader that throws is told so, as by undici. Answers whether it wants the call still.
 */
export function announce(call: HttpCall, context: object | null): boolean {
  try {
    call.handler.onRequestStart?.(call, context)
  } catch (error) {
    call.abort(asError(error))
  }
  return !call.aborted
}
