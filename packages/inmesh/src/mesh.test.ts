import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { nodeClock } from '@inmesh/pipeline'
import { EngineModel, manualClock } from '@inmesh/testing'
import { createMesh, explain, withCall, type EndpointList, type Mesh, type MeshConfig, type MeshEvent, type MeshSnapshot } from './index.ts'

interface Replica {
  readonly url: string
  readonly server: Server
  readonly requests: { readonly url: string | undefined; readonly headers: NodeJS.Dict<string | string[]> }[]
}

async function replica(listener: RequestListener = (_request, response) => void response.end('ok')): Promise<Replica> {
  const requests: { url: string | undefined; headers: NodeJS.Dict<string | string[]> }[] = []
  const server = createServer((request, response) => {
    requests.push({ url: request.url, headers: request.headers })
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, requests }
}

function meshOf<const Name extends string>(config: MeshConfig<Name>): Mesh<Name> {
  const mesh = createMesh(config)
  onTestFinished(() => mesh.close())
  return mesh
}

const failing: RequestListener = (_request, response) => void response.writeHead(503).end('no')

describe('a mesh of endpoints and nothing else', () => {
  test('makes calls by fetch, by dispatcher and through any client, each retried away from a failing replica', async () => {
    const [good, bad] = [await replica(), await replica(failing)]
    const mesh = meshOf({ services: { catalog: { endpoints: [good.url, bad.url], policy: { budget: { initial: 50 } } } } })
    const catalog = mesh.service('catalog')
    const get = catalog.wrap(async ({ endpoint, signal }, path: string) => {
      const reply = await fetch(new URL(path, endpoint.url), { signal })
      if (!reply.ok) throw Object.assign(new Error('failed'), { status: reply.status })
      return reply.text()
    }, { operation: 'get', repeat: 'always' })
    for (let i = 0; i < 5; i++) {
      expect(await (await catalog.fetch('/a')).text()).toBe('ok')
      expect(await (await catalog.dispatcher.request({ path: '/b', method: 'GET' })).body.text()).toBe('ok')
      expect(await get('/c')).toBe('ok')
    }
    expect(bad.requests.length).toBeGreaterThan(0)
    expect(catalog.describe().map(({ name }) => name)).toEqual(['attempts', 'balance'])
  })

  test('has typed names and a fetch of the usual type', async () => {
    const { url } = await replica()
    const mesh = meshOf({ services: { catalog: { endpoints: [url] } } })
    const plain: typeof fetch = mesh.fetch
    expect(plain).toBeTypeOf('function')
    // @ts-expect-error no such service
    expect(() => mesh.service('catlog')).toThrow(/catlog.*catalog/)
  })

  test('tells of a service that there is not what there is, and nothing of the configuration', async () => {
    const { url } = await replica()
    const mesh: Mesh = meshOf({ services: { catalog: { endpoints: [url] } } })
    const told = { code: 'INMESH_CONFIG', message: 'there is no service "catalgo"; did you mean "catalog"? (services: catalog)' }
    expect(() => mesh.service('catalgo')).toThrow(expect.objectContaining(told))
    expect(() => mesh.inspect('catalgo')).toThrow(expect.objectContaining(told))
    expect(() => mesh.service('orders')).toThrow(/^there is no service "orders" \(services: catalog\)$/)
  })
})

describe('an engine', () => {
  test('makes one limit of two meshes, and is asked no more when they are closed', async () => {
    const { url } = await replica()
    const model = new EngineModel({ clock: nodeClock() })
    const engines = [model.connect(), model.connect()]
    const meshes = engines.map((engine) => meshOf({ engine, services: { catalog: { endpoints: [url], policy: { limit: { rate: 50, scope: 'global' } } } } }))
    await (await meshes[0]!.service('catalog').fetch('/')).text()
    expect(meshes.map((mesh) => mesh.inspect('catalog').limit)).toEqual([0, 1].map(() => expect.objectContaining({
      scope: 'global', rate: 50, shared: expect.objectContaining({ id: 'catalog/limit', engine: 'model', state: 'up', processes: 2, share: 0.5 }),
    })))
    await meshes[1]!.close()
    expect(meshes[0]!.inspect('catalog').limit?.shared).toMatchObject({ processes: 1, share: 1 })
  })

  test('that is given later counts from then on; without one the mesh says what is in force', async () => {
    const { url } = await replica()
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const mesh = meshOf({ services: { catalog: { endpoints: [url], policy: { limit: { rate: 50, scope: 'global' } } } } })
    expect(mesh.inspect('catalog').limit).toMatchObject({ scope: 'process', rate: 50 })
    expect(mesh.inspect('catalog').notes).toContain('limit.scope is global and the mesh has no engine: each process admits the whole rate.')
    expect(warned).toHaveBeenCalledTimes(1)
    warned.mockRestore()
    mesh.patch({ engine: new EngineModel({ clock: nodeClock() }).connect() })
    expect(mesh.inspect('catalog').limit).toMatchObject({ scope: 'global' })
  })
})

describe('a name', () => {
  test('may be one that is no host', async () => {
    const { url, requests } = await replica()
    const names = ['catalog:v2', 'the catalog', '[catalog]', 'team/catalog', 'user@catalog', '999999999999']
    const mesh = meshOf({ services: Object.fromEntries(names.map((name) => [name, { endpoints: [url] }])) })
    for (const name of names) expect(await (await mesh.service(name).fetch('/items')).text()).toBe('ok')
    expect(requests.map((request) => request.url)).toEqual(names.map(() => '/items'))
  })
})

describe('origins', () => {
  test('that are listed mean their service, and keep their name on the wire', async () => {
    const { url, requests } = await replica()
    const mesh = meshOf({ services: { catalog: { origins: ['http://catalog.prod:8080'], endpoints: [url] } } })
    await (await mesh.fetch('http://catalog.prod:8080/items')).text()
    await (await mesh.service('catalog').fetch('/more')).text()
    await (await mesh.dispatcher.request({ origin: 'http://catalog.prod:8080', path: '/raw', method: 'GET' })).body.text()
    expect(requests.map((request) => [request.url, request.headers['host']])).toEqual([
      ['/items', 'catalog.prod:8080'], ['/more', 'catalog.prod:8080'], ['/raw', 'catalog.prod:8080'],
    ])
  })

  test('of others are refused by a service’s own fetch, instead of going past its policies', async () => {
    const { url, requests } = await replica()
    const mesh = meshOf({ services: { catalog: { origins: ['http://catalog.prod'], endpoints: [url], policy: { drop: 1 } } } })
    for (const foreign of [`${url}/x`, new URL(url), new Request(url)]) {
      await expect(mesh.service('catalog').fetch(foreign)).rejects.toThrow(/catalog: http.* is not an origin of this service/)
    }
    await expect(mesh.service('catalog').fetch('http://catalog.prod/x')).rejects.toMatchObject({ name: 'Dropped' })
    expect(requests).toEqual([])
  })

  test('that nobody configured pass through untouched, and are told of once', async () => {
    const unknown = await replica(failing)
    const events: MeshEvent[] = []
    const mesh = meshOf({ services: { catalog: { endpoints: [unknown.url], policy: { timeout: '1s' } } }, observers: [(event) => events.push(event)] })
    for (let i = 0; i < 2; i++) expect((await mesh.fetch(`${unknown.url}/x`)).status).toBe(503)
    expect(unknown.requests).toHaveLength(2)
    expect(Object.keys(unknown.requests[0]?.headers ?? {}).filter((name) => /^(x-envoy|inmesh)/.test(name))).toEqual([])
    expect(events.map(({ type }) => type)).toEqual(['passed-through'])
  })

  test('that nobody configured are services of their own when asked for', async () => {
    const { url } = await replica()
    const events: MeshEvent[] = []
    const mesh = meshOf({ services: {}, unknownOrigins: 'govern', observers: [(event) => events.push(event)] })
    await (await mesh.fetch(`${url}/x`)).text()
    expect(events.find(({ type }) => type === 'ended')).toMatchObject({ service: url })
  })
})

describe('a change while calls are under way', () => {
  test('takes hold at once, tells what it changed, and is undone alone', async () => {
    const { url } = await replica()
    const mesh = meshOf({ services: { catalog: { endpoints: [url] } } })
    const { fetch } = mesh.service('catalog')
    const change = mesh.patch({ services: { catalog: { policy: { drop: 1 } } } })
    expect(change.changed).toMatchObject([{ path: ['services', 'catalog', 'policy', 'drop'], before: undefined, after: 1 }])
    await expect(fetch('/')).rejects.toMatchObject({ name: 'Dropped', policy: 'drop' })
    mesh.patch({ services: { catalog: { policy: { timeout: '2s' } } } })
    change.undo()
    change.undo()
    expect((await fetch('/')).status).toBe(200)
    expect(mesh.inspect('catalog').policy).toMatchObject({ timeout: { total: 2000 } })
  })

  test('with a mistake changes nothing, and a dry run changes nothing either', async () => {
    const { url } = await replica()
    const mesh = meshOf({ services: { catalog: { endpoints: [url] } } })
    const before = JSON.stringify(mesh.inspect('catalog').chain)
    expect(() => mesh.patch({ services: { catalog: { policy: { drop: 2, retry: { maxExtraTrys: 1 } as never } } } })).toThrow(/drop[\s\S]*maxExtraTrys[\s\S]*maxExtraTries/)
    expect(mesh.patch({ services: { catalog: { policy: { drop: 1 } } } }, { dryRun: true }).changed).toHaveLength(1)
    expect(JSON.stringify(mesh.inspect('catalog').chain)).toBe(before)
    expect((await mesh.service('catalog').fetch('/')).status).toBe(200)
  })

  test('is news for the services whose configuration it changes, and for no other', () => {
    const told: string[] = []
    const config = { services: { catalog: { endpoints: ['http://127.0.0.1:1'] }, stock: { endpoints: ['http://127.0.0.1:1'], policy: { drop: 0.1 } } } }
    const mesh = meshOf({ ...config, observers: [(event) => event.type === 'policy-changed' && told.push(event.service)] })
    const newsOf = (change: () => void): string[] => {
      change()
      return told.splice(0)
    }
    expect(newsOf(() => mesh.patch({ services: { catalog: { policy: { drop: 0.3 } } } }))).toEqual(['catalog'])
    const change = mesh.patch({ services: { catalog: { policy: { timeout: '1s' } }, stock: { policy: { drop: 0.2 } } } })
    expect(told.splice(0)).toEqual(['catalog', 'stock'])
    expect(newsOf(() => change.undo())).toEqual(['catalog', 'stock'])
    // What is said of the whole mesh may be about each of them.
    expect(newsOf(() => mesh.patch({ mode: 'observe' }))).toEqual(['catalog', 'stock'])
    expect(newsOf(() => mesh.patch({ local: { zone: 'a' } }))).toEqual(['catalog', 'stock'])
    // Nothing that can be seen: somebody may have changed what he had given.
    expect(newsOf(() => mesh.patch({}))).toEqual(['catalog', 'stock'])
    expect(newsOf(() => mesh.mode('off'))).toEqual(['catalog', 'stock'])
  })

  test('of endpoints keeps what is known of those that stay', async () => {
    const [a, b] = [await replica(), await replica()]
    const mesh = meshOf({ services: { catalog: { endpoints: [a.url] } } })
    const catalog = mesh.service('catalog')
    await (await catalog.fetch('/')).text()
    const known = mesh.inspect('catalog').endpoints[0]?.p50
    expect(known).toBeGreaterThan(0)
    mesh.patch({ services: { catalog: { endpoints: [a.url, b.url] } } })
    expect(mesh.inspect('catalog').endpoints.map(({ key, p50 }) => [key, p50])).toEqual([[a.url, known], [b.url, undefined]])
    for (let i = 0; i < 30; i++) await (await catalog.fetch('/')).text()
    expect(b.requests.length).toBeGreaterThan(0)
  })

  test('may bring a service and take one away, whose calls are then refused', async () => {
    const { url } = await replica()
    const mesh = meshOf({ services: { old: { endpoints: [url] } } as MeshConfig['services'] })
    const old = mesh.service('old')
    mesh.patch({ services: { old: null, fresh: { endpoints: [url] } } })
    expect((await mesh.service('fresh').fetch('/')).status).toBe(200)
    await expect(old.fetch('/')).rejects.toMatchObject({ code: 'INMESH_CLOSED' })
    expect(() => mesh.service('old')).toThrow(/fresh/)
  })

  test('in the middle of a backoff is safe: the call ends under the policy that it began with', async () => {
    const [bad, good] = [await replica(failing), await replica(failing)]
    const mesh = meshOf({ services: { catalog: { endpoints: [bad.url, good.url], policy: { budget: { initial: 10 }, retry: { backoff: { min: '300ms', max: '300ms' } } } } } })
    const call = mesh.service('catalog').fetch('/')
    await vi.waitFor(() => expect(bad.requests.length + good.requests.length).toBe(1), { interval: 2 })
    mesh.patch({ services: { catalog: { policy: { retry: false, backup: false, rescue: false } } } })
    expect((await call).status).toBe(503)
    expect(mesh.inspect('catalog').endpoints.every(({ inFlight, open }) => inFlight + open === 0)).toBe(true)
  })
})

describe('a source of endpoints', () => {
  test('is followed, and what it last said stays in force when it fails', async () => {
    const [a, b] = [await replica(), await replica()]
    let update: (list: EndpointList) => void = () => {}
    let fail: (error: unknown) => void = () => {}
    let ended = false
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const mesh = createMesh({ services: { catalog: { endpoints: { subscribe: (onUpdate, onFail) => { update = onUpdate; fail = onFail; return () => { ended = true } } } } } })
    const { fetch } = mesh.service('catalog')
    const early = fetch('/')
    await expect(fetch('/', { mesh: { timeout: '20ms' } })).rejects.toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED', tries: [] })
    update([a.url])
    expect((await early).status).toBe(200)
    update([b.url])
    await (await fetch('/')).text()
    expect([a.requests.length, b.requests.length]).toEqual([1, 1])
    fail(new Error('discovery is down'))
    expect((await warned).message).toContain('discovery is down')
    const warnings: string[] = []
    const listener = ({ message }: Error): void => void warnings.push(message)
    process.on('warning', listener)
    onTestFinished(() => void process.off('warning', listener))
    fail(new Error('still down'))
    update([b.url])
    fail(new Error('down again'))
    await vi.waitFor(() => expect(warnings).toEqual([expect.stringContaining('down again')]))
    expect((await fetch('/')).status).toBe(200)
    await mesh.close()
    expect(ended).toBe(true)
  })
})

describe('a source that has not spoken', () => {
  test('fails the calls that wait for it when it fails, and says why', async () => {
    let fail: (error: unknown) => void = () => {}
    const mesh = meshOf({ services: { catalog: { endpoints: { subscribe: (_update, onFail) => { fail = onFail; return () => {} } } } } })
    const early = mesh.service('catalog').fetch('/').catch((error: unknown) => error)
    const reason = new Error('no registry')
    fail(reason)
    expect(await early).toMatchObject({ code: 'INMESH_NO_ENDPOINT', numbers: { known: 0 }, cause: reason })
    await expect(mesh.service('catalog').fetch('/')).rejects.toMatchObject({ code: 'INMESH_NO_ENDPOINT' })
  })

  test('holds calls for 10 s at most', async () => {
    const clock = manualClock()
    const mesh = meshOf({ clock, services: { catalog: { endpoints: { subscribe: () => () => {} } } } })
    const early = mesh.service('catalog').fetch('/').catch((error: unknown) => error)
    await clock.run(9_999)
    expect([clock.pending, clock.pendingHeld]).toEqual([1, 1])
    await clock.run(1)
    expect(await early).toMatchObject({ code: 'INMESH_NO_ENDPOINT' })
  })
})

describe('the kill switch', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('makes every call a plain one on the same endpoints', async () => {
    const bad = await replica(failing)
    const mesh = meshOf({ services: { catalog: { endpoints: [bad.url, bad.url.replace('127.0.0.1', 'localhost')], policy: { drop: 1, budget: { initial: 5 } } } } })
    const { fetch } = mesh.service('catalog')
    expect(mesh.mode('off')).toBe('off')
    expect((await fetch('/')).status).toBe(503)
    expect(bad.requests).toHaveLength(1)
    mesh.mode('on')
    await expect(fetch('/')).rejects.toMatchObject({ name: 'Dropped' })
  })

  test('refuses a word that it does not know, instead of staying on', async () => {
    const { url } = await replica()
    const mesh = meshOf({ services: { catalog: { endpoints: [url] } } })
    for (const wrong of ['OFF', 'disabled', true, 2, { enforce: 3 }]) expect(() => mesh.mode(wrong as never)).toThrow(/accepted: off, observe, on/)
    expect(mesh.mode()).toBe('on')
    expect(() => mesh.observe(null as never)).toThrow(/a function of one event/)
    expect(mesh.mode({ enforce: 0.5 })).toEqual({ enforce: 0.5 })
  })

  test('of the environment goes before the configuration, and a value that is none is no silent "on"', async () => {
    const { url } = await replica()
    vi.stubEnv('INMESH_MODE', 'observe')
    const events: MeshEvent[] = []
    const mesh = meshOf({ mode: 'on', services: { catalog: { endpoints: [url], policy: { drop: 1 } } }, observers: [(event) => events.push(event)] })
    expect((await mesh.service('catalog').fetch('/')).status).toBe(200)
    expect(events.find(({ type }) => type === 'mode-differed')).toMatchObject({ policy: 'drop', would: 'refuse' })
    vi.stubEnv('INMESH_MODE', 'offf')
    expect(() => createMesh({ services: {} })).toThrow(/INMESH_MODE.*"offf".*off, observe, on/)
  })
})

describe('closing', () => {
  test('lets calls under way end, refuses new ones, and leaves no connection', async () => {
    const { url, server } = await replica((_request, response) => void setTimeout(() => response.end('late'), 50))
    const mesh = createMesh({ services: { catalog: { endpoints: [url] } } })
    const { fetch } = mesh.service('catalog')
    const under = fetch('/').then((reply) => reply.text())
    await vi.waitFor(() => expect(mesh.inspect('catalog').endpoints[0]?.inFlight).toBe(1))
    const closing = mesh.close()
    await expect(fetch('/')).rejects.toMatchObject({ code: 'INMESH_CLOSED' })
    expect(await under).toBe('late')
    await closing
    await mesh.close()
    const open = (): Promise<number> => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))
    await vi.waitFor(async () => expect(await open()).toBe(0))
    expect(() => mesh.patch({})).toThrow(/closed/)
  })
})

describe('closing while a callee hangs', () => {
  test('ends the call after the time that was given', async () => {
    const { url } = await replica(() => {})
    const mesh = createMesh({ services: { catalog: { endpoints: [url] } } })
    const call = mesh.service('catalog').dispatcher.request({ path: '/', method: 'POST', body: 'x' }).catch((error: unknown) => error)
    await vi.waitFor(() => expect(mesh.inspect('catalog').endpoints[0]?.inFlight).toBe(1))
    await mesh.close({ within: '50ms' })
    expect(await call).toMatchObject({ code: 'INMESH_CLOSED' })
  })

  test('ends in the same way what may be retried, of a service that was taken away, and of an origin that nobody configured', async () => {
    const { url, requests } = await replica(() => {})
    const other = await replica(() => {})
    const mesh = createMesh({ services: { catalog: { endpoints: [url] }, old: { endpoints: [url] } }, unknownOrigins: 'govern' })
    const calls = [mesh.service('catalog').fetch('/'), mesh.service('old').fetch('/'), mesh.fetch(other.url)].map((call) => call.catch((error: unknown) => error))
    await vi.waitFor(() => expect(requests.length + other.requests.length).toBe(3))
    mesh.patch({ services: { old: null } })
    await mesh.close({ within: '20ms' })
    for (const call of calls) expect(await call).toMatchObject({ code: 'INMESH_CLOSED' })
  })
})

describe('TLS', () => {
  test('asks for the name of the origin that was called, and checks the certificate against it, not against the address', async () => {
    const pems = await generate([{ name: 'commonName', value: 'catalog.test' }], { keySize: 2048, extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'catalog.test' }] }] })
    const names: (string | false | undefined)[] = []
    const server = createTlsServer({ key: pems.private, cert: pems.cert, SNICallback: (name, done) => { names.push(name); done(null) } }, (request, response) => void response.end(request.headers.host))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => { server.closeAllConnections(); server.close() })
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const mesh = meshOf({
      services: {
        catalog: { origins: ['https://catalog.test'], endpoints: [address], tls: { ca: pems.cert } },
        stranger: { endpoints: [address], tls: { ca: pems.cert } },
        named: { endpoints: [address], tls: { ca: pems.cert, servername: 'catalog.test' } },
      },
    })
    expect(await (await mesh.fetch('https://catalog.test/')).text()).toBe('catalog.test')
    expect((await mesh.service('named').fetch('/')).status).toBe(200)
    expect(names).toEqual(['catalog.test', 'catalog.test'])
    const refused = await mesh.service('stranger').fetch('/').catch((error: unknown) => error)
    expect(refused).toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
  })
})

describe('what a call inherits', () => {
  test('is the nearest deadline around it, told on the wire and enforced', async () => {
    const { url, requests } = await replica(() => {})
    const mesh = meshOf({ services: { catalog: { endpoints: [url], policy: { timeout: '5s' } } } })
    const began = performance.now()
    const error = await withCall({ timeout: '80ms', criticality: 'SHEDDABLE' }, () => mesh.service('catalog').fetch('/')).catch((thrown: unknown) => thrown)
    expect(performance.now() - began).toBeLessThan(1000)
    expect(explain(error)).toMatchObject({ refused: true, service: 'catalog', policy: 'timeout.total' })
    expect(Number(requests[0]?.headers['x-envoy-expected-rq-timeout-ms'])).toBeLessThanOrEqual(80)
    expect(requests[0]?.headers['inmesh-criticality']).toBe('SHEDDABLE')
  })
})

describe('inspect', () => {
  test('is plain data, and says when there is nothing to balance', async () => {
    const { url } = await replica()
    const mesh = meshOf({ services: { catalog: { endpoints: [url], policy: { fallback: () => Response.json([]), limit: { rate: 100 } } } } })
    await (await mesh.service('catalog').fetch('/')).text()
    const all = JSON.parse(JSON.stringify(mesh.inspect())) as MeshSnapshot
    expect(all.services['catalog']).toMatchObject({
      mode: 'on',
      endpoints: [{ key: url, state: 'in', inFlight: 0 }],
      chain: [{ name: 'fallback' }, { name: 'limit' }, { name: 'attempts' }, { name: 'balance' }],
      notes: [expect.stringContaining('ClusterIP')],
    })
  })
})
