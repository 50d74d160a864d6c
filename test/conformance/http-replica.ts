import type { Code } from '@inmesh/policy'
import type { Does, Received, Replica } from '@inmesh/testing'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { constants, createServer as createHttp2Server, Http2ServerResponse, type Http2ServerRequest } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'

const statuses: Partial<Record<Code, number>> = { OK: 200, NOT_FOUND: 404, RESOURCE_EXHAUSTED: 429, INTERNAL: 500, UNAVAILABLE: 503 }

/** What Node's HTTP/1.1 and HTTP/2 servers have in common. */
type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

/** A real server on a free loopback port that does as it is told. Over HTTP/1.1 an upgrade is answered with an echo. */
export class HttpReplica implements Replica {
  readonly received: Seen[] = []
  readonly key: string
  private readonly server: Server
  private decide: (received: Received) => Does = () => ({ do: 'reply' })
  private readonly sockets = new Set<Socket>()

  /** `http2` by prior knowledge, without TLS. */
  static async start(http2: boolean): Promise<HttpReplica> {
    const server = http2 ? createHttp2Server() : createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new HttpReplica(server)
  }

  private constructor(server: Server) {
    this.server = server
    this.key = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request: Request, response: Response) => void this.serve(request, response))
    server.on('upgrade', (_: Request, socket: Duplex) => echo(socket))
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
  }

  on(does: Does | ((received: Received) => Does)): void {
    this.decide = typeof does === 'function' ? does : () => does
  }

  async refuse(): Promise<void> {
    if (!this.server.listening) return
    const closed = once(this.server, 'close')
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
    await closed
  }

  private async serve(request: Request, response: Response): Promise<void> {
    const seen = new Seen(request, response)
    this.received.push(seen)
    try {
      const does = this.decide(seen)
      for await (const chunk of request) seen.content += String(chunk)
      await this.act(does, seen, response)
    } catch {
      // The client went away while its request was read.
    }
  }

  private async act(does: Does, seen: Seen, response: Response): Promise<void> {
    if (does.do === 'hang') return
    if (does.do === 'reset') return cut(response)
    if (does.do === 'stream') return stream(does, seen, response)
    const { code = 'OK', content = '', after, trailers, informational } = does
    if (after !== undefined) await pause(after)
    if (informational === 103) response.writeEarlyHints({ link: '</style.css>; rel=preload' })
    response.writeHead(statuses[code] ?? 500, trailers === undefined ? { 'content-length': Buffer.byteLength(content) } : { trailer: Object.keys(trailers).join() })
    write(response, content)
    if (trailers !== undefined) response.addTrailers(trailers)
    response.end()
  }
}

function echo(socket: Duplex): void {
  socket.on('error', () => {})
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  socket.pipe(socket)
}

/** The connection dies, or over HTTP/2 what this reply has of it. */
function cut(response: Response): void {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.socket?.destroy()
}

/** One signature for the two. */
function write(response: Response, chunk: string | Buffer): boolean {
  return response instanceof Http2ServerResponse ? response.write(chunk) : response.write(chunk)
}

async function stream(does: Extract<Does, { do: 'stream' }>, seen: Seen, response: Response): Promise<void> {
  const piece = Buffer.alloc(does.bytes, 'x')
  response.writeHead(200)
  for (let i = 0; i < does.pieces && !seen.cancelled; i++) {
    if (does.every !== undefined) await pause(does.every)
    if (!write(response, piece)) await drained(response)
    seen.written += piece.length
  }
  if (does.breaks === true) cut(response)
  else response.end()
}

function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.removeListener('drain', go)
      response.removeListener('close', go)
      resolve()
    }
    response.addListener('drain', go)
    response.addListener('close', go)
  })
}

class Seen implements Received {
  content = ''
  cancelled = false
  finished = false
  written = 0
  readonly headers: Readonly<Record<string, string>>

  constructor(request: Request, response: Response) {
    this.headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    request.setEncoding('utf8')
    response.addListener('close', () => {
      this.finished = finishedOf(response)
      this.cancelled = !this.finished
    })
  }
}

function finishedOf(response: Response): boolean {
  return response instanceof Http2ServerResponse ? response.stream.rstCode === constants.NGHTTP2_NO_ERROR && response.writableEnded : response.writableFinished
}
