import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { util, type Dispatcher } from 'undici'
import { asError } from '../as-error.ts'
import type { LegacyHandler } from './legacy-handler.ts'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

/**
 * A reader of undici 8 that a dispatcher of undici 6 can tell as well: it has both sets of methods, and whoever tells it
 * uses those that he knows. undici 7 knows both and uses the newer.
 */
export class BilingualReader implements Handler, LegacyHandler {
  private readonly reader: Handler
  private controller: LegacyController | undefined = undefined

  constructor(reader: Handler) {
    this.reader = reader
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.reader.onRequestStart?.(controller, context)
  }

  onRequestUpgrade(controller: Controller, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    this.reader.onRequestUpgrade?.(controller, status, headers, socket)
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, statusMessage?: string): void {
    this.reader.onResponseStart?.(controller, status, headers, statusMessage)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.reader.onResponseData?.(controller, chunk)
  }

  onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void {
    this.reader.onResponseEnd?.(controller, trailers)
  }

  onResponseError(controller: Controller, error: Error): void {
    this.reader.onResponseError?.(controller, error)
  }

  onResponseStarted(): void {
    this.reader.onResponseStarted?.()
  }

  onBodySent(chunk: Buffer): void {
    this.reader.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.reader.onRequestSent?.()
  }

  onConnect(abort: (reason?: unknown) => void, context: unknown): void {
    this.controller = new LegacyController(abort)
    this.reader.onRequestStart?.(this.controller, context)
  }

  onUpgrade(status: number, rawHeaders: readonly Buffer[], socket: Duplex): void {
    const { told } = this
    told.rawHeaders = [...rawHeaders]
    this.reader.onRequestUpgrade?.(told, status, parsed(rawHeaders), socket)
  }

  onHeaders(status: number, rawHeaders: readonly Buffer[], resume: () => void, statusMessage: string): boolean {
    const { told } = this
    told.onResume = resume
    told.rawHeaders = [...rawHeaders]
    this.reader.onResponseStart?.(told, status, parsed(rawHeaders), statusMessage)
    return !told.paused
  }

  onData(chunk: Buffer): boolean {
    this.reader.onResponseData?.(this.told, chunk)
    return !this.told.paused
  }

  onComplete(rawTrailers: readonly Buffer[]): void {
    const { told } = this
    told.rawTrailers = [...rawTrailers]
    this.reader.onResponseEnd?.(told, parsed(rawTrailers))
  }

  onError(error: Error): void {
    this.reader.onResponseError?.(this.told, error)
  }

  /** undici 6 may fail before it has connected. */
  private get told(): LegacyController {
    return (this.controller ??= new LegacyController(() => {}))
  }
}

class LegacyController implements Controller {
  aborted = false
  paused = false
  reason: Error | null = null
  rawHeaders: Buffer[] | null = null
  rawTrailers: Buffer[] | null = null
  onResume: (() => void) | undefined = undefined
  private readonly onAbort: (reason: unknown) => void

  constructor(onAbort: (reason: unknown) => void) {
    this.onAbort = onAbort
  }

  abort(reason: Error): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = asError(reason)
    this.onAbort(reason)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.onResume?.()
  }
}

function parsed(raw: readonly Buffer[]): IncomingHttpHeaders {
  return util.parseHeaders([...raw])
}
