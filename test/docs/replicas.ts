import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What stands behind the addresses that the pages use. */
const kinds = {
  '10.0.0.1:8080': 'good',
  '10.0.0.2:8080': 'good',
  '10.0.0.3:8080': 'good',
  '10.0.0.4:8080': 'fails with 503',
  '10.0.0.5:8080': 'never answers',
} as const

export interface Replicas extends AsyncDisposable {
  /** Puts real addresses in the place of those that a page shows. */
  readonly place: (code: string) => string
}

/** Servers on loopback in the place of a cluster, so that what a page shows is what runs. */
export async function startReplicas(): Promise<Replicas> {
  const servers = await Promise.all(Object.entries(kinds).map(async ([shown, kind]) => ({ shown, server: await listen(kind, shown) })))
  const real = servers.map(({ shown, server }) => [shown, `127.0.0.1:${(server.address() as AddressInfo).port}`] as const)
  return {
    place: (code) => real.reduce((text, [shown, address]) => text.replaceAll(shown, address), code),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map(({ server }) => close(server)))
    },
  }
}

function listen(kind: (typeof kinds)[keyof typeof kinds], name: string): Promise<Server> {
  const server = createServer((request, response) => {
    if (kind === 'never answers') return
    const { pathname } = new URL(request.url ?? '/', 'http://replica')
    const status = kind === 'good' ? (pathname === '/missing' ? 404 : 200) : 503
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-replica': name })
      response.end(JSON.stringify({ id: pathname.split('/').at(-1), replica: name }))
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
