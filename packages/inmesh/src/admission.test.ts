import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Engine } from '@inmesh/pipeline'
import { SlotBook } from '@inmesh/policy'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createMesh, explain, type Mesh, type PolicyConfig } from './index.ts'

// What refuses calls by what it has counted, over real sockets.

async function replica(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function meshOf(endpoints: readonly string[], policy: PolicyConfig): Mesh<'catalog'> {
  const mesh = createMesh({ services: { catalog: { endpoints, policy: { backup: false, rescue: false, ...policy } } } })
  onTestFinished(() => mesh.close())
  return mesh
}

/** `ok`, the status, or the code of the refusal. */
async function call(mesh: Mesh<'catalog'>): Promise<string> {
  try {
    const reply = await mesh.service('catalog').fetch('/')
    const text = await reply.text()
    return reply.ok ? text : String(reply.status)
  } catch (error) {
    return explain(error)?.code ?? String(error)
  }
}

function tally(results: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const result of results) counts[result] = (counts[result] ?? 0) + 1
  return counts
}

describe('a service that rejects calls', () => {
  test('is asked by a fifth of them once there is a breaker, and the refusals say why', async () => {
    let asked = 0
    const url = await replica((_request, response) => {
      asked++
      response.writeHead(503).end()
    })
    const mesh = meshOf([url], { breaker: {}, retry: false })
    const results: string[] = []
    for (let i = 0; i < 400; i++) results.push(await call(mesh))
    const { 503: rejected = 0, INMESH_THROTTLED: refused = 0 } = tally(results)
    expect([rejected + refused, rejected]).toEqual([400, asked])
    expect(refused).toBeGreaterThan(200)
    expect(mesh.inspect('catalog').breaker).toEqual({ probability: 0.8, requests: 400, accepts: 0 })
  })

  test('is asked again when it is back', async () => {
    let down = true
    const url = await replica((_request, response) => void response.writeHead(down ? 503 : 200).end('ok'))
    const mesh = meshOf([url], { breaker: { k: 10 }, retry: false })
    for (let i = 0; i < 100; i++) await call(mesh)
    expect(mesh.inspect('catalog').breaker?.probability).toBe(0.8)
    down = false
    while (mesh.inspect('catalog').breaker?.probability !== 0) await call(mesh)
    expect(await call(mesh)).toBe('ok')
  })
})

describe('a service that takes so many requests at a time', () => {
  /** Rejects whatever comes while it is busy with `room` requests of 20 ms. */
  function roomy(room: number): Promise<string> {
    let busy = 0
    return replica((_request, response) => {
      if (busy >= room) return void response.writeHead(503).end()
      busy++
      setTimeout(() => {
        busy--
        response.end('ok')
      }, 20)
    })
  }

  test('is sent that many once the limit is found, and few more', async () => {
    const mesh = meshOf([await roomy(5)], { concurrency: { initial: 40, backoff: 0.7, queue: 1000, maxWait: '5s' }, retry: false, eject: false })
    const results: string[] = []
    const client = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) results.push(await call(mesh))
    }
    await Promise.all(Array.from({ length: 20 }, client))
    expect(mesh.inspect('catalog').concurrency).toMatchObject({ inFlight: 0, waiting: 0 })
    expect(mesh.inspect('catalog').concurrency?.limit).toBeLessThan(10)
    const late = tally(results.slice(-200))
    expect(late['ok']).toBeGreaterThan(150)
  })

  test('keeps a caller who reads no body from nothing', async () => {
    const url = await replica((_request, response) => void response.end('x'.repeat(100_000)))
    const mesh = meshOf([url], { concurrency: { min: 2, max: 2 } })
    for (let i = 0; i < 10; i++) expect((await mesh.service('catalog').fetch('/')).status).toBe(200)
    expect(mesh.inspect('catalog').concurrency?.inFlight).toBe(0)
  })
})

describe('meshes that have one limit together', () => {
  /** Where they are counted, a turn of the event loop away. */
  function engineOf(book: SlotBook): Engine {
    let members = 0
    return {
      name: 'model',
      join: (limit) => {
        const member = `m${members++}`
        limit.state('up')
        return {
          reserve: (_ask, done) => void setImmediate(done, undefined),
          slots: (ask, done) => void setImmediate(() => done(book.ask(member, ask, performance.now()))),
          leave: () => book.leave(member),
        }
      },
      inspect: () => ({ name: 'model', state: 'up', asked: 0, failed: 0, losses: 0 }),
      close: async () => {},
    }
  }

  const concurrency = { max: 6, scope: 'global', queue: 100, maxWait: '10s', engineLost: 'closed' } as const

  test('never send more than that at once, serve all who can wait, and leave nothing behind', async () => {
    let busy = 0
    let most = 0
    const url = await replica((_request, response) => {
      most = Math.max(most, ++busy)
      setTimeout(() => {
        busy--
        response.end('ok')
      }, 5)
    })
    const book = new SlotBook()
    const engine = engineOf(book)
    const meshes = [0, 1, 2].map(() => createMesh({ engine, services: { catalog: { endpoints: [url], policy: { backup: false, rescue: false, retry: false, concurrency } } } }))
    const client = async (mesh: Mesh<'catalog'>): Promise<string[]> => [await call(mesh), await call(mesh), await call(mesh)]
    const results = await Promise.all(meshes.flatMap((mesh) => Array.from({ length: 20 }, () => client(mesh))))
    expect(tally(results.flat())).toEqual({ ok: 180 })
    expect(most).toBe(6)
    expect(meshes[0]?.inspect('catalog').concurrency).toMatchObject({ scope: 'global', inFlight: 0, shared: { id: 'catalog/concurrency', engine: 'model', state: 'up', max: 6 } })
    await Promise.all(meshes.map((mesh) => mesh.close()))
    await new Promise(setImmediate)
    expect(book.taken).toBe(0)
  })

  test('and no engine are told so, and have each the whole', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const mesh = meshOf([await replica((_request, response) => void response.end('ok'))], { concurrency })
    expect(mesh.inspect('catalog')).toMatchObject({
      concurrency: { scope: 'process', limit: 6 },
      notes: expect.arrayContaining(['concurrency.scope is global and the mesh has no engine: each process may have 6 calls in flight.']),
    })
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })
})

describe('endpoints that may have two requests in flight', () => {
  test('get two at a time, and the fifth caller of four places is refused', async () => {
    const most = [0, 0]
    const urls = await Promise.all([0, 1].map((index) => {
      let busy = 0
      return replica((_request, response) => {
        most[index] = Math.max(most[index] ?? 0, ++busy)
        setTimeout(() => {
          busy--
          response.end('ok')
        }, 20)
      })
    }))
    const mesh = meshOf(urls, { guard: { perEndpoint: 2 }, retry: false })
    expect(tally(await Promise.all(Array.from({ length: 5 }, () => call(mesh))))).toEqual({ ok: 4, INMESH_CONCURRENCY_LIMITED: 1 })
    expect(most).toEqual([2, 2])
  })
})
