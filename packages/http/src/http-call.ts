import { EdgeCall, type CallOptions, type ClientWire, type EdgeEnv, type Exchange, type Payload } from '@inmesh/pipeline'
import type { Dispatcher } from 'undici'
import { asError } from './as-error.ts'
import { repeatOf } from './repeat.ts'
import { sendable, type Sendable } from './payload.ts'
import type { HttpReply, RawHeaders, RelayController, ReplySource } from './reply.ts'
import { replyOf } from './value-reply.ts'
import { wireOf } from './wire-facts.ts'

type Options = Dispatcher.DispatchOptions
type Handler = Dispatcher.DispatchHandler

/**
 * One request as undici's users made it. It is also the controller that their handler holds: stable while the tries
 * under it change, so that pause and resume always reach the try whose reply is being read, and an abort reaches all.
 */
export class HttpCall extends EdgeCall<HttpReply> implements RelayController {
  readonly options: Options
  handler: Handler
  readonly sendable: Sendable
  source: ReplySource | undefined = undefined
  aborted = false
  paused = false
  reason: Error | null = null

  constructor(env: EdgeEnv, options: Options, own: CallOptions | undefined, operation: string, dice: number, handler: Handler) {
    super(env, own, operation, repeatOf(options), dice)
    this.options = options
    this.handler = handler
    this.sendable = sendable(options.body)
  }

  get payload(): Payload {
    return this.sendable.payload
  }

  get rawHeaders(): RawHeaders {
    return this.source?.rawHeaders ?? null
  }

  get rawTrailers(): RawHeaders {
    return this.source?.rawTrailers ?? null
  }

  override get onWire(): ClientWire {
    return wireOf(this.options.origin, this.options.method, this.service)
  }

  override get url(): string | undefined {
    const { origin, path } = this.options
    const named = origin === undefined ? undefined : typeof origin === 'string' ? origin : origin.origin
    return named === undefined || named === 'null' ? path : `${named}${path}`
  }

  pause(): void {
    this.paused = true
    this.source?.pause()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.source?.resume()
  }

  abort(reason: Error): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.abandon(reason)
    // Also where the call was over before: what its reader is still being given ends here.
    this.source?.interrupt(reason)
  }

  /**
   * The reader has been told the end; it may keep its controller, which is this object, but is not kept by it. A finished
   * call that a collection had promoted would otherwise hold on to its reader and through it to the next call, that one
   * to the one after, and so on: with undici's `request` nearly half of everything survived each collection that way.
   */
  release(): void {
    this.handler = nobody
    this.source = undefined
  }

  /** The body has stood still for too long. */
  expireIdle(limit: number): void {
    this.expireBy('timeout.idle', limit)
  }

  /** Errors that undici reports go to the handler in the way that undici would. */
  fail(error: unknown): void {
    const { handler } = this
    handler.onResponseError?.(this, asError(error))
    this.release()
  }

  override replyOf(value: unknown): HttpReply {
    return replyOf(value)
  }

  protected override deliver({ head, reply }: Exchange<HttpReply>): void {
    if (reply !== undefined) reply.relay(this.handler, this)
    else if (head.kind === 'failure') this.fail(head.cause)
    else this.fail(this.reason ?? this.gaveUp ?? new Error(`${this.service}: an interceptor answered "${head.kind}" without a reply`))
  }

  /** A try that is still being read hears the cancel itself; a held reply or a fallback's value has only this. */
  protected override interrupt(error: unknown): void {
    this.source?.interrupt(asError(error))
  }
}

const nobody: Handler = Object.freeze({})
