import { ServerInterceptingCall, type Metadata, type ServerInterceptingCallInterface, type ServerMethodDefinition } from '@grpc/grpc-js'
import type { ServerCore } from '@inmesh/server'
import type { Connections } from './connections.ts'
import { GrpcCall, isTaken, type ReplyStatus } from './grpc-call.ts'

/** What grpc-js tells of a call as it comes in. */
type Listener = Parameters<ServerInterceptingCall['start']>[0]

/**
 * Stands between the wire and a call's handler, in both directions. Both by itself, and not by the listeners and responders of
 * grpc-js: those tell of a `cancelled` outside of whatever they do, where its listeners would have no context, and cost
 * closures for each call.
 */
export class GovernedCall extends ServerInterceptingCall implements Listener {
  readonly #core: ServerCore
  readonly #connections: Connections
  readonly #path: string
  readonly #oneMessage: boolean
  readonly #wire: ServerInterceptingCallInterface
  #handler: Listener = silent
  /** Undefined for one that another interceptor governs. */
  #call: GrpcCall | undefined = undefined

  constructor(core: ServerCore, connections: Connections, { path, requestStream }: ServerMethodDefinition<unknown, unknown>, wire: ServerInterceptingCallInterface) {
    super(wire)
    this.#core = core
    this.#connections = connections
    this.#path = path
    this.#oneMessage = !requestStream
    this.#wire = wire
  }

  // ── from the handler ───────────────────────────────────────────────────────────────────────────────────────────────

  override start(handler: Listener): void {
    this.#handler = handler
    this.#wire.start(this)
  }

  override sendMetadata(metadata: Metadata): void {
    this.#headGoesOut()
    this.#wire.sendMetadata(metadata)
  }

  override sendMessage(message: unknown, done: () => void): void {
    this.#headGoesOut()
    this.#wire.sendMessage(message, done)
  }

  override sendStatus(status: ReplyStatus): void {
    this.#wire.sendStatus(this.#call === undefined ? status : this.#call.answering(status))
  }

  // ── from the wire ──────────────────────────────────────────────────────────────────────────────────────────────────

  onReceiveMetadata(metadata: Metadata): void {
    if (isTaken(metadata, this.#core)) return this.#handler.onReceiveMetadata(metadata)
    this.#call = new GrpcCall(this.#core, this.#connections, this.#path, metadata, this.#wire, () => this.#handler.onReceiveMetadata(metadata))
    this.#core.begin(this.#call)
  }

  onReceiveMessage(message: unknown): void {
    this.#tell(() => this.#handler.onReceiveMessage(message))
  }

  /** Where a call has one message, its handler begins here; the message may have taken longer to come than there was time. */
  onReceiveHalfClose(): void {
    const call = this.#call
    if (call === undefined || !this.#oneMessage || !call.owner.refusedLate(call)) this.#tell(() => this.#handler.onReceiveHalfClose())
  }

  onCancel(): void {
    this.#call?.left()
    this.#tell(() => this.#handler.onCancel())
  }

  #tell(fn: () => void): void {
    if (this.#call === undefined) fn()
    else this.#call.within(fn)
  }

  #headGoesOut(): void {
    if (this.#call !== undefined) this.#call.headSent = true
  }
}

const silent: Listener = { onReceiveMetadata: () => {}, onReceiveMessage: () => {}, onReceiveHalfClose: () => {}, onCancel: () => {} }
