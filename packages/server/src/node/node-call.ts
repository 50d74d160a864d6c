import { beginAmbient, type ServerWire } from '@inmesh/pipeline'
import type { Door } from '../drain/door.ts'
import { InboundCall } from '../inbound-call.ts'
import { peerOf, type Peer, type PeerSocket } from '../inbound/peer.ts'
import type { Headers } from '../inbound/read-inbound.ts'
import type { Refusal } from '../refusal.ts'
import type { Session } from '../drain/exits.ts'
import type { ServerCore } from '../server-core.ts'
import { wireOf } from './wire-facts.ts'

/** As much of a request as is looked at: node:http's and node:http2's, and what frameworks make of them. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Headers
  readonly socket: NodeSocket | null | undefined
  readonly httpVersionMajor?: number
  readonly stream?: { readonly destroyed?: boolean; readonly session?: Session | undefined }
  destroy(): unknown
}

interface NodeSocket extends PeerSocket {
  readonly encrypted?: boolean
  readonly destroyed?: boolean
  readonly server?: Door
}

/** As much of a response as is needed. */
export interface NodeResponse {
  statusCode: number
  readonly destroyed?: boolean
  readonly headersSent: boolean
  readonly writableEnded: boolean
  setHeader(name: string, value: string): unknown
  hasHeader(name: string): boolean
  writeHead(...head: never[]): unknown
  end(body: string): unknown
  destroy(): unknown
  on(event: 'close', listener: () => void): unknown
}

/** Where a response keeps its call. Registered, so that a second copy of this package knows that a request is taken care of. */
const key: unique symbol = Symbol.for('inmesh.request') as never

type Kept = { [key]?: NodeCall }

/** Whether a middleware has this request already: it was mounted twice, or there are two copies of it. Another one's options are told to be idle. */
export function isTaken(res: object, core: ServerCore): boolean {
  const call = (res as Kept)[key]
  if (call === undefined) return false
  if (call.owner !== core) core.passedOver()
  return true
}

/** The call that a response belongs to. Of another copy of this package it may be one that is not ours. */
export function callOf(res: object): NodeCall | undefined {
  const call = (res as Kept)[key]
  return call instanceof NodeCall ? call : undefined
}

/**
 * A request of Node's own server. Its end is the `close` of the response, and only that: `close` of the request comes with
 * every body that was read, and a response that is closed before it was ended is one whose reader has gone. Over HTTP/2
 * a cancelled one says that it is finished, but not that it was ended.
 */
export class NodeCall extends InboundCall {
  readonly req: NodeRequest
  readonly res: NodeResponse
  readonly next: () => void
  private head: NodeResponse['writeHead'] | undefined = undefined

  constructor(core: ServerCore, req: NodeRequest, res: NodeResponse, next: () => void) {
    super(core)
    this.req = req
    this.res = res
    this.next = next
    ;(res as Kept)[key] = this
    res.on('close', onClose)
    const { socket } = req
    if (req.httpVersionMajor === 2) sawSession(core, req)
    const server = socket?.server
    if (server !== undefined) core.exits.saw(server)
  }

  get method(): string {
    return this.req.method ?? 'GET'
  }

  override get onWire(): ServerWire {
    return wireOf(this.method, this.req.socket?.encrypted === true)
  }

  get path(): string {
    const { url = '/' } = this.req
    const query = url.indexOf('?')
    return query === -1 ? url : url.slice(0, query)
  }

  get headers(): Headers {
    return this.req.headers
  }

  get peer(): Peer {
    return peerOf(this.req.socket)
  }

  protected get knownRoute(): string | undefined {
    return undefined
  }

  /** The response knows over HTTP/1.1, unless it waits behind another one's on its connection; over HTTP/2 the stream does. */
  get gone(): boolean {
    const { req, res } = this
    return res.destroyed === true || (req.httpVersionMajor === 2 ? req.stream?.destroyed : req.socket?.destroyed) === true
  }

  get headSent(): boolean {
    return this.res.headersSent
  }

  proceed(withContext: boolean): void {
    if (withContext) beginAmbient(this, this.next)
    else this.next()
  }

  refuse({ status, headers, body }: Refusal): void {
    const { res } = this
    // Somebody before us has answered already; there is nothing to say any more.
    if (res.headersSent) return
    res.statusCode = status
    for (let i = 0; i < headers.length; i += 2) res.setHeader(headers[i]!, headers[i + 1]!)
    res.end(body)
  }

  /** Whatever sends a head over HTTP/1.1 or HTTP/2 does it by `writeHead`: `end`, `write` and `flushHeaders` call it as well. */
  watchHead(): void {
    if (this.head !== undefined) return
    this.head = this.res.writeHead
    this.res.writeHead = writeHead
  }

  /** To Node itself: a framework has handed it the reply's headers by then, and they go before these. */
  addAtHead(name: string, value: string): void {
    if (!this.res.hasHeader(name)) this.res.setHeader(name, value)
  }

  /** What others have put in the place of `writeHead` before us is run as it would be. */
  sendHead(head: never[]): unknown {
    const { head: next = () => {} } = this
    const [status = this.res.statusCode] = head as readonly unknown[]
    if (!this.res.headersSent) this.owner.heading(this, typeof status === 'number' ? status : this.res.statusCode)
    return next.apply(this.res, head)
  }

  setHeader(name: string, value: string): void {
    if (!this.res.headersSent) this.res.setHeader(name, value)
  }

  closeAfter(): void {
    // HTTP/2 has no such header; its connection is told once.
    if (this.req.httpVersionMajor !== 2) this.setHeader('connection', 'close')
  }

  cut(): void {
    this.res.destroy()
    this.req.destroy()
  }
}

function writeHead(this: NodeResponse, ...head: never[]): unknown {
  return (this as Kept)[key]?.sendHead(head)
}

function onClose(this: unknown): void {
  const call = (this as Kept)[key]
  if (call !== undefined) call.closed(call.res.writableEnded, call.res.statusCode)
}

function sawSession(core: ServerCore, { stream }: NodeRequest): void {
  const session = stream?.session
  if (session !== undefined) core.exits.sawSession(session)
}
