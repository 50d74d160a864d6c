import { callerGone, outcomeOf, superseded, type AnyScope, type Cancel, type CancelListener, type Done, type Exchange, type TimerHandle } from '@inmesh/pipeline'
import { CODES, LOAD_REPORT_BIN_HEADER, LOAD_REPORT_HEADER, type Ignored, type Instant, type Outcome, type Reach } from '@inmesh/policy'
import { Metadata, type InterceptingListener, type StatusObject } from '@grpc/grpc-js'
import { classifyStatus, codeOf, succeeded, textOf } from './classify.ts'
import { Ear } from './ear.ts'
import type { Face, LiveTry } from './face.ts'
import type { GrpcCall } from './grpc-call.ts'
import type { GrpcReply, Reader } from './reply.ts'
import type { Routable, Route } from './route.ts'
import type { SendEnv } from './send-env.ts'
import { metadataFor } from './try-metadata.ts'
import type { TryCall } from './wire.ts'

const phase = { started: 0, head: 1, over: 2 } as const
type State = (typeof phase)[keyof typeof phase]

/**
 * One try on grpc-js: the listener of its call, its exchange and its reply in one object. Where the reply is one message,
 * the status is the head, and nothing has been shown before it; where it streams, whatever comes first is.
 */
export class GrpcTry implements InterceptingListener, Exchange<GrpcReply>, GrpcReply, Routable, LiveTry, CancelListener {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  head: Outcome = callerGone
  at: Instant = 0
  wire: TryCall | undefined = undefined
  /** Its place among those of its route. */
  slot = -1

  private readonly env: SendEnv
  private readonly face: Face
  private readonly context: AnyScope
  private readonly route: Route
  private readonly done: Done<GrpcReply>
  private state: State = phase.started
  private relayed = false
  private answeredWith = false
  private opened: Metadata | undefined = undefined
  private held: unknown = undefined
  private more: unknown[] | undefined = undefined
  private status: StatusObject | undefined = undefined
  private tail: Outcome | undefined = undefined
  private onTailFirst: ((tail: Outcome, now: Instant) => void) | undefined = undefined
  private onTailMore: ((tail: Outcome, now: Instant) => void)[] | undefined = undefined
  private timer: TimerHandle | undefined = undefined
  private heard = 0
  private heardBefore = 0
  private sent = 0
  private asked = 0
  private writing = false
  private halfClosed = false
  private call: GrpcCall | undefined = undefined

  constructor(env: SendEnv, face: Face, context: AnyScope, route: Route, done: Done<GrpcReply>) {
    this.env = env
    this.face = face
    this.context = context
    this.route = route
    this.done = done
  }

  get reply(): GrpcReply | undefined {
    return this.answeredWith ? this : undefined
  }

  start(call: GrpcCall): void {
    this.context.scope.add(this)
    if (this.state !== phase.over) this.dispatch(call)
  }

  private dispatch(call: GrpcCall): void {
    const { face, context, route } = this
    this.call = call
    try {
      const wire = route.open(this, face)
      this.wire = wire
      face.live = this
      const left = route.ready && call.deadline !== Infinity ? Math.max(0, call.deadline - this.env.clock.now()) : undefined
      wire.start(metadataFor(call, context, left, face.sent as Metadata), new Ear(this))
      this.asked = 0
      this.ask()
      if (face.kind.requestStream) this.pump()
      else this.sendWhole(wire)
    } catch (error) {
      this.wire = undefined
      this.answerLast({ kind: 'failure', code: 'INTERNAL', reach: 'unsent', doNotRetry: true, cause: error })
    }
  }

  /** Sends what there is, one message after the other: grpc-js keeps one only, until it is told that this was written. */
  pump(): void {
    const { wire, face: { log } } = this
    if (wire === undefined || this.writing || this.halfClosed) return
    const at = this.sent
    const sending = log.at(at)
    if (sending === undefined) {
      if (!log.closed) return
      this.halfClosed = true
      return wire.halfClose()
    }
    this.sent++
    this.writing = true
    const callback = (error?: Error | null): void => {
      // Of a call that ended before anything of it left: its messages are still to be sent.
      if (wire !== this.wire) return
      this.writing = false
      log.wasWritten(at)
      sending.written(error)
      this.pump()
    }
    wire.sendMessageWithContext(sending.flags === undefined ? { callback } : { callback, flags: sending.flags }, sending.message)
  }

  private sendWhole(wire: TryCall): void {
    const sending = this.face.log.at(0)
    if (sending !== undefined) wire.sendMessageWithContext(sending.flags === undefined ? {} : { flags: sending.flags }, sending.message)
    wire.halfClose()
  }

  // ── what grpc-js tells ─────────────────────────────────────────────────────────────────────────────────────────────

  onReceiveMetadata(metadata: Metadata): void {
    if (this.relayed) return this.face.metadata(metadata)
    if (this.state === phase.over) return
    this.opened = metadata
    if (this.face.kind.responseStream) this.begin()
  }

  onReceiveMessage(message: unknown): void {
    this.heard++
    if (this.relayed) return this.face.message(message)
    // An intercepted call without a reply is told of a message that is none.
    if (this.state === phase.over || message === null) return
    if (this.held === undefined) this.held = message
    else (this.more ??= []).push(message)
    if (this.face.kind.responseStream && this.state === phase.started) this.begin()
  }

  onReceiveStatus(given: StatusObject): void {
    this.route.over(this)
    if (this.state === phase.over) return
    const status = CODES[given.code] === undefined || given.details === undefined || given.metadata === undefined ? wholeStatus(given) : given
    if (this.face.waits && status.code === 14 && this.state === phase.started && !this.left) return this.waitUntilReady(status)
    if (status.code === 4 && this.isLate()) return (this.call as GrpcCall).expire()
    this.status = status
    this.concluded(status)
  }

  /** grpc-js watches the same deadline while it connects, and may be the first to see it: the sentence is the edge's all the same. */
  private isLate(): boolean {
    const { call, env } = this
    return call !== undefined && call.deadline - env.clock.now() < CLOCKS_DIFFER
  }

  private concluded(status: StatusObject): void {
    const cause = status.code === 0 ? undefined : new TriedStatus(status)
    const outcome = classifyStatus(this.env, status, this, cause)
    if (this.env.reports !== undefined) this.report(status.metadata)
    if (this.state === phase.started) {
      this.answeredWith = true
      return this.answerLast(outcome)
    }
    this.end(outcome)
    if (this.relayed) this.face.end(cause === undefined ? status : { ...status, cause })
  }

  // ── what the chain asks ────────────────────────────────────────────────────────────────────────────────────────────

  onTail(fn: (tail: Outcome, now: Instant) => void): void {
    if (this.tail !== undefined) fn(this.tail, this.at)
    else if (this.onTailFirst === undefined) this.onTailFirst = fn
    else (this.onTailMore ??= []).push(fn)
  }

  discard(why: Ignored['why']): void {
    if (this.relayed || this.state === phase.over) return
    this.end(why === 'caller' ? callerGone : superseded)
    this.route.cancel(this)
  }

  /** A failure is a status and its trailers: there is nothing to free. */
  park(): void {}

  relay(face: Reader): void {
    this.relayed = true
    const { opened, held, more, status } = this
    if (opened !== undefined) face.metadata(opened)
    if (held !== undefined) face.message(held)
    if (more !== undefined) for (const message of more) face.message(message)
    this.opened = this.held = this.more = undefined
    if (status === undefined) {
      this.ask()
      return this.watchIdle()
    }
    const { head, tail } = this
    const failed = tail?.kind === 'failure' ? tail : head.kind === 'failure' ? head : undefined
    face.end(failed?.cause === undefined || status.code === 0 ? status : { ...status, cause: failed.cause } as StatusObject)
  }

  startRead(): void {
    if (this.state !== phase.over) this.ask()
  }

  /** For as many messages as its reader has asked for: while there are two tries only the newer one hears of each. */
  private ask(): void {
    const { wire, face } = this
    if (wire !== undefined) for (; this.asked < face.reads; this.asked++) wire.startRead()
  }

  // ── what the scope tells ───────────────────────────────────────────────────────────────────────────────────────────

  onCancel(cancel: Cancel): void {
    if (this.state === phase.over) return
    if (this.state === phase.head) this.end(outcomeOf(cancel))
    else this.answerLast(outcomeOf(cancel, this.reach))
    this.route.cancel(this)
  }

  /** The connection is taken away beneath it. */
  cutOff(error: Error): void {
    if (this.state === phase.over) return
    const outcome: Outcome = { kind: 'failure', code: 'CANCELLED', reach: this.reach, doNotRetry: true, cause: error }
    const wasHead = this.state === phase.head
    this.route.cancel(this)
    if (!wasHead) return this.answerLast(outcome)
    this.end(outcome)
    if (this.relayed) this.face.end({ code: 14, details: error.message, metadata: new Metadata(), cause: error } as StatusObject)
  }

  /**
   * A call that would rather wait than fail: until this endpoint can be spoken to, or another one, where the plan sends what
   * has never left. grpc-js would wait for this one alone.
   */
  private waitUntilReady(status: StatusObject): void {
    const { clock } = this.env
    this.status = status
    this.wire = undefined
    this.timer = clock.schedule(clock.now() + LOOK, true, lookAgain, this)
  }

  lookAgain(): void {
    if (this.state === phase.over) return
    const { status } = this
    const anybody = this.face.env.connected()
    if (this.route.ready) {
      this.status = undefined
      this.sent = 0
      this.writing = this.halfClosed = false
      this.dispatch(this.call as GrpcCall)
    } else if (anybody && status !== undefined) this.concluded(status)
    else if (status !== undefined) this.waitUntilReady(status)
  }

  // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  private get reach(): Reach {
    return this.left ? 'processed' : 'unsent'
  }

  /** A call that has a stream names its peer; before that it names what it was made for. */
  get left(): boolean {
    const { wire, route } = this
    if (wire === undefined) return false
    return route.target === undefined || wire.getPeer() !== route.target
  }

  private begin(): void {
    this.state = phase.head
    this.answeredWith = true
    this.head = succeeded
    this.at = this.env.clock.now()
    this.done(this)
  }

  /** A head behind which nothing comes. */
  private answerLast(outcome: Outcome): void {
    this.state = phase.over
    this.head = outcome
    this.tail = outcome
    this.at = this.env.clock.now()
    this.context.scope.remove(this)
    this.timer?.cancel()
    this.done(this)
  }

  private end(tail: Outcome): void {
    this.state = phase.over
    this.tail = tail
    this.context.scope.remove(this)
    this.timer?.cancel()
    const now = this.env.clock.now()
    this.onTailFirst?.(tail, now)
    if (this.onTailMore !== undefined) for (const fn of this.onTailMore) fn(tail, now)
  }

  private report(metadata: Metadata): void {
    const bin = metadata.get(LOAD_REPORT_BIN_HEADER)[0]
    const text = textOf(metadata, LOAD_REPORT_HEADER)
    if (bin === undefined && text === undefined) return
    this.env.reports?.hear(this.context, text, bin, this.env.clock.now())
  }

  private watchIdle(): void {
    const { idle, clock } = this.env
    if (idle === undefined || this.state === phase.over) return
    this.heardBefore = this.heard
    this.timer = clock.schedule(clock.now() + idle, false, idleOver, this)
  }

  /** A reader that asks for nothing is not an idle callee. */
  idleOver(): void {
    if (this.state === phase.over) return
    if (this.heard !== this.heardBefore || this.face.reads <= this.heard) return this.watchIdle()
    this.face.expireIdle(this.env.idle ?? 0)
  }
}

/** Wall time counts in whole milliseconds, and Node's timers with it. */
const CLOCKS_DIFFER = 3

/** So often a try that waits looks whether anybody is there. */
const LOOK = 20

function lookAgain(attempt: { lookAgain(): void }): void {
  attempt.lookAgain()
}

function idleOver(attempt: { idleOver(): void }): void {
  attempt.idleOver()
}

/**
 * Of whatever is no status. A number beyond the list is UNKNOWN, as gRPC says. Of a message that it cannot decompress grpc-js
 * hands on what was thrown, without its text; that is INTERNAL (grpc/doc/compression.md). An interceptor beneath may leave parts out.
 */
function wholeStatus({ code, details = UNREADABLE, metadata = new Metadata() }: Partial<StatusObject>): StatusObject {
  if (typeof code !== 'number') return { code: 13, details, metadata }
  return { code: CODES[code] === undefined ? 2 : code, details, metadata }
}

const UNREADABLE = 'The reply could not be read: perhaps it is compressed in a way that is not known here'

/** What a try came to, as the cause of the error that its caller gets: `explain()` finds the tries by it. */
class TriedStatus {
  readonly code: string
  readonly message: string

  constructor({ code, details }: StatusObject) {
    this.code = codeOf(code)
    this.message = details
  }
}
