import { LOAD_REPORT_BIN_HEADER, LOAD_REPORT_HEADER, type Ignored, type Instant, type Outcome } from '@inmesh/policy'
import { callerGone, outcomeOf, superseded, TryContext, type AnyScope, type Cancel, type CancelListener, type Done, type Exchange, type TimerHandle } from '@inmesh/pipeline'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Client, Dispatcher } from 'undici'
import { asError } from './as-error.ts'
import { classifyFailure, isBroken } from './classify.ts'
import { truncatedHeader } from './headers.ts'
import { dispatchFollowed } from './followed.ts'
import type { HttpCall } from './http-call.ts'
import { HeldBody } from './held-body.ts'
import type { HttpTarget, Wire } from './http-target.ts'
import { drainBytes, drainMs, mayReset, shouldAbort, type Losers } from './losers.ts'
import { guarded, type HttpReply, type RawHeaders, type RelayController, type ReplySource } from './reply.ts'
import { requestFor } from './request.ts'
import type { SendEnv } from './send-env.ts'
import { copyInto, endVerdict, headVerdict } from './verdict.ts'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

const phase = { queued: 0, started: 1, head: 2, over: 3 } as const
type State = (typeof phase)[keyof typeof phase]

/** What becomes of the body. */
type Fate = 'undecided' | 'relay' | 'park' | 'drain'

/**
 * One try on undici: its handler, its exchange and its reply in one object. At `onResponseStart` the head travels up the
 * chain in the same turn; whoever claims the body then gets it as it comes. Nobody claiming it pauses the connection.
 */
export class WireTry implements Handler, Exchange<HttpReply>, HttpReply, ReplySource, CancelListener {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  head: Outcome = callerGone
  at: Instant = 0
  status = 0
  headers: IncomingHttpHeaders = noHeaders
  statusMessage: string | undefined = undefined

  private readonly env: SendEnv
  protected readonly call: HttpCall
  private readonly context: AnyScope
  private readonly done: Done<HttpReply>
  private state: State = phase.queued
  private fate: Fate = 'undecided'
  private controller: Controller | undefined = undefined
  private reader: Handler | undefined = undefined
  private abortWith: Error | undefined = undefined
  private tail: Outcome | undefined = undefined
  private onTailFirst: ((tail: Outcome, now: Instant) => void) | undefined = undefined
  private onTailSecond: ((tail: Outcome, now: Instant) => void) | undefined = undefined
  private onTailMore: ((tail: Outcome, now: Instant) => void)[] | undefined = undefined
  /** What rarely happens to a try, so that the usual one stays small. */
  private rare: Rare | undefined = undefined

  constructor(env: SendEnv, call: HttpCall, context: AnyScope, done: Done<HttpReply>) {
    this.env = env
    this.call = call
    this.context = context
    this.done = done
  }

  get reply(): HttpReply | undefined {
    return this.status === 0 ? undefined : this
  }

  get rawHeaders(): RawHeaders {
    return this.controller?.rawHeaders ?? null
  }

  get rawTrailers(): RawHeaders {
    return this.controller?.rawTrailers ?? null
  }

  start(): void {
    this.context.scope.add(this)
    if (this.state !== phase.over) this.dispatch(this.target?.wire ?? (this.env.direct as Wire))
  }

  // ── what undici tells ──────────────────────────────────────────────────────────────────────────────────────────────

  onRequestStart(controller: Controller): void {
    this.controller = controller
    this.call.trace?.sent(this.attempt)
    // Cancelled while it waited for a connection, when there was nothing yet to abort. Nothing has been written, and an
    // abort would destroy a sound HTTP/1.1 socket: a throw ends the request alone. Other dispatchers may not expect one.
    if (this.abortWith !== undefined && this.target?.owned === true) throw this.abortWith
    if (this.abortWith !== undefined) controller.abort(this.abortWith)
    else if (this.state === phase.queued) this.state = phase.started
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, statusMessage?: string): void {
    if (this.state === phase.over) return
    this.controller = controller
    if (status < 200) return this.informational(status, headers, statusMessage)
    this.status = status
    this.headers = headers
    this.statusMessage = statusMessage
    this.answer(headVerdict(this.env, status, headers))
    if (this.fate === 'undecided' && this.tail === undefined) controller.pause()
  }

  onRequestUpgrade(controller: Controller, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    this.controller = controller
    this.status = status
    this.headers = headers
    this.extra.socket = socket
    socket.once('close', () => this.end(this.head))
    this.answer({ kind: 'success', code: 'OK', status })
    if (this.fate !== 'relay') socket.destroy()
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.state === phase.over) return
    if (this.rare !== undefined || this.fate !== 'relay') return this.onRareData(controller, chunk)
    this.relayData(controller, chunk)
  }

  onResponseEnd(_controller: Controller, trailers: IncomingHttpHeaders): void {
    if (this.state === phase.over) return
    this.end(endVerdict(this.env, this.head, this.status, this.headers, trailers, this.rare?.copied ?? []))
    if (this.direct) this.finish(trailers)
    else if (this.fate !== 'drain') this.held.ended(trailers)
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    if (this.state === phase.over) return
    if (this.state !== phase.head) return this.failed(error)
    this.end({ kind: 'failure', code: 'UNAVAILABLE', status: this.status, reach: 'processed', cause: error })
    if (this.direct) this.fail(error)
    else if (this.fate !== 'drain') this.held.failed(error)
  }

  // ── what the chain asks ────────────────────────────────────────────────────────────────────────────────────────────

  onTail(fn: (tail: Outcome, now: Instant) => void): void {
    if (this.tail !== undefined) fn(this.tail, this.env.clock.now())
    else if (this.onTailFirst === undefined) this.onTailFirst = fn
    else if (this.onTailSecond === undefined) this.onTailSecond = fn
    else (this.onTailMore ??= []).push(fn)
  }

  discard(why: Ignored['why']): void {
    if (this.fate === 'relay' || this.fate === 'drain') return
    this.fate = 'drain'
    this.rare?.body?.drop()
    if (this.state === phase.over) return
    if (this.shouldAbort(this.env.losers)) this.cut(why === 'caller' ? callerGone : superseded, gaveUp)
    else this.drain()
  }

  park(capBytes: number): void {
    if (this.fate !== 'undecided') return
    this.fate = 'park'
    this.held.capAt(capBytes)
    if (this.state !== phase.over) this.controller?.resume()
  }

  relay(reader: Handler, controller: RelayController): void {
    const wasHeld = this.fate === 'park' || this.controller?.paused === true
    this.fate = 'relay'
    this.reader = reader
    controller.source = this
    const { call, rare, status, statusMessage } = this
    if (rare?.socket !== undefined) {
      const { socket } = rare
      return guarded(() => reader.onRequestUpgrade?.(call, status, this.headers, socket), (error) => call.abort(error))
    }
    const headers = rare?.body?.truncated === true ? { ...withoutLength(this.headers), [truncatedHeader]: '1' } : this.headers
    // What `guarded` does, without two closures for each call.
    try {
      reader.onResponseStart?.(call, status, headers, statusMessage)
    } catch (error) {
      call.abort(asError(error))
    }
    this.watchIdle()
    if (wasHeld && !call.paused) this.resume()
  }

  // ── what the reader asks ───────────────────────────────────────────────────────────────────────────────────────────

  pause(): void {
    this.controller?.pause()
  }

  resume(): void {
    const { call, reader, rare } = this
    if (rare?.body !== undefined && reader !== undefined) {
      if (!rare.body.flush(call, reader)) return
      if (this.state === phase.over) return guarded(() => rare.body?.finish(call, reader), (error) => reader.onResponseError?.(call, error))
    }
    this.controller?.resume()
  }

  interrupt(error: Error): void {
    const { rare, reader, call } = this
    if (this.state !== phase.over || reader === undefined) return
    guarded(() => rare?.body?.cutOff(call, reader, error), () => {})
  }

  // ── what the scope tells ───────────────────────────────────────────────────────────────────────────────────────────

  onCancel(cancel: Cancel): void {
    if (this.state === phase.over) return
    if (this.state === phase.head) return this.cancelBody(cancel)
    // One that still waits for a connection has cost nothing yet, and is taken out of the queue.
    if (cancel.why === 'superseded' && this.state === phase.started && !this.shouldAbort(this.env.losers)) return this.drain()
    const outcome = outcomeOf(cancel, this.state === phase.queued ? 'unsent' : 'processed')
    this.abandonWire(errorOf(cancel))
    this.answerLast(outcome)
  }

  private cancelBody(cancel: Cancel): void {
    const error = errorOf(cancel)
    const { fate } = this
    this.cut(outcomeOf(cancel), error)
    this.rare?.body?.drop()
    if (fate === 'relay') this.fail(error)
    // Whoever is handed this reply all the same must not wait for the rest of its body.
    else if (fate !== 'drain') this.held.failed(error)
  }

  // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Undefined where nothing makes tries in this chain. */
  private get attempt(): TryContext | undefined {
    return this.context instanceof TryContext ? this.context : undefined
  }

  private get target(): HttpTarget | undefined {
    return this.attempt?.placed?.target as HttpTarget | undefined
  }

  private get held(): HeldBody {
    return (this.extra.body ??= new HeldBody())
  }

  /** Whether the reader gets what comes as it comes. */
  private get direct(): boolean {
    return this.fate === 'relay' && this.rare?.body?.empty !== false
  }

  private get extra(): Rare {
    return (this.rare ??= new Rare())
  }

  private dispatch(wire: Wire): void {
    const { call, context } = this
    try {
      const request = requestFor(this.env, call, context)
      if (call.trace === undefined) wire.dispatch(request, this)
      else dispatchFollowed(call.trace, context, wire, request, this)
    } catch (error) {
      this.onResponseError(null, asError(error))
    }
  }

  private answer(head: Outcome): void {
    const { clock, reports } = this.env
    this.state = phase.head
    this.head = head
    this.at = clock.now()
    if (reports !== undefined) reports.hear(this.context, this.headers[LOAD_REPORT_HEADER], this.headers[LOAD_REPORT_BIN_HEADER], this.at)
    if (this.env.classifyEnd !== undefined && this.env.classifyEnd.maxBytes > 0) this.extra.copied = []
    this.done(this)
  }

  /** A head behind which nothing comes. */
  private answerLast(outcome: Outcome): void {
    this.state = phase.over
    this.head = outcome
    this.tail = outcome
    this.at = this.env.clock.now()
    this.context.scope.remove(this)
    this.rare?.timer?.cancel()
    this.done(this)
  }

  private end(tail: Outcome): void {
    if (this.state === phase.over) return
    this.state = phase.over
    this.tail = tail
    this.context.scope.remove(this)
    this.rare?.timer?.cancel()
    const now = this.env.clock.now()
    this.onTailFirst?.(tail, now)
    this.onTailSecond?.(tail, now)
    if (this.onTailMore !== undefined) for (const fn of this.onTailMore) fn(tail, now)
  }

  private finish(trailers: IncomingHttpHeaders): void {
    const { call, reader } = this
    try {
      reader?.onResponseEnd?.(call, trailers)
    } catch (error) {
      reader?.onResponseError?.(call, asError(error))
    }
    call.release()
  }

  private fail(error: Error): void {
    this.reader?.onResponseError?.(this.call, error)
    this.call.release()
  }

  private failed(error: Error): void {
    const started = this.state === phase.started
    if (started && this.resendable(error)) return this.resend()
    this.answerLast(classifyFailure(error, started, this.call.sendable.brokeBy))
  }

  /**
   * The callee closed a kept-alive connection just as we used it. Whether it saw the request nobody knows, so only what
   * may be repeated goes out again: once, at once, on a new connection, and the endpoint is not blamed for it.
   */
  private resendable(error: Error): boolean {
    const { call, target, rare } = this
    if (target === undefined || rare?.resent !== undefined || !isBroken(error) || !target.wasUsed(error)) return false
    const harmless = call.repeat === 'concurrent' || call.repeat === 'sequential'
    return harmless && call.payload.kind !== 'once' && this.context.scope.cancelled === undefined
  }

  private resend(): void {
    const target = this.target as HttpTarget
    const client = target.fresh()
    this.extra.resent = client
    this.state = phase.queued
    this.controller = undefined
    this.dispatch(client)
    // Lets the one request end first.
    target.retire(client)
  }

  /** Only where no other try can come: what one try announces, another may not keep. */
  private informational(status: number, headers: IncomingHttpHeaders, statusMessage: string | undefined): void {
    const { call } = this
    const sole = call.repeat === 'never' || (call.repeat === 'if-unprocessed' && call.tryCount <= 1)
    if (!sole) return
    // Whoever asks for raw headers reads them off its controller.
    call.source = this
    guarded(() => call.handler.onResponseStart?.(call, status, headers, statusMessage), (error) => this.controller?.abort(error))
  }

  private relayData(controller: Controller, chunk: Buffer): void {
    try {
      this.reader?.onResponseData?.(this.call, chunk)
    } catch (error) {
      controller.abort(asError(error))
    }
  }

  private onRareData(controller: Controller, chunk: Buffer): void {
    const rare = this.extra
    rare.bytes += chunk.length
    if (this.fate === 'drain') {
      if (rare.bytes > drainBytes && this.shouldAbort('abort')) this.cut(superseded, gaveUp)
      return
    }
    if (rare.copied !== undefined) copyInto(rare.copied, chunk, this.env.classifyEnd?.maxBytes ?? 0)
    if (this.direct) this.relayData(controller, chunk)
    else this.held.push(chunk)
  }

  /** Reads a loser to its end within bounds: over HTTP/1.1 a cancel would cost the socket. */
  private drain(): void {
    const { clock } = this.env
    const rare = this.extra
    rare.bytes = 0
    rare.timer?.cancel()
    rare.timer = clock.schedule(clock.now() + drainMs, false, giveUp, this)
    this.controller?.resume()
  }

  giveUp(): void {
    if (this.state === phase.over || !this.shouldAbort('abort')) return
    if (this.state === phase.head) return this.cut(superseded, gaveUp)
    this.abandonWire(gaveUp)
    this.answerLast(superseded)
  }

  private shouldAbort(losers: Losers): boolean {
    return shouldAbort(losers, this.target, this.env.clock.now())
  }

  /** Ends the exchange now and the transport behind it. */
  private cut(tail: Outcome, error: Error): void {
    this.end(tail)
    this.abandonWire(error)
  }

  private abandonWire(error: Error): void {
    const { controller } = this
    this.state = phase.over
    this.rare?.socket?.destroy()
    if (controller === undefined) this.abortWith = error
    else if (mayReset(this.target, this.env.clock.now())) controller.abort(error)
    else controller.resume()
  }

  private watchIdle(): void {
    const { idle, clock } = this.env
    if (idle === undefined || this.state === phase.over) return
    const rare = this.extra
    rare.seen = rare.bytes
    rare.timer?.cancel()
    rare.timer = clock.schedule(clock.now() + idle, false, idleOver, this)
  }

  /** A reader that pauses is not an idle callee. */
  idleOver(): void {
    if (this.state === phase.over) return
    const rare = this.extra
    if (rare.bytes !== rare.seen || this.call.paused) return this.watchIdle()
    this.call.expireIdle(this.env.idle ?? 0)
  }
}

/** State of a try that is parked, drained, held back, resent, upgraded, copied or watched. */
class Rare {
  body: HeldBody | undefined = undefined
  bytes = 0
  seen = 0
  socket: Duplex | undefined = undefined
  resent: Client | undefined = undefined
  timer: TimerHandle | undefined = undefined
  copied: Buffer[] | undefined = undefined
}

const noHeaders: IncomingHttpHeaders = Object.freeze({})
const gaveUp = Object.freeze(new DOMException('Another try has won', 'AbortError')) as Error

function giveUp(attempt: { giveUp(): void }): void {
  attempt.giveUp()
}

function idleOver(attempt: { idleOver(): void }): void {
  attempt.idleOver()
}

function errorOf(cancel: Cancel): Error {
  if (cancel.error instanceof Error) return cancel.error
  return cancel.why === 'superseded' ? gaveUp : new DOMException('The call was given up', 'AbortError')
}

/** A truncated body has neither the length nor the encoding that its head promised. */
function withoutLength(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'content-length': _length, 'content-encoding': _encoding, ...rest } = headers
  return rest
}
