import { redis } from '@inmesh/redis'
import { express } from '@inmesh/express'
import createApp from 'express'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMesh, explain, type Mesh } from 'inmesh'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { clients } from './clients.ts'
import { installing } from './redis-binary.ts'
import { redisServer, said, type RedisServer } from './redis-server.ts'

let server: RedisServer
let backend: { readonly server: Server; readonly url: string; most: number }

beforeAll(async () => {
  server = await redisServer()
  // From here on, so that starting it needs none.
  await said(server.port, 'CONFIG SET requirepass right\r\n')
  let inFlight = 0
  const http = createServer((_request, response) => {
    inFlight += 1
    backend.most = Math.max(backend.most, inFlight)
    setTimeout(() => {
      inFlight -= 1
      response.end('ok')
    }, 20)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  backend = { server: http, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, most: 0 }
}, installing)
beforeEach(() => {
  backend.most = 0
})
afterAll(async () => {
  backend.server.closeAllConnections()
  backend.server.close()
  await server[Symbol.asyncDispose]()
})

type Policy = NonNullable<Parameters<typeof createMesh>[0]['services'][string]['policy']>

/** A mesh as one process has it, with a client and an engine of its own. */
async function process(name: string, policy: Policy, kind: keyof typeof clients = 'ioredis 6', password = 'right', at: RedisServer = server): Promise<{ readonly mesh: Mesh<'catalog'>; readonly engine: ReturnType<typeof redis> }> {
  const connected = clients[kind]!(at.port, at === server ? { password } : {})
  const engine = redis(connected.client, { prefix: name })
  const mesh = createMesh({ engine, services: { catalog: { endpoints: [backend.url], policy: { retry: false, ...policy } } } })
  onTestFinished(async () => {
    await mesh.close()
    await engine.close()
    connected.end()
  })
  return { mesh, engine }
}

/** How many calls of each mesh were let through in so many ms, of one each ms. */
async function load(meshes: readonly Mesh<'catalog'>[], ms: number): Promise<{ readonly served: number; readonly codes: ReadonlySet<string> }> {
  let served = 0
  const codes = new Set<string>()
  const calls: Promise<void>[] = []
  const one = async (mesh: Mesh<'catalog'>): Promise<void> => {
    try {
      await (await mesh.service('catalog').fetch('/')).text()
      served += 1
    } catch (error) {
      codes.add(explain(error)?.code ?? String(error))
    }
  }
  const until = performance.now() + ms
  while (performance.now() < until) {
    calls.push(...meshes.map(one))
    await sleep(1)
  }
  await Promise.all(calls)
  return { served, codes }
}

describe.each(['ioredis 6', 'redis 6'] as const)('over %s', (kind) => {
  it('two processes have one rate together', async () => {
    const all = [await process(`rate-${kind.replace(' ', '-')}`, { limit: { rate: 100, scope: 'global' } }, kind), await process(`rate-${kind.replace(' ', '-')}`, { limit: { rate: 100, scope: 'global' } }, kind)]
    await Promise.all(all.map(({ engine }) => engine.ready()))
    const { served, codes } = await load(all.map(({ mesh }) => mesh), 3000)
    // rate · 3 s, the burst of 10, and what both may hold.
    expect(served).toBeGreaterThan(270)
    expect(served).toBeLessThanOrEqual(300 + 10 + 16 + 10)
    expect([...codes]).toEqual(['INMESH_RATE_LIMITED'])
    expect(all[0]!.mesh.inspect('catalog').limit).toMatchObject({ scope: 'global', shared: { engine: 'redis', state: 'up', processes: 2, share: 0.5 } })
  })

  it('two processes have no more in flight together than they may', async () => {
    const policy: Policy = { concurrency: { max: 6, scope: 'global' } }
    const all = [await process(`flight-${kind.replace(' ', '-')}`, policy, kind), await process(`flight-${kind.replace(' ', '-')}`, policy, kind)]
    await Promise.all(all.map(({ engine }) => engine.ready()))
    await load(all.map(({ mesh }) => mesh), 500)
    backend.most = 0
    const { served, codes } = await load(all.map(({ mesh }) => mesh), 1500)
    expect(backend.most).toBeGreaterThanOrEqual(5)
    expect(backend.most).toBeLessThanOrEqual(6)
    expect(served).toBeGreaterThan(100)
    expect([...codes]).toEqual(['INMESH_CONCURRENCY_LIMITED'])
  })
})

it('the limits of a server are those of all its replicas', async () => {
  const all = [await process('server', {}), await process('server', {})]
  await Promise.all(all.map(({ engine }) => engine.ready()))
  const urls: string[] = []
  for (const { mesh } of all) {
    const app = createApp()
    app.use(express(mesh, { name: 'shop', limits: [{ rate: 50, key: 'tenant', scope: 'global' }] }))
    app.get('/', (_request, response) => void response.send('ok'))
    const http = await new Promise<Server>((resolve) => {
      const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
    })
    onTestFinished(() => {
      http.closeAllConnections()
      http.close()
    })
    urls.push(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`)
  }
  let served = 0
  const until = performance.now() + 2000
  while (performance.now() < until) {
    const replies = await Promise.all(urls.map((url) => fetch(url, { headers: { 'x-tenant-id': 'acme' } })))
    served += replies.filter(({ status }) => status === 200).length
    await Promise.all(replies.map((reply) => reply.text()))
  }
  expect(served).toBeGreaterThan(80)
  expect(served).toBeLessThanOrEqual(100 + 5 + 8 + 5)
})

describe('a Redis that is in trouble', () => {
  it('fails no call: with the wrong password each process has its share, and start is told why', async () => {
    const warned = vi.spyOn(globalThis.process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const { mesh, engine } = await process('wrong', { limit: { rate: 200, scope: 'global', minProcesses: 2 } }, 'ioredis 6', 'wrong')
    await expect(engine.ready()).rejects.toMatchObject({ code: 'INMESH_ENGINE_LOST', message: expect.stringMatching(/redis: .*WRONGPASS.*catalog\/limit/) })
    const { served, codes } = await load([mesh], 1000)
    expect(served).toBeGreaterThan(60)
    expect(served).toBeLessThanOrEqual(80 + 8 + 8)
    expect([...codes]).toEqual(['INMESH_RATE_LIMITED'])
    expect(JSON.stringify(warned.mock.calls)).not.toContain('"wrong"')
    expect(warned).toHaveBeenCalledTimes(1)
  })

  it('holds up no call as it is killed, has 0.8 of the rate meanwhile, and is followed when it is back', async () => {
    const warned = vi.spyOn(globalThis.process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const own = await redisServer()
    onTestFinished(() => own[Symbol.asyncDispose]())
    const { mesh, engine } = await process('killed', { limit: { rate: 200, scope: 'global' } }, 'ioredis 6', '', own)
    await engine.ready()
    await load([mesh], 500)
    await own.stop()
    await load([mesh], 300)
    const { served, codes } = await load([mesh], 1500)
    expect(served / 300).toBeGreaterThan(0.7)
    expect(served / 300).toBeLessThan(0.9)
    expect([...codes]).toEqual(['INMESH_RATE_LIMITED'])
    await own.start()
    await sleep(1000)
    expect(mesh.inspect('catalog').limit?.shared?.state).toBe('up')
    const back = await load([mesh], 1000)
    expect(back.served).toBeLessThanOrEqual(200 + 20 + 30)
    expect(back.served).toBeGreaterThan(170)
  })
})
