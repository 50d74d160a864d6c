import type { Code } from '@inmesh/policy'
import type { Does, Received, Replica } from '@inmesh/testing'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'

const statuses: Partial<Record<Code, number>> = { OK: 200, NOT_FOUND: 404, RESOURCE_EXHAUSTED: 429, INTERNAL: 500, UNAVAILABLE: 503 }

/** A real server on a free loopback port that does as it is told. An upgrade is answered with an echo. */
export class HttpReplica implements Replica {
  readonly received: Seen[] = []
  readonly key: string
  private readonly server: Server
  private decide: (received: Received) => Does = () => ({ do: 'reply' })
  private readonly upgraded = new Set<Duplex>()

  static async start(): Promise<HttpReplica> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new HttpReplica(server)
  }

  private constructor(server: Server) {
    this.server = server
    this.key = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => void this.serve(request, response))
    server.on('upgrade', (_, socket) => this.echo(socket))
  }

  on(does: Does | ((received: Received) => Does)): void {
    this.decide = typeof does === 'function' ? does : () => does
  }

  async refuse(): Promise<void> {
    if (!this.server.listening) return
    const closed = once(this.server, 'close')
    this.server.close()
    this.server.closeAllConnections()
    for (const socket of this.upgraded) socket.destroy()
    await closed
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
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

  private async act(does: Does, seen: Seen, response: ServerResponse): Promise<void> {
    if (does.do === 'hang') return
    if (does.do === 'reset') return void response.socket?.destroy()
    if (does.do === 'stream') return stream(does, seen, response)
    const { code = 'OK', content = '', after, trailers, informational } = does
    if (after !== undefined) await pause(after)
    if (informational === 103) response.writeEarlyHints({ link: '</style.css>; rel=preload' })
    response.writeHead(statuses[code] ?? 500, trailers === undefined ? { 'content-length': Buffer.byteLength(content) } : { trailer: Object.keys(trailers).join() })
    response.write(content)
    if (trailers !== undefined) response.addTrailers(trailers)
    response.end()
  }

  private echo(socket: Duplex): void {
    this.upgraded.add(socket)
    socket.on('error', () => {})
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.pipe(socket)
  }
}

async function stream(does: Extract<Does, { do: 'stream' }>, seen: Seen, response: ServerResponse): Promise<void> {
  const piece = Buffer.alloc(does.bytes, 'x')
  response.writeHead(200)
  for (let i = 0; i < does.pieces && !seen.cancelled; i++) {
    if (does.every !== undefined) await pause(does.every)
    if (!response.write(piece)) await drained(response)
    seen.written += piece.length
  }
  if (does.breaks === true) response.socket?.destroy()
  else response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go)
      response.off('close', go)
      resolve()
    }
    response.on('drain', go)
    response.on('close', go)
  })
}

class Seen implements Received {
  content = ''
  cancelled = false
  finished = false
  written = 0
  readonly headers: Readonly<Record<string, string>>

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    request.setEncoding('utf8')
    response.on('close', () => {
      this.finished = response.writableFinished
      this.cancelled = !response.writableFinished
    })
  }
}
