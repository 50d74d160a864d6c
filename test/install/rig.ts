import { createMesh, type Mesh, type MeshConfig } from 'inmesh'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

// Real servers on loopback, and the two places where the copies of undici find the global dispatcher.

export interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Replica {
  readonly url: string
  readonly server: Server
  readonly seen: Seen[]
}

export async function replica(listener: RequestListener = (_request, response) => void response.end('ok')): Promise<Replica> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body })
      listener(request, response)
    })
  })
  const url = await listening(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, server, seen }
}

export async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address that refuses connections. */
export async function deadAddress(): Promise<string> {
  const server = createServer()
  const url = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return url
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

export function meshOf<const Name extends string>(config: MeshConfig<Name>): Mesh<Name> {
  const mesh = createMesh(config)
  onTestFinished(() => mesh.close())
  return mesh
}

export interface Slots {
  readonly older: unknown
  readonly newer: unknown
}

const [older, newer] = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')]

export function slots(): Slots {
  return { older: Reflect.get(globalThis, older), newer: Reflect.get(globalThis, newer) }
}

/** Puts both back when the test is over, whatever it did to them. */
export function keepSlots(): Slots {
  const before = slots()
  onTestFinished(() => {
    Reflect.set(globalThis, older, before.older)
    Reflect.set(globalThis, newer, before.newer)
  })
  return before
}
