import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Something at the other end that is no Redis, or an odd one. It answers each command with what it is told, `undefined` with nothing. */
export class FakeRedis {
  readonly port: number
  private readonly server: Server
  private readonly sockets: ReadonlySet<Socket>

  constructor(server: Server, sockets: ReadonlySet<Socket>) {
    this.server = server
    this.sockets = sockets
    this.port = (server.address() as AddressInfo).port
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
  }
}

export async function fakeRedis(answer: (command: readonly string[]) => string | undefined): Promise<FakeRedis> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let received = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      for (let next = command(received); next !== undefined; next = command(received)) {
        received = next.rest
        const reply = answer(next.words)
        if (reply !== undefined) socket.write(reply)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return new FakeRedis(server, sockets)
}

/** What clients ask while they connect, answered as by a Redis that is well. */
export function handshake([name = '']: readonly string[]): string | undefined {
  switch (name.toUpperCase()) {
    case 'HELLO': return '%1\r\n$5\r\nproto\r\n:3\r\n'
    case 'INFO': return bulk('redis_version:7.0.15\r\nloading:0\r\n')
    case 'CLIENT': case 'SELECT': case 'AUTH': return '+OK\r\n'
    default: return undefined
  }
}

/** 10 tokens at once. */
export const granted = '*5\r\n:10\r\n:0\r\n:0\r\n:0\r\n:0\r\n'

/** What scripts of ours answer where all is well, but for grants. */
export function scripted(command: readonly string[], { grant }: { readonly grant: string | undefined }): string | undefined {
  const key = command[3] ?? ''
  if (key.endsWith(':check')) return '*1\r\n:1\r\n'
  return key.endsWith(':members') ? '*2\r\n:1\r\n:1000000\r\n' : grant
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`
}

/** The first whole command: an array of bulk strings. */
function command(received: string): { readonly words: readonly string[]; readonly rest: string } | undefined {
  const head = /^\*(\d+)\r\n/.exec(received)
  if (head === null) return undefined
  let at = head[0].length
  const words: string[] = []
  for (let i = 0; i < Number(head[1]); i++) {
    const size = /^\$(\d+)\r\n/.exec(received.slice(at))
    if (size === null) return undefined
    const from = at + size[0].length
    const to = from + Number(size[1])
    if (received.length < to + 2) return undefined
    words.push(received.slice(from, to))
    at = to + 2
  }
  return { words, rest: received.slice(at) }
}
