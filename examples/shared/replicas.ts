import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How one replica behaves; may be changed while it runs. */
export interface Behaviour {
  /** Milliseconds until it answers. Default 2. */
  delay?: number
  /** Default 200. */
  status?: number
  /** The first so many requests get a 503. */
  failFirst?: number
}

export interface Replica extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** Requests that reached it, as `GET /items/42`. */
  readonly seen: string[]
  /** Their headers. */
  readonly headers: IncomingHttpHeaders[]
  readonly behaviour: Behaviour
}

/** A server of a made-up catalog on a free port of loopback. */
export async function startReplica(name: string, behaviour: Behaviour = {}): Promise<Replica> {
  const seen: string[] = []
  const headers: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    headers.push(request.headers)
    request.resume().on('end', () => {
      setTimeout(() => {
        response.writeHead(seen.length <= (behaviour.failFirst ?? 0) ? 503 : (behaviour.status ?? 200), { 'content-type': 'application/json' })
        response.end(JSON.stringify({ id: request.url?.split('/').at(-1), from: name }))
      }, behaviour.delay ?? 2)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { name, url: `http://127.0.0.1:${port}`, seen, headers, behaviour, [Symbol.asyncDispose]: () => stop(server) }
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
