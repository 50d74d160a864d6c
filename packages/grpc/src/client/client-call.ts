import type { CallOptions, CallContext, EdgeEnv, Next, Payload } from '@inmesh/pipeline'
import { Metadata, type CallCredentials, type InterceptingListener, type StatusObject } from '@grpc/grpc-js'
import type { Face, LiveTry } from './face.ts'
import { GrpcCall } from './grpc-call.ts'
import type { MethodFacts, MethodKind } from './method.ts'
import type { GrpcReply } from './reply.ts'
import { passOver, RequestLog } from './request-log.ts'
import type { Routes } from './route.ts'
import type { SendEnv } from './send-env.ts'
import { LocalMessage } from './value-reply.ts'
import type { Deadline, EndStatus, MessageContext, ParentCall, WireCall } from './wire.ts'

/** What calls of one client have in common. */
export interface ClientEnv {
  readonly edge: EdgeEnv
  readonly send: SendEnv
  readonly routes: Routes
  readonly run: Next<CallContext, GrpcReply>
  dice(): number
  connected(): boolean
  /** What a call says that it speaks to while it speaks to nobody. */
  readonly target: string
}

/** How one call is to be made. */
export interface CallTerms {
  readonly path: string
  readonly facts: MethodFacts
  readonly kind: MethodKind
  readonly mesh: CallOptions | undefined
  readonly deadline: Deadline
  readonly host: string | null | undefined
  readonly parent: ParentCall
  readonly flags: number | null | undefined
}

// grpc.propagate, whose enum is no value at run time in every version.
const PROPAGATE_DEADLINE = 1
const PROPAGATE_CANCELLATION = 8
const PROPAGATE_DEFAULTS = 0xffff

let numbers = 0

/**
 * A call as grpc-js's client holds it: stable while the tries under it change. What the caller sends is kept for tries
 * that are still to come and goes at once to the one that is under way; what the try that won is told, its listener is.
 */
export class ClientCall implements WireCall, Face {
  readonly env: ClientEnv
  readonly terms: CallTerms
  readonly kind: MethodKind
  readonly log: RequestLog
  /** The caller's own, ours to write to. */
  sent: Metadata | undefined = undefined
  credentials: CallCredentials | undefined = undefined
  cancelledWith: EndStatus | undefined = undefined
  /** Messages that the reader has asked for. */
  reads = 0
  /** The newest try whose call is under way. */
  live: LiveTry | undefined = undefined
  waits = false
  private readonly number = ++numbers
  private listener: Partial<InterceptingListener> | undefined = undefined
  private call: GrpcCall | undefined = undefined
  /** One that makes many calls would keep each of them until its own end. */
  private ignoreParent: (() => void) | undefined = undefined
  private source: GrpcReply | undefined = undefined
  private begun = false
  private entering = false
  private ended = false

  constructor(env: ClientEnv, terms: CallTerms) {
    this.env = env
    this.terms = terms
    this.kind = terms.kind
    this.log = new RequestLog(terms.kind.requestStream)
  }

  get payload(): Payload {
    return this.log.payload
  }

  /** On the clock that grpc-js reads, of the call as a whole. */
  get wallDeadline(): number {
    const { call, env } = this
    if (call === undefined || call.deadline === Infinity) return Infinity
    return env.send.wallNow() + call.deadline - env.send.clock.now()
  }

  // ── what the client asks ───────────────────────────────────────────────────────────────────────────────────────────

  start(metadata: Metadata, listener: Partial<InterceptingListener> = {}): void {
    const { env, terms } = this
    // A caller may write to his own as soon as this returns; every later try is to send what the first one did.
    const sent = metadata.clone()
    const options = sent.getOptions()
    if (options.waitForReady === true && env.send.serialised) {
      this.waits = true
      sent.setOptions({ ...options, waitForReady: false })
    }
    this.sent = sent
    this.listener = listener
    const call = new GrpcCall(env.edge, terms.mesh, terms.facts.operation, terms.facts.repeat, env.dice(), this)
    this.call = call
    const deadline = this.deadlineAsked()
    if (deadline !== Infinity) call.tighten(call.start + (deadline - env.send.wallNow()))
    this.inheritCancel()
    // The one message of a request that does not stream comes in the same turn: a try that starts with it is sent in one go.
    if (terms.kind.requestStream) this.begin()
  }

  sendMessageWithContext(context: MessageContext, message: Buffer): void {
    if (this.ended) return passOver(context)
    this.log.add(context, message)
    this.live?.pump()
  }

  /** For a client that speaks to an interceptor. */
  sendMessage(message: Buffer): void {
    this.sendMessageWithContext({}, message)
  }

  halfClose(): void {
    this.log.closed = true
    if (!this.begun) this.begin()
    else if (this.kind.requestStream) this.live?.pump()
  }

  startRead(): void {
    this.reads++
    if (this.source !== undefined) this.source.startRead()
    else this.live?.startRead()
  }

  cancelWithStatus(code: StatusObject['code'], details: string): void {
    if (this.ended || this.cancelledWith !== undefined) return
    const { call } = this
    this.cancelledWith = { code, details, metadata: new Metadata() }
    if (call === undefined) return
    if (this.begun) return this.leave(call, details)
    this.begun = true
    this.later(this.cancelledWith)
  }

  setCredentials(credentials: CallCredentials): void {
    this.credentials = credentials
  }

  getPeer(): string {
    return this.live?.wire?.getPeer() ?? this.env.target
  }

  getCallNumber(): number {
    return this.number
  }

  getAuthContext(): ReturnType<WireCall['getAuthContext']> {
    return this.live?.wire?.getAuthContext?.() ?? null
  }

  // ── what the chain answers ─────────────────────────────────────────────────────────────────────────────────────────

  answered(reply: GrpcReply): void {
    // A chain that answers before the client has its call in hand would call back before it returns.
    if (this.entering) return process.nextTick(relayLater, this, reply)
    this.source = reply
    this.log.keepNothing()
    reply.relay(this)
  }

  refused(status: EndStatus): void {
    if (this.entering) this.later(status)
    else this.end(status)
  }

  metadata(metadata: Metadata): void {
    if (!this.ended) this.listener?.onReceiveMetadata?.(metadata)
  }

  message(message: unknown): void {
    if (!this.ended) this.listener?.onReceiveMessage?.(message)
  }

  /** Told once; afterwards nothing of the caller's is held. */
  end(status: EndStatus): void {
    if (this.ended) return
    this.ended = true
    const { listener } = this
    this.listener = undefined
    this.source = undefined
    this.log.drop()
    this.ignoreParent?.()
    // A reader that found fault with what it was given has cancelled meanwhile, and that is how its call ended.
    listener?.onReceiveStatus?.(this.cancelledWith ?? status)
  }

  /** A fallback's message, as its reader takes it. */
  local(value: unknown): unknown {
    return this.env.send.serialised ? new LocalMessage(value) : value
  }

  /** The reply has stood still for too long. */
  expireIdle(limit: number): void {
    this.call?.expireIdle(limit)
  }

  private begin(): void {
    const { call } = this
    if (this.begun || call === undefined) return
    this.begun = true
    this.entering = true
    call.begin(this.env.run, false)
    this.entering = false
  }

  private leave(call: GrpcCall, details: string): void {
    call.abandon(new Error(details))
    // A reply that was whole when it was given up has no try left to tell its reader.
    if (!this.ended && this.source !== undefined) this.end(this.cancelledWith as EndStatus)
  }

  private later(status: EndStatus): void {
    process.nextTick(endLater, this, status)
  }

  private deadlineAsked(): number {
    const { deadline, parent, flags } = this.terms
    const own = deadline instanceof Date ? deadline.getTime() : deadline
    if (parent == null || ((flags ?? PROPAGATE_DEFAULTS) & PROPAGATE_DEADLINE) === 0) return own
    const inherited = parent.getDeadline()
    return Math.min(own, inherited instanceof Date ? inherited.getTime() : inherited)
  }

  private inheritCancel(): void {
    const { parent, flags } = this.terms
    if (parent == null || ((flags ?? PROPAGATE_DEFAULTS) & PROPAGATE_CANCELLATION) === 0) return
    const cancel = (): void => this.cancelWithStatus(1, 'Cancelled by parent call')
    // It says so once: a call that is made for it afterwards would never hear.
    if (parent.cancelled) return cancel()
    parent.on('cancelled', cancel)
    this.ignoreParent = () => parent.off('cancelled', cancel)
  }
}

function relayLater(call: ClientCall, reply: GrpcReply): void {
  call.answered(reply)
}

function endLater(call: ClientCall, status: EndStatus): void {
  call.end(status)
}
