import { CODES } from '@inmesh/policy'
import type { Does, Received, Replica } from '@inmesh/testing'
import { once } from 'node:events'
import { constants, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { framed } from '../grpc/raw-server.ts'

/** Speaks gRPC over a bare HTTP/2 server, which can break off where grpc-js's own would not. */
export class GrpcReplica implements Replica {
  readonly received: Seen[] = []
  readonly key: string
  private readonly server: Server
  private decide: (received: Received) => Does = () => ({ do: 'reply' })
  private readonly sockets = new Set<Socket>()

  static async start(): Promise<GrpcReplica> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new GrpcReplica(server)
  }

  private constructor(server: Server) {
    this.server = server
    this.key = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void this.serve(stream, headers))
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

  private async serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => {})
    const seen = new Seen(stream, headers)
    this.received.push(seen)
    try {
      const does = this.decide(seen)
      const parts: Buffer[] = []
      for await (const chunk of stream) parts.push(chunk as Buffer)
      seen.content = unframed(Buffer.concat(parts))
      if (!stream.destroyed) await act(does, seen, stream)
    } catch {
      // The client went away while its request was read.
    }
  }
}

const ok = { ':status': 200, 'content-type': 'application/grpc' }

async function act(does: Does, seen: Seen, stream: ServerHttp2Stream): Promise<void> {
  if (does.do === 'hang') return
  if (does.do === 'reset') return void stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  if (does.do === 'reply' && does.after !== undefined) await pause(does.after)
  if (stream.destroyed) return
  if (does.do === 'reply' && (does.code ?? 'OK') !== 'OK') return stream.respond({ ...ok, 'grpc-status': String(CODES.indexOf(does.code ?? 'OK')) }, { endStream: true })
  stream.respond(ok, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', ...(does.do === 'reply' ? does.trailers : {}) }))
  if (does.do === 'reply') return void stream.end(framed(does.content ?? ''))
  const piece = framed('x'.repeat(does.bytes))
  for (let i = 0; i < does.pieces && !seen.cancelled; i++) {
    if (does.every !== undefined) await pause(does.every)
    if (stream.destroyed) return
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), once(stream, 'close')])
    seen.written += piece.length
  }
  if (does.breaks === true) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else stream.end()
}

function unframed(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) text += bytes.subarray(at + 5, at + 5 + bytes.readUInt32BE(at + 1)).toString()
  return text
}

class Seen implements Received {
  content = ''
  cancelled = false
  finished = false
  written = 0
  readonly headers: Readonly<Record<string, string>>

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')).map(([name, value]) => [name, String(value)]))
    stream.on('close', () => {
      this.finished = stream.rstCode === constants.NGHTTP2_NO_ERROR && stream.writableEnded
      this.cancelled = !this.finished
    })
  }
}
