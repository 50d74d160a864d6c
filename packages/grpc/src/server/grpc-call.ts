import { status, type Metadata, type ServerInterceptingCallInterface } from '@grpc/grpc-js'
import type { ServerHttp2Stream } from 'node:http2'
import { beginAmbient, callerHungUp, type ServerWire } from '@inmesh/pipeline'
import { LOAD_REPORT_BIN_HEADER, type Instant, type Millis } from '@inmesh/policy'
import { InboundCall, type Headers, type Peer, type Refusal, type RequestMeter, type ServerCore } from '@inmesh/server'
import type { Connections } from './connections.ts'
import { headersOf } from './headers-of.ts'
import { peerOfCall } from './peer-of.ts'
import { refusedStatus } from './refused-status.ts'
import { codeOf, httpStatusOf } from './statuses.ts'
import { sentStatus, streamOf } from './stream-of.ts'
import { Trailers } from './trailers.ts'

/** Where a call's metadata keeps it. Registered, so that a second copy of this package knows that a call is taken care of. */
const key: unique symbol = Symbol.for('inmesh.request') as never

type Kept = { [key]?: InboundCall }

/** Whether an interceptor nearer to the wire has this call already: it was mounted twice. Another one's options are told to be idle. */
export function isTaken(metadata: Metadata, core: ServerCore): boolean {
  const call = (metadata as Kept)[key]
  if (call === undefined) return false
  if (call.owner !== core) core.passedOver()
  return true
}

const ofGrpc: ServerWire = { protocol: 'grpc' }

/** A status with its trailers, as handlers send it. */
export type ReplyStatus = Parameters<ServerInterceptingCallInterface['sendStatus']>[0]

/** grpc-js counts the deadline in whole milliseconds of another clock, from a moment before. */
const SKEW: Millis = 2

const cutOff: ReplyStatus = { code: status.UNAVAILABLE, details: 'cut off by a shutdown (inmesh: drain)' }

/**
 * A call of grpc-js. Its end is the status that its handler sends, or that grpc-js sends in its place when the deadline passes
 * or a message cannot be read; without one, its caller has gone. grpc-js says `cancelled` after each of them.
 */
export class GrpcCall extends InboundCall {
  readonly path: string
  readonly headers: Headers
  /** Every call of gRPC is one. */
  readonly method = 'POST'
  headSent = false
  /** Whether what its handler is told is told inside of its context. */
  private inContext = false
  private watched = false
  private trailers: Trailers | undefined = undefined
  private other: Peer | undefined = undefined
  private readonly core: ServerCore
  private readonly wire: ServerInterceptingCallInterface
  private readonly stream: ServerHttp2Stream | undefined
  private readonly next: () => void

  /** `next`: its metadata goes on to its handler. */
  constructor(core: ServerCore, connections: Connections, path: string, metadata: Metadata, wire: ServerInterceptingCallInterface, next: () => void) {
    super(core)
    this.core = core
    this.path = path
    this.wire = wire
    this.next = next
    this.headers = headersOf(metadata, wire.getDeadline())
    this.stream = streamOf(wire)
    const session = this.stream?.session
    if (session !== undefined) connections.saw(session)
    ;(metadata as Kept)[key] = this
  }

  get peer(): Peer {
    return (this.other ??= peerOfCall(this.wire, this.stream))
  }

  /** `pkg.Users/Get`: one that no service has is answered before it comes here. */
  protected get knownRoute(): string {
    return this.path.slice(1)
  }

  override get onWire(): ServerWire {
    return ofGrpc
  }

  get gone(): boolean {
    return this.stream?.destroyed === true
  }

  proceed(withContext: boolean): void {
    this.inContext = withContext
    this.within(this.next)
  }

  /** Tells its handler something: events of a stream come in the context of their connection, and its listeners must find their own. */
  within(fn: () => void): void {
    if (this.inContext) beginAmbient(this, fn)
    else fn()
  }

  refuse(refusal: Refusal): void {
    this.wire.sendStatus(this.withTrailers(refusedStatus(refusal)))
  }

  watchHead(): void {
    this.watched = true
  }

  /** There are trailers to come for as long as there is no status: a word about retries and the load may wait for them. */
  addAtHead(name: string, value: string): void {
    this.setHeader(name, value)
  }

  setHeader(name: string, value: string): void {
    this.trailers ??= new Trailers()
    this.trailers.add(name, value)
  }

  override report(meter: RequestMeter, now: Instant): void {
    if (meter.replyBytes === undefined) return super.report(meter, now)
    const bytes = meter.replyBytes(now)
    if (bytes === undefined) return
    this.trailers ??= new Trailers()
    this.trailers.add(LOAD_REPORT_BIN_HEADER, bytes)
  }

  /** Its handler ends it, with what goes out for that. */
  answering(own: ReplyStatus): ReplyStatus {
    if (this.phase !== 'running') return own
    this.code = codeOf(own.code ?? status.UNKNOWN)
    const http = httpStatusOf(this.code)
    if (this.watched || this.failedBelow) this.owner.heading(this, http)
    this.closed(true, http)
    return this.withTrailers(own)
  }

  /** grpc-js is done with it: after its status, or in the place of one. */
  left(): void {
    if (this.phase === 'over') return
    const sent = sentStatus(this.stream)
    const late = sent === status.DEADLINE_EXCEEDED || (this.stream === undefined && this.clock.now() >= this.givenUp - SKEW)
    const waited = this.phase === 'waiting'
    // Its clock may be ahead of ours, and after a handler that computed its timer is heard before ours.
    if (late && (waited || (!this.overran && this.deadline < Infinity))) this.owner.timeUp(this)
    if (late && waited) return
    if (sent === undefined && !late) return this.closed(false, 0)
    this.code = codeOf(sent ?? status.DEADLINE_EXCEEDED)
    this.closed(true, httpStatusOf(this.code))
    // It has been answered in its handler's place: nobody waits for what is still being done.
    if (this.acts) this.cancel({ why: 'caller', error: callerHungUp({ service: this.core.name, operation: this.operation, after: this.clock.now() - this.arrived }) })
  }

  /** Connections are told that there will be no more (GOAWAY); a call has no word for it. */
  closeAfter(): void {}

  /** Whatever its handler still sends, grpc-js drops: a call has one status. */
  cut(): void {
    this.wire.sendStatus(cutOff)
  }

  private withTrailers(own: ReplyStatus): ReplyStatus {
    return this.trailers === undefined ? own : { ...own, metadata: this.trailers.over(own.metadata) ?? null }
  }
}
