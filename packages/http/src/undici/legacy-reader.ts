import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { errors, type Dispatcher } from 'undici'
import { asError } from '../as-error.ts'
import { isLegacy, type LegacyHandler } from './legacy-handler.ts'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

/** A reader in the protocol of undici 8, whichever it speaks itself. One that speaks neither is left for undici's own checks. */
export function readerOf(handler: Handler, options: Dispatcher.DispatchOptions): Handler {
  if (!isLegacy(handler)) return handler
  const legacy: LegacyHandler = handler
  const missing = needed(options).find((method) => typeof legacy[method] !== 'function')
  if (missing !== undefined) throw new errors.InvalidArgumentError(`invalid ${missing} method`)
  return watched(legacy) ? new WatchedLegacyReader(legacy) : new LegacyReader(legacy)
}

/** What undici 6 asks for: a reader that lacks one of these would be told nothing and wait for ever. */
function needed(options: Dispatcher.DispatchOptions): readonly (keyof LegacyHandler)[] {
  return options.upgrade || options.method === 'CONNECT' ? ['onError', 'onUpgrade'] : ['onError', 'onHeaders', 'onData', 'onComplete']
}

function watched(handler: LegacyHandler): boolean {
  return handler.onResponseStarted !== undefined || handler.onBodySent !== undefined || handler.onRequestSent !== undefined
}

/** Translates what undici 8 tells for a reader of undici 6. */
class LegacyReader implements Handler {
  protected readonly legacy: LegacyHandler

  constructor(legacy: LegacyHandler) {
    this.legacy = legacy
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.legacy.onConnect((reason) => controller.abort(reason === undefined ? new errors.RequestAbortedError() : asError(reason)), context)
  }

  onRequestUpgrade(_controller: Controller, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    this.legacy.onUpgrade?.(status, rawOf(headers), socket)
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, statusMessage = ''): void {
    const wanted = this.legacy.onHeaders?.(status, rawOf(headers), () => controller.resume(), statusMessage)
    // `fetch` answers false to a 1xx, which has no body to be paused.
    if (wanted === false && status >= 200) controller.pause()
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.legacy.onData?.(chunk) === false) controller.pause()
  }

  onResponseEnd(_controller: Controller, trailers: IncomingHttpHeaders): void {
    this.legacy.onComplete?.(rawOf(trailers))
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.legacy.onError(error)
  }
}

/** For a reader that wants to hear of bytes as they go out and begin to come in. */
class WatchedLegacyReader extends LegacyReader {
  onResponseStarted(): void {
    this.legacy.onResponseStarted?.()
  }

  onBodySent(chunk: Buffer): void {
    this.legacy.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.legacy.onRequestSent?.()
  }
}

/** From the headers as told, not from the wire's own bytes: a reply may have been changed on its way, or made by a fallback. */
function rawOf(headers: IncomingHttpHeaders): Buffer[] {
  const raw: Buffer[] = []
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) raw.push(Buffer.from(name, 'latin1'), Buffer.from(one, 'latin1'))
    }
  }
  return raw
}
