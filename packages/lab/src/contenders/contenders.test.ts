import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint } from '../real/messages.ts'
import { completeClass } from '../scenario/load.ts'
import type { RequestClass } from '../scenario/load.ts'
import { sampleScenario } from '../sample.test-support.ts'
import type { Client } from './client.ts'
import { createClient } from './create.ts'

const { contenders } = sampleScenario({
  contenders: [
    { peer: 'undici', options: { timeout: '200ms', connections: 2, retry: { maxRetries: 1, minTimeout: 1 } } },
    { peer: 'inmesh', policy: { timeout: '200ms' } }
  ]
})

let servers: Server[]
let endpoints: Endpoint[]
let seen: string[]
let served: Set<number>
let status: (request: IncomingMessage) => number | undefined
let client: Client

beforeEach(async () => {
  seen = []
  served = new Set()
  status = () => 200
  servers = [0, 1].map((at) =>
    createServer((request, response) => {
      served.add(at)
      seen.push(`${request.method} ${request.url} ${request.headers['x-own']}`)
      const code = status(request)
      if (code !== undefined) request.resume().once('end', () => response.writeHead(code).end('reply'))
    })
  )
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening')
  endpoints = servers.map((server, at) => {
    const { port } = server.address() as AddressInfo
    return { name: `catalog-${at + 1}`, service: 'catalog', url: `http://127.0.0.1:${port}`, protocol: 'http' }
  })
})

afterEach(async () => {
  await client.close()
  for (const server of servers) server.close().closeAllConnections()
})

function classOf(method: 'GET' | 'POST', repeat?: RequestClass['repeat']): RequestClass {
  const parsed = { method, path: '/items', weight: 1, bodyBytes: 0, timeFactor: 1, criticality: 'CRITICAL' } as const
  return completeClass(repeat === undefined ? parsed : { ...parsed, repeat }, 'catalog')
}

async function send(requestClass: RequestClass): Promise<string> {
  const body = requestClass.method === 'POST' ? 'order' : null
  const reply = await client.request({ class: requestClass, criticality: undefined, path: '/items', headers: { 'x-own': '7' }, body })
  return `${reply.statusCode} ${await reply.body.text()}`
}

describe.each(contenders)('$name', (contender) => {
  beforeEach(async () => {
    client = await createClient(contender, endpoints)
  })

  it('sends what it was told, to every endpoint', async () => {
    for (let call = 0; call < 20; call++) expect(await send(classOf('GET'))).toBe('200 reply')
    expect(await send(classOf('POST'))).toBe('200 reply')
    expect(new Set(seen)).toEqual(new Set(['GET /items 7', 'POST /items 7']))
    expect(served.size).toBe(2)
  })

  it('tries a failed call again where it may be repeated', async () => {
    status = () => (seen.length === 1 ? 503 : 200)
    expect(await send(classOf('GET'))).toBe('200 reply')
    expect(seen).toHaveLength(2)
  })

  it.each([classOf('POST'), classOf('GET', 'never')])('never does $method with repeat $repeat twice', async (requestClass) => {
    status = () => (seen.length === 1 ? 500 : 200)
    await send(requestClass).catch(() => {})
    expect(seen).toHaveLength(1)
  })

  it('gives up after its timeout', async () => {
    status = () => undefined
    const began = performance.now()
    await expect(send(classOf('POST'))).rejects.toThrow(/timeout|deadline/i)
    expect(performance.now() - began).toBeGreaterThan(190)
    expect(performance.now() - began).toBeLessThan(900)
  })
})
