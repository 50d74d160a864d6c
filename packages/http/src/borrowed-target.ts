import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { HttpTarget, type Wire } from './http-target.ts'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

/**
 * An origin that nobody configured, reached as it would have been without us: over connections that are somebody else's,
 * a proxy or a mock among them. They are neither opened nor closed here; what is under way on them is counted.
 */
export class BorrowedTarget extends HttpTarget {
  override readonly owned = false
  private readonly lender: Wire
  private readonly underWay = new Set<Borrower>()
  private onIdle: (() => void) | undefined = undefined

  constructor(url: URL, lender: Wire) {
    super(url, {}, undefined)
    this.lender = lender
  }

  override get wire(): Wire {
    return this
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Handler): boolean {
    const borrower = new Borrower(handler, () => this.over(borrower))
    this.underWay.add(borrower)
    return this.lender.dispatch(options, borrower)
  }

  /** A connection of its own would go past whatever stands there. */
  override wasUsed(): boolean {
    return false
  }

  override close(): Promise<void> {
    if (this.underWay.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.onIdle = resolve
    })
  }

  override destroy(error: Error): Promise<void> {
    for (const borrower of this.underWay) borrower.abort(error)
    return Promise.resolve()
  }

  private over(borrower: Borrower): void {
    this.underWay.delete(borrower)
    if (this.underWay.size === 0) this.onIdle?.()
  }
}

/** Hands everything on, and tells of the end. */
class Borrower implements Handler {
  private handler: Handler
  private readonly ended: () => void
  private controller: Controller | undefined = undefined
  private reason: Error | undefined = undefined

  constructor(handler: Handler, ended: () => void) {
    this.handler = handler
    this.ended = ended
  }

  /** One that has no connection yet is told when it gets one; whoever waits for it is told now. */
  abort(error: Error): void {
    this.reason = error
    if (this.controller !== undefined) return this.controller.abort(error)
    const { handler } = this
    this.handler = nobody
    this.ended()
    handler.onResponseError?.(gone, error)
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.controller = controller
    if (this.reason === undefined) this.handler.onRequestStart?.(controller, context)
    else controller.abort(this.reason)
  }

  onRequestUpgrade(controller: Controller, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    socket.once('close', this.ended)
    this.handler.onRequestUpgrade?.(controller, status, headers, socket)
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, statusMessage?: string): void {
    this.handler.onResponseStart?.(controller, status, headers, statusMessage)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void {
    this.ended()
    this.handler.onResponseEnd?.(controller, trailers)
  }

  onResponseError(controller: Controller, error: Error): void {
    this.ended()
    this.handler.onResponseError?.(controller, error)
  }

  onResponseStarted(): void {
    this.handler.onResponseStarted?.()
  }

  onBodySent(chunk: Buffer): void {
    this.handler.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.handler.onRequestSent?.()
  }
}

/** For a reader that never had a connection. */
const gone: Controller = Object.freeze({ aborted: true, paused: false, reason: null, abort() {}, pause() {}, resume() {} })
const nobody: Handler = Object.freeze({})
