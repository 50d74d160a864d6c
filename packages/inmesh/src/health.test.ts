import { manualClock, type ManualClock } from '@inmesh/testing'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { generate } from 'selfsigned'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createMesh, type ConfigError, type Mesh, type MeshConfig, type MeshEvent, type PolicyConfig } from './index.ts'

// Real servers on a clock that is moved by hand: each check is sent when its moment has come, and answered for real.

interface Replica {
  readonly url: string
  readonly port: number
  /** Checks that reached it, with the hosts that they named. */
  readonly checks: string[]
  readonly sockets: Set<Socket>
  status: number
  hangs: boolean
}

async function replica(listener?: RequestListener): Promise<Replica> {
  const state = { status: 200, hangs: false, checks: [] as string[], sockets: new Set<Socket>() }
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/healthz')) return void (listener?.(request, response) ?? response.end('ok'))
    state.checks.push(`${request.method} ${request.url} ${request.headers.host}`)
    if (!state.hangs) response.writeHead(state.status).end('x'.repeat(1000))
  })
  server.on('connection', (socket) => {
    state.sockets.add(socket)
    socket.on('close', () => state.sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return Object.assign(state, { url: `http://127.0.0.1:${port}`, port })
}

let clock: ManualClock
let events: MeshEvent[]

beforeEach(() => {
  clock = manualClock()
  events = []
})

function meshOf(endpoints: readonly string[], policy: PolicyConfig, more: Partial<MeshConfig['services'][string]> = {}): Mesh<'catalog'> {
  const mesh = createMesh({ clock, random: { next: () => 0.5 }, services: { catalog: { endpoints, policy, ...more } }, observers: [(event) => events.push(event)] })
  onTestFinished(() => mesh.close())
  return mesh
}

const of = <T extends MeshEvent['type']>(type: T): Extract<MeshEvent, { type: T }>[] => events.filter((event): event is Extract<MeshEvent, { type: T }> => event.type === type)
const stateOf = (mesh: Mesh<'catalog'>, url: string): string | undefined => mesh.inspect('catalog').endpoints.find(({ key }) => key === url)?.state

/** With chance at its middle the first check comes after half an interval. */
const first = 2500
const then = 5000

/** Moves to the moment at which so many checks are due, and waits for their answers. */
async function round(checked: number, ms = then): Promise<void> {
  const before = of('health-checked').length
  await clock.run(ms)
  await vi.waitFor(() => expect(of('health-checked').length).toBe(before + checked), { interval: 2 })
}

const health = { path: '/healthz' }

describe('an endpoint that turns bad', () => {
  test('gets no traffic after three failed checks, and its share again after two good ones; each is told', async () => {
    const [good, bad] = [await replica(), await replica()]
    const mesh = meshOf([good.url, bad.url], { health, balance: 'round-robin' })
    await round(2, first)
    expect(mesh.inspect('catalog').health).toMatchObject([{ endpoint: good.url, state: 'healthy' }, { endpoint: bad.url, state: 'healthy' }])
    bad.status = 503
    await round(2)
    await round(2)
    expect(stateOf(mesh, bad.url)).toBe('in')
    await round(2)
    expect(stateOf(mesh, bad.url)).toBe('unreachable')
    const reached = events.length
    for (let i = 0; i < 10; i++) await (await mesh.service('catalog').fetch('/')).text()
    expect(new Set(events.slice(reached).flatMap((event) => (event.type === 'picked' ? event.endpoint : [])))).toEqual(new Set([good.url]))
    expect(mesh.inspect('catalog').health?.[1]).toMatchObject({ state: 'unhealthy', complaint: 'status 503' })
    bad.status = 204
    await round(2)
    expect(stateOf(mesh, bad.url)).toBe('unreachable')
    await round(2)
    expect(stateOf(mesh, bad.url)).toBe('in')
    expect(of('unreachable')).toMatchObject([{ service: 'catalog', endpoint: bad.url, complaint: 'status 503' }])
    expect(of('reachable')).toMatchObject([{ service: 'catalog', endpoint: bad.url, outFor: 10_000 }])
  })

  test('by refusing connections, or by never answering, is one too', async () => {
    const [good, hung] = [await replica(), await replica()]
    hung.hangs = true
    const dead = `http://127.0.0.1:${await unusedPort()}`
    const mesh = meshOf([good.url, hung.url, dead], { health: { ...health, interval: '2s', timeout: '500ms', unhealthyAfter: 1 } })
    await clock.run(1000)
    await vi.waitFor(() => expect(hung.checks).toHaveLength(1))
    await clock.run(499)
    expect(stateOf(mesh, hung.url)).toBe('in')
    await clock.run(1)
    expect([stateOf(mesh, good.url), stateOf(mesh, hung.url)]).toEqual(['in', 'unreachable'])
    await vi.waitFor(() => expect(stateOf(mesh, dead)).toBe('unreachable'))
    expect(of('unreachable').map(({ complaint }) => complaint).toSorted()).toEqual(['ECONNREFUSED', 'no answer within 500 ms'])
    await vi.waitFor(() => expect(hung.sockets.size).toBe(0))
  })

  test('is tried all the same when no other is left: a try is better than a refusal', async () => {
    const [one, other] = [await replica(), await replica()]
    one.status = 404
    other.status = 404
    const mesh = meshOf([one.url, other.url], { health: { ...health, unhealthyAfter: 1 } })
    await round(2, first)
    expect([stateOf(mesh, one.url), stateOf(mesh, other.url)]).toEqual(['unreachable', 'unreachable'])
    expect((await mesh.service('catalog').fetch('/')).status).toBe(200)
  })
})

describe('a check', () => {
  test('is a GET under the name that calls have, at the port that is named, and its own statuses are a success', async () => {
    const [calls, management] = [await replica(), await replica()]
    management.status = 429
    const mesh = meshOf([calls.url], { health: { path: '/healthz?deep=1', port: management.port, expect: [200, 429], unhealthyAfter: 1 } }, { origins: ['http://catalog.prod:8080'] })
    await round(1, first)
    expect([management.checks, calls.checks]).toEqual([['GET /healthz?deep=1 catalog.prod:8080'], []])
    expect(stateOf(mesh, calls.url)).toBe('in')
    management.status = 204
    await round(1)
    expect(stateOf(mesh, calls.url)).toBe('unreachable')
  })

  test('over TLS asks for the name of the origin, and a certificate of another is a failure', async () => {
    const pems = await generate([{ name: 'commonName', value: 'catalog.test' }], { keySize: 2048, extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'catalog.test' }] }] })
    const server = createTlsServer({ key: pems.private, cert: pems.cert }, (_request, response) => void response.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => { server.closeAllConnections(); server.close() })
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const tls = { ca: pems.cert }
    const mesh = meshOf([address], { health: { ...health, unhealthyAfter: 1 } }, { origins: ['https://catalog.test'], tls })
    await round(1, first)
    expect(stateOf(mesh, address)).toBe('in')
    meshOf([address], { health: { ...health, unhealthyAfter: 1 } }, { origins: ['https://other.test'], tls })
    await round(1, first)
    expect(of('unreachable')).toMatchObject([{ complaint: 'ERR_TLS_CERT_ALTNAME_INVALID' }])
  })

  test('never overlaps another of the same endpoint, and waits neither for calls that hang nor for their connections', async () => {
    const slow = await replica((_request, response) => void setTimeout(() => response.end('late'), 100))
    const mesh = meshOf([slow.url], { health: { ...health, interval: '1s', timeout: '1s' } }, { http: { connections: 1 } })
    slow.hangs = true
    await clock.run(500)
    await vi.waitFor(() => expect(slow.checks).toHaveLength(1))
    await clock.run(999)
    expect(slow.checks).toHaveLength(1)
    slow.hangs = false
    const call = mesh.service('catalog').fetch('/')
    await clock.run(1)
    await vi.waitFor(() => expect(of('health-checked')).toHaveLength(2))
    expect(of('health-checked').map(({ ok }) => ok)).toEqual([false, true])
    expect((await call).status).toBe(200)
  })

  test('comes within an interval at first, then each interval give or take a tenth', async () => {
    const one = await replica()
    const chances = [0.25, 0, 0.999]
    const mesh = createMesh({ clock, random: { next: () => chances.shift() ?? 0.5 }, services: { catalog: { endpoints: [one.url], policy: { health: { path: '/healthz', interval: '10s' } } } }, observers: [(event) => events.push(event)] })
    onTestFinished(() => mesh.close())
    for (const due of [2500, 9000, 10_998]) {
      const { checks: { length } } = one
      await clock.run(due - 1)
      expect(one.checks).toHaveLength(length)
      await round(1, 1)
    }
  })
})

describe('checks', () => {
  test('are off until set, are stopped by a patch and by close(), and keep no process alive', async () => {
    const [one, other] = [await replica(), await replica()]
    const mesh = meshOf([one.url, other.url], {})
    await clock.run(60_000)
    expect([clock.pending, mesh.inspect('catalog').health]).toEqual([0, undefined])
    mesh.patch({ services: { catalog: { policy: { health } } } })
    expect([clock.pending, clock.pendingHeld]).toEqual([2, 0])
    one.status = 500
    await round(2, first)
    await round(2)
    await round(2)
    expect(stateOf(mesh, one.url)).toBe('unreachable')
    mesh.patch({ services: { catalog: { policy: { health: false } } } })
    expect([clock.pending, stateOf(mesh, one.url)]).toEqual([0, 'in'])
    mesh.patch({ services: { catalog: { policy: { health } } } })
    one.hangs = true
    await clock.run(first)
    await vi.waitFor(() => expect(one.checks).toHaveLength(4))
    await mesh.close()
    expect(clock.pending).toBe(0)
    await vi.waitFor(() => expect([...one.sockets, ...other.sockets]).toEqual([]))
  })

  test('follow the endpoints; one that left and comes back is trusted again', async () => {
    const [one, other] = [await replica(), await replica()]
    one.status = 500
    const mesh = meshOf([one.url, other.url], { health: { ...health, unhealthyAfter: 1 } })
    await round(2, first)
    expect(stateOf(mesh, one.url)).toBe('unreachable')
    mesh.patch({ services: { catalog: { endpoints: [other.url] } } })
    await round(1)
    mesh.patch({ services: { catalog: { endpoints: [one.url, other.url] } } })
    expect(stateOf(mesh, one.url)).toBe('in')
    await round(1, first)
    expect(stateOf(mesh, one.url)).toBe('unreachable')
  })

  test('that only observe, or act for a share of calls, tell and keep nobody away; the kill switch ends them', async () => {
    const [one, other] = [await replica(), await replica()]
    one.status = 500
    const mesh = meshOf([one.url, other.url], { health: { ...health, unhealthyAfter: 1, mode: 'observe' } })
    await round(2, first)
    expect([of('unreachable').length, stateOf(mesh, one.url)]).toEqual([1, 'in'])
    mesh.patch({ services: { catalog: { policy: { health: { mode: 'on' } } } } })
    expect(stateOf(mesh, one.url)).toBe('unreachable')
    mesh.mode({ enforce: 0.5 })
    expect([stateOf(mesh, one.url), mesh.inspect('catalog').health?.[0]?.state]).toEqual(['in', 'unhealthy'])
    mesh.mode('off')
    expect([clock.pending, mesh.inspect('catalog').health]).toEqual([0, undefined])
  })

  test('have defaults, and no more time than there is until the next', () => {
    const mesh = meshOf(['http://127.0.0.1:1'], { health })
    expect(mesh.inspect('catalog').policy).toMatchObject({ health: { path: '/healthz', interval: 5000, timeout: 1000, unhealthyAfter: 3, healthyAfter: 2 } })
    mesh.patch({ services: { catalog: { policy: { health: { interval: '500ms', expect: [200] } } } } })
    expect(mesh.inspect('catalog').policy).toMatchObject({ health: { path: '/healthz', interval: 500, timeout: 500, expect: [200] } })
  })

  test('that are asked for more often are so at once', async () => {
    const one = await replica()
    const mesh = meshOf([one.url], { health: { ...health, interval: '1h' } })
    mesh.patch({ services: { catalog: { policy: { health: { interval: '1s' } } } } })
    await round(1, 500)
    expect(one.checks).toHaveLength(1)
  })
})

test('mistakes are all listed, and those of types do not compile', () => {
  const wrong: object = { path: 'healthz', interval: '10', timeout: '2m', unhealthyAfter: 0, expect: [20], port: 70_000, helthyAfter: 2 }
  const error: unknown = (() => { try { return createMesh({ services: { catalog: { endpoints: ['http://a'], policy: { health: wrong as never } } } }) } catch (thrown) { return thrown } })()
  expect((error as ConfigError).mistakes.map(({ path, meant }) => [path.replace('services.catalog.policy.health.', ''), meant])).toEqual([
    ['path', undefined], ['interval', undefined], ['timeout', undefined], ['unhealthyAfter', undefined], ['expect[0]', undefined], ['port', undefined], ['helthyAfter', 'healthyAfter'],
  ])
  const config = (policy: PolicyConfig): (() => unknown) => () => createMesh({ services: { catalog: { endpoints: ['http://a'], policy } } })
  expect(config({ health: { path: '/healthz', interval: '1s', timeout: '2s' } })).toThrow(/timeout.*at most interval/)
  expect(config({ health: { interval: '1s' } })).toThrow('policy.health.path')
  expect(config({ health: { path: '/', grpc: '' } })).toThrow('path or grpc, not both')
  expect(config({ health: { grpc: 'a b' } })).toThrow("a service such as 'shop.Catalog'")
  // @ts-expect-error an option that does not exist
  expect(config({ health: { path: '/', intervall: '1s' } })).toThrow('did you mean interval')
  const misplaced: object = { health: { path: '/healthz' } }
  expect(() => createMesh({ services: { catalog: { endpoints: ['http://a'], ...misplaced } } })).toThrow('did you mean policy.health')
})

async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
