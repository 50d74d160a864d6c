import { nodeClock, Observers, type MeshEvent } from '@inmesh/pipeline'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { governedFetch, HttpService, HttpTarget, ServiceDispatcher, type ConnectionOptions, type GovernedFetch, type HttpPolicy, type TlsOptions } from './index.ts'

// Real servers and real sockets for tests, on loopback and free ports, closed when the test is over.

export interface Rig {
  readonly service: HttpService
  readonly dispatcher: ServiceDispatcher
  readonly fetch: GovernedFetch
  readonly events: MeshEvent[]
  inFlight(): number
}

export interface RigOptions {
  readonly policy?: HttpPolicy
  readonly connections?: ConnectionOptions
  readonly tls?: TlsOptions
  readonly host?: string
}

export function rig(urls: readonly string[], { policy = {}, connections = {}, tls, host }: RigOptions = {}): Rig {
  const observers = new Observers()
  const events: MeshEvent[] = []
  observers.add((event) => events.push(event))
  const clock = nodeClock()
  const random = { next: Math.random }
  const service = new HttpService({ name: 'catalog', clock, random, observers, policy, host })
  const list = urls.map((text) => {
    const url = new URL(text)
    return { key: url.origin, weight: 1, target: new HttpTarget(url, connections, tls) }
  })
  service.core.cluster.pool.update(list, clock.now())
  onTestFinished(() => Promise.all(list.map(({ target }) => target.destroy(new Error('the test is over')))).then(() => {}))
  const dispatcher = new ServiceDispatcher(service)
  const fetch = governedFetch({ base: 'http://catalog', serviceOf: () => service, others: dispatcher })
  const inFlight = (): number => service.core.cluster.pool.members.reduce((sum, member) => sum + member.inFlight(clock.now()) + member.open, 0)
  return { service, dispatcher, fetch, events, inFlight }
}

export async function serve(listener: RequestListener): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(listener)
  const url = await listening(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, server }
}

export async function serveTcp(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return listening(server)
}

export async function listening(server: TcpServer | Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export function answer(response: ServerResponse, status: number, body = '', headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end(body)
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/** Polls, so that a test waits no longer than it must; fails with what it waited for. */
export async function eventually(what: string, holds: () => boolean, within = 2000): Promise<void> {
  const until = performance.now() + within
  while (!holds()) {
    if (performance.now() > until) throw new Error(`not within ${within} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
