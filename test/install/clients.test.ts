import { explain, withCall, type MeshEvent } from 'inmesh'
import { createServer, type RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import * as undici from 'undici'
import * as undici6 from 'undici6'
import * as undici7 from 'undici7'
import { deadAddress, keepSlots, listening, meshOf, replica } from './rig.ts'

// Every client that finds the global dispatcher by itself. Run on Node 22, 24 and 26 their built-in `fetch` is of undici 6, 7 and 8.

const origin = 'http://catalog.prod:8080'

type Get = (url: string, init?: { method: string; body: string }) => Promise<{ status: number; text: string }>

const byFetch = (fetch: (url: string, init?: object) => Promise<{ status: number; text(): Promise<string> }>): Get => async (url, init) => {
  const reply = await fetch(url, init)
  return { status: reply.status, text: await reply.text() }
}
const byRequest = (request: (url: string, init?: object) => Promise<{ statusCode: number; body: { text(): Promise<string> } }>): Get => async (url, init) => {
  const reply = await request(url, init)
  return { status: reply.statusCode, text: await reply.body.text() }
}

const clients: readonly (readonly [string, Get])[] = [
  ['the built-in fetch', byFetch(fetch)],
  ['fetch of undici 8', byFetch(undici.fetch)],
  ['fetch of undici 7', byFetch(undici7.fetch)],
  ['fetch of undici 6', byFetch(undici6.fetch)],
  ['request of undici 8', byRequest(undici.request)],
  ['request of undici 7', byRequest(undici7.request)],
  ['request of undici 6', byRequest(undici6.request)],
]

const broken = { policy: { budget: { initial: 50 } } }

test.each(clients)('%s reaches a service by its origin, and has what failed sent again', async (_name, get) => {
  keepSlots()
  let failing = 3
  const listener: RequestListener = (_request, response) => void response.writeHead(failing-- > 0 && failing % 2 === 0 ? 503 : 200).end('ok')
  const [one, other] = [await replica(listener), await replica(listener)]
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [one.url, other.url], ...broken } } })
  mesh.install()
  for (let i = 0; i < 4; i++) expect(await get(`${origin}/items/${i}`)).toEqual({ status: 200, text: 'ok' })
  const seen = [...one.seen, ...other.seen]
  expect(seen).toHaveLength(6)
  expect(new Set(seen.map(({ headers }) => headers.host))).toEqual(new Set(['catalog.prod:8080']))
})

test.each(clients)('%s sends a body to an endpoint that takes it, after one that refused the connection', async (_name, get) => {
  keepSlots()
  const [good, dead] = [await replica((_request, response) => void response.end('taken')), await deadAddress()]
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [dead, good.url], ...broken } } })
  mesh.install()
  for (let i = 0; i < 6; i++) expect(await get(`${origin}/orders`, { method: 'POST', body: `order ${i}` })).toEqual({ status: 200, text: 'taken' })
  expect(good.seen.map(({ body }) => body)).toEqual(Array.from({ length: 6 }, (_, i) => `order ${i}`))
})

test.each(clients)('%s sends a POST that was processed once only', async (_name, get) => {
  keepSlots()
  const [one, other] = [await replica((_request, response) => void response.writeHead(500).end('failed')), await replica((_request, response) => void response.writeHead(500).end('failed'))]
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [one.url, other.url], ...broken } } })
  mesh.install()
  expect(await get(`${origin}/orders`, { method: 'POST', body: 'order' })).toEqual({ status: 500, text: 'failed' })
  expect(one.seen.length + other.seen.length).toBe(1)
})

test.each(clients)('%s passes through to an origin that nobody configured, untouched, tried once and told of once', async (_name, get) => {
  keepSlots()
  const stranger = await replica((_request, response) => void response.writeHead(503).end('no'))
  const events: MeshEvent[] = []
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [stranger.url], policy: { timeout: '5s' } } }, observers: [(event) => events.push(event)] })
  mesh.install()
  for (let i = 0; i < 2; i++) expect(await get(`${stranger.url}/x`)).toEqual({ status: 503, text: 'no' })
  expect(stranger.seen).toHaveLength(2)
  expect(Object.keys(stranger.seen[0]?.headers ?? {}).filter((name) => /^(x-envoy|inmesh)/.test(name))).toEqual([])
  expect(events.map(({ type }) => type)).toEqual(['passed-through'])
})

test.each(clients)('%s is governed wherever it goes when unknown origins are', async (_name, get) => {
  keepSlots()
  const stranger = await replica()
  const events: MeshEvent[] = []
  const mesh = meshOf({ services: {}, unknownOrigins: 'govern', observers: [(event) => events.push(event)] })
  mesh.install()
  expect(await get(`${stranger.url}/x`)).toEqual({ status: 200, text: 'ok' })
  expect(events.find(({ type }) => type === 'ended')).toMatchObject({ service: stranger.url })
})

test.each(clients)('%s is told of a refusal by an error that can be explained', async (_name, get) => {
  keepSlots()
  const { url } = await replica(() => {})
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [url], policy: { timeout: '50ms' } } } })
  mesh.install()
  const error: unknown = await get(`${origin}/x`).catch((thrown: unknown) => thrown)
  expect(explain(error)).toMatchObject({ refused: true, code: 'INMESH_DEADLINE_EXCEEDED', service: 'catalog' })
})

test.each(clients)('%s inherits the context around it', async (_name, get) => {
  keepSlots()
  const { url, seen } = await replica(() => {})
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [url] } } })
  mesh.install()
  const error: unknown = await withCall({ timeout: '500ms', criticality: 'SHEDDABLE' }, () => get(`${origin}/x`)).catch((thrown: unknown) => thrown)
  expect(explain(error)).toMatchObject({ policy: 'timeout.total' })
  expect(seen[0]?.headers['inmesh-criticality']).toBe('SHEDDABLE')
})

test('the built-in fetch keeps its ways: duplicate headers, compressed and long bodies, redirects, abort', async () => {
  keepSlots()
  const long = 'x'.repeat(3_000_000)
  const { url } = await replica((request, response) => {
    if (request.url === '/cookies') return void response.writeHead(200, [['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['x-text', 'caf\u00e9']].flat()).end()
    if (request.url === '/zipped') return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('unzipped'))
    if (request.url === '/moved') return void response.writeHead(302, { location: '/zipped' }).end()
    if (request.url === '/long') return void response.end(long)
  })
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [url], policy: { rescue: false } } } })
  mesh.install()
  const { headers } = await fetch(`${origin}/cookies`)
  expect([headers.getSetCookie(), headers.get('x-text')]).toEqual([['a=1', 'b=2'], 'caf\u00e9'])
  expect(await (await fetch(`${origin}/zipped`)).text()).toBe('unzipped')
  const moved = await fetch(`${origin}/moved`)
  expect([moved.redirected, moved.url, await moved.text()]).toEqual([true, `${origin}/zipped`, 'unzipped'])
  expect(await (await fetch(`${origin}/long`)).text()).toBe(long)
  const reason = new Error('not wanted any more')
  const controller = new AbortController()
  const aborted = fetch(`${origin}/never`, { signal: controller.signal })
  setTimeout(() => controller.abort(reason), 30)
  await expect(aborted).rejects.toBe(reason)
  expect(mesh.inspect('catalog').endpoints[0]).toMatchObject({ inFlight: 0, open: 0 })
})

test('the built-in WebSocket reaches a service by its origin', async () => {
  keepSlots()
  const hosts: unknown[] = []
  const server = createServer().on('upgrade', (request, socket) => {
    hosts.push(request.headers.host)
    // Refused after the upgrade was read: what matters is where the handshake went.
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
  })
  const url = await listening(server)
  onTestFinished(() => void server.close())
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [url] } } })
  mesh.install()
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/events`)
  await new Promise((resolve) => {
    socket.addEventListener('error', resolve)
    socket.addEventListener('close', resolve)
  })
  expect(hosts).toEqual(['catalog.prod:8080'])
})

test('a mesh may be handed to the built-in fetch as its dispatcher, on every Node', async () => {
  const [good, stranger] = [await replica(), await replica()]
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [good.url] } } })
  const init: object = { dispatcher: mesh.dispatcher }
  expect(await (await fetch(`${origin}/x`, init)).text()).toBe('ok')
  expect(await (await fetch(`${stranger.url}/x`, init)).text()).toBe('ok')
})
