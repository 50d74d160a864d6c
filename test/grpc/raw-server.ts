import { createServer, type ServerHttp2Stream } from 'node:http2'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Says what grpc-js's own server never would. */
export interface RawServer {
  readonly url: string
  readonly address: string
  readonly streams: ServerHttp2Stream[]
}

/** `die`: the connection is gone, as that of a process that was killed. */
export type OnStream = (stream: ServerHttp2Stream, die: () => void, count: number) => void

export async function rawServer(onStream: OnStream): Promise<RawServer> {
  const streams: ServerHttp2Stream[] = []
  const sockets = new Set<Socket>()
  // Not the session: destroyed while the packet that opened a stream is still read, it ends the process
  // (https://github.com/nodejs/node/issues/64850).
  const die = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('session', (session) => {
    session.on('error', () => {})
  })
  server.on('stream', (stream) => {
    streams.push(stream)
    stream.on('error', () => {})
    stream.resume()
    onStream(stream, die, streams.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    die()
    server.close()
  })
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: `http://${address}`, address, streams }
}

/** A message as it goes over the wire. */
export function framed(text: string): Buffer {
  const message = Buffer.from(text)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** A whole answer, with whatever trailers. */
export function answer(stream: ServerHttp2Stream, text: string, trailers: Record<string, string> = { 'grpc-status': '0' }): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(framed(text))
}

/** A status and nothing else, in the head of the reply. */
export function trailersOnly(stream: ServerHttp2Stream, code: number, trailers: Record<string, string> = {}): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code), ...trailers }, { endStream: true })
}

const SETTINGS = 4
const GOAWAY = 7
const HEADERS = 1
const PREFACE = 24

function frame(type: number, flags: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  return Buffer.concat([head, payload])
}

/** Answers each request with a GOAWAY whose last stream is none: nothing was looked at. Node's own server cannot say so. */
export async function leavingServer(): Promise<{ readonly url: string; asked(): number }> {
  let asked = 0
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.write(frame(SETTINGS, 0))
    let bytes = Buffer.alloc(0)
    let skip = PREFACE
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.length < skip) return
      bytes = bytes.subarray(skip)
      skip = 0
      while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
        const type = bytes[3]
        const flags = bytes[4]!
        bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3))
        if (type === SETTINGS && (flags & 1) === 0) socket.write(frame(SETTINGS, 1))
        if (type !== HEADERS) continue
        asked++
        socket.write(frame(GOAWAY, 0, Buffer.alloc(8)))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}
