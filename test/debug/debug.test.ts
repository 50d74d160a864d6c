import { nodeHttp } from '@inmesh/server'
import { manualClock } from '@inmesh/testing'
import express from 'express'
import fastify from 'fastify'
import { createMesh, type Mesh, type MeshConfig } from 'inmesh'
import { debugHandler, type DebugHandler, type DebugOptions } from 'inmesh/debug'
import { createHash } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { generate } from 'selfsigned'
import { request } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listen } from '../server/listen.ts'

/** Has no types of its own. */
const { default: express4 } = await import('express4' as string) as { default: typeof express }

interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

interface Events {
  readonly counts: Readonly<Record<string, { readonly seen: number; readonly kept: number; readonly sampled: boolean }>>
  readonly events: readonly { readonly time: string; readonly type: string; readonly service: string; readonly says?: string; readonly endpoint?: string; readonly operation?: string }[]
}

async function ask(url: string, method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS' = 'GET'): Promise<Told> {
  const { statusCode, headers, body } = await request(url, { method })
  return { status: statusCode, headers, text: await body.text() }
}

async function json<T>(url: string): Promise<T> {
  const { status, headers, text } = await ask(url)
  expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
  return JSON.parse(text) as T
}

function meshOf<const Name extends string>(config: MeshConfig<Name>): Mesh<Name> {
  const mesh = createMesh(config)
  onTestFinished(() => mesh.close({ within: '50ms' }))
  return mesh
}

function handlerOf(mesh: Mesh, options?: DebugOptions): DebugHandler {
  const handler = debugHandler(mesh, options)
  onTestFinished(() => handler.close())
  return handler
}

const failing: RequestListener = (_req, res) => void res.writeHead(503).end('no')
const well: RequestListener = (_req, res) => void res.end('yes')

/** A mesh that has ejected one of its endpoints, and where that is told. */
async function busy(): Promise<{ readonly mesh: Mesh<'catalog' | 'stock'>; readonly handler: DebugHandler; readonly url: string; readonly bad: string; readonly good: string }> {
  const [bad, good, other] = [await listen(failing), await listen(well), await listen(well)]
  const mesh = meshOf({ local: { service: 'shop' }, services: { catalog: { endpoints: [bad, good, other], policy: { balance: 'round-robin' } }, stock: { endpoints: [good] } } })
  const handler = handlerOf(mesh)
  const url = await listen(handler)
  for (let i = 0; i < 40; i++) await (await mesh.service('catalog').fetch('/items/42', { mesh: { operation: 'GET /items/:id' } })).text()
  await (await mesh.service('stock').fetch('/')).text()
  return { mesh, handler, url, bad, good }
}

describe('the debug endpoint', () => {
  test('tells as JSON what inspect() tells, of all services or of one', async () => {
    const { mesh, url, bad } = await busy()
    const all = await json<{ now: number; mode: string; services: Record<string, unknown>; servers: unknown[] }>(`${url}/inspect`)
    expect(Object.keys(all)).toEqual(['now', 'mode', 'services', 'servers'])
    expect(Object.keys(all.services)).toEqual(['catalog', 'stock'])
    const one = await json<ReturnType<typeof mesh.inspect> & { endpoints: { key: string; state: string }[] }>(`${url}/inspect/catalog`)
    expect(one.endpoints.find(({ state }) => state !== 'in')?.key).toBe(bad)
    const { policy, chain } = JSON.parse(JSON.stringify(mesh.inspect('catalog'))) as { policy: unknown; chain: unknown }
    expect(one).toMatchObject({ policy, chain })
    expect((await ask(`${url}/inspect/catlog`))).toMatchObject({ status: 404, text: 'There is no service of that name. There are catalog, stock.\n' })
    expect((await ask(`${url}/inspect/toString`)).status).toBe(404)
    expect((await ask(`${url}/inspect/%E0%A4%A`)).status).toBe(404)
  })

  test('tells what was decided, newest first, in words, by service and by type', async () => {
    const { url, bad } = await busy()
    const { events, counts } = await json<Events>(`${url}/events?type=ejected`)
    expect(events).toEqual([expect.objectContaining({ type: 'ejected', service: 'catalog', endpoint: bad, says: expect.stringMatching(/^catalog: http:.* ejected for .*: 5 consecutive failures$/) as string })])
    expect(Math.abs(Date.now() - Date.parse(events[0]?.time ?? ''))).toBeLessThan(10_000)
    expect(counts['ended']).toMatchObject({ seen: 41, sampled: true })
    const all = (await json<Events>(`${url}/events?limit=1000`)).events
    expect(all.map(({ time }) => time)).toEqual(all.map(({ time }) => time).toSorted().toReversed())
    expect(new Set((await json<Events>(`${url}/events?service=stock`)).events.map(({ service }) => service))).toEqual(new Set(['stock']))
    expect((await json<Events>(`${url}/events?limit=2`)).events).toHaveLength(2)
    for (const query of ['limit=0', 'limit=-1', 'limit=1e3', 'limit=10001', 'limit=x', 'servce=stock']) expect((await ask(`${url}/events?${query}`)).status, query).toBe(400)
  })

  test('keeps as many of each as it was told to', async () => {
    const kept = async (options?: DebugOptions): Promise<number | undefined> => {
      const mesh = meshOf({ services: {} })
      const url = await listen(handlerOf(mesh, options))
      for (let at = 0; at < 150; at++) mesh.host.observers.emit({ type: 'returned', service: 'catalog', at, endpoint: 'a', outFor: 1 })
      return (await json<Events>(`${url}/events`)).counts['returned']?.kept
    }
    expect([await kept(), await kept({ keep: 10 })]).toEqual([100, 10])
  })

  test('has a page that needs no script and nothing from elsewhere, and whose style is the one that its policy allows', async () => {
    const { url, bad, good } = await busy()
    const { status, headers, text } = await ask(`${url}/`)
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    for (const part of ['shop', 'catalog', 'stock', bad, good, 'ejected for', '5 consecutive failures', 'retry budget', 'GET /items/:id']) expect(text).toContain(part)
    expect(text).not.toMatch(/<script|<link|<img|src=|@import|url\(|style="/)
    const style = /<style>([^]*)<\/style>/.exec(text)?.[1] ?? ''
    expect(headers['content-security-policy']).toBe(`default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`)
    const links = [...text.matchAll(/href="([^"]*)"/g)].map(([, link]) => link ?? '')
    for (const link of new Set(links)) expect((await ask(`${url}${link.replaceAll('&amp;', '&')}`)).status, link).toBe(200)
    expect(text).not.toContain('http-equiv')
    expect((await ask(`${url}/?refresh=5`)).text).toContain('<meta http-equiv="refresh" content="5">')
    expect((await ask(`${url}/?refresh=0;url=x`)).text).not.toContain('http-equiv')
  })

  test('has a page also where there is nothing to tell', async () => {
    const url = await listen(handlerOf(meshOf({ services: {} })))
    const { status, text } = await ask(`${url}/`)
    expect(status).toBe(200)
    for (const part of ['No service is configured.', 'Nothing has changed', 'No call has been made']) expect(text).toContain(part)
  })

  test('shows the servers around the mesh, while they are', async () => {
    const { mesh, url } = await busy()
    const governed = nodeHttp(mesh, { name: 'front', admission: {} })
    const front = await listen(governed(well))
    await ask(front)
    const { servers } = await json<{ servers: { name: string; state: string; requests: { ended: number } }[] }>(`${url}/inspect`)
    expect(servers).toEqual([expect.objectContaining({ name: 'front', state: 'serving' })])
    expect((await json<Events>(`${url}/events?type=request-ended`)).events).toHaveLength(1)
    expect((await ask(`${url}/`)).text).toContain('front')
    governed.close()
    expect((await json<{ servers: unknown[] }>(`${url}/inspect`)).servers).toEqual([])
  })

  test('says what a dump is made of, and has it all', async () => {
    const { url } = await busy()
    const dump = await json<Record<string, Record<string, unknown>>>(`${url}/dump`)
    expect(Object.keys(dump)).toEqual(['about', 'redacted', 'versions', 'process', 'config', 'mesh', 'servers', 'observerFaults', 'counts', 'events'])
    expect(dump['versions']).toMatchObject({ inmesh: '0.1.0', node: process.version, packages: { undici: expect.stringMatching(/^8\./) as string } })
    expect(dump['process']).toMatchObject({ pid: process.pid, eventLoopDelayMs: { p99: expect.any(Number) as number }, memoryMegabytes: { rss: expect.any(Number) as number } })
    expect(dump['config']).toMatchObject({ local: { service: 'shop' }, services: { catalog: { policy: { balance: 'round-robin' } } } })
  })
})

describe('its answers', () => {
  test('are for nobody to keep, frame or guess at, whatever they are', async () => {
    const { url, handler } = await busy()
    for (const path of ['/', '/inspect', '/events', '/dump', '/nothing', '/events?limit=0']) {
      const { headers } = await ask(`${url}${path}`)
      expect(headers, path).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin', 'content-security-policy': expect.stringContaining("default-src 'none'") as string })
    }
    handler.close()
    expect((await ask(`${url}/inspect`)).headers['cache-control']).toBe('no-store')
  })

  test('are to GET and HEAD alone', async () => {
    const { url } = await busy()
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'] as const) expect(await ask(`${url}/inspect`, method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    const got = await ask(`${url}/inspect/stock`)
    const head = await ask(`${url}/inspect/stock`, 'HEAD')
    expect([head.status, head.text, head.headers['content-type']]).toEqual([200, '', got.headers['content-type']])
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100)
  })

  test('say where there is something, where there is nothing', async () => {
    const { url } = await busy()
    for (const path of ['/nothing', '/inspector', '/events/', '/dump/x', '//', '/%00']) expect((await ask(`${url}${path}`)).status, path).toBe(404)
    expect((await ask(`${url}/nothing`)).text).toContain('/inspect/<service>')
  })

  test('are a 500 with a sentence, without a secret, where they cannot be made', async () => {
    const mesh = meshOf({ services: {} })
    const broken = { host: mesh.host, observe: mesh.observe.bind(mesh), inspect: () => { throw new Error('no redis://u:hunter2@host') } }
    const handler = debugHandler(broken)
    onTestFinished(() => handler.close())
    const url = await listen(handler)
    expect(await ask(`${url}/inspect`)).toMatchObject({ status: 500, text: 'The answer could not be made: Error: no redis://[redacted]@host.\n' })
    // One part that cannot be told does not take the others with it.
    expect(await json(`${url}/dump`)).toMatchObject({ mesh: { failed: { message: 'no redis://[redacted]@host' } }, process: { pid: process.pid } })
  })

  test('are there when the mesh is closed, of which one wants to know why', async () => {
    const { mesh, url } = await busy()
    await mesh.close({ within: '50ms' })
    for (const path of ['/', '/inspect', '/inspect/catalog', '/events', '/dump']) expect((await ask(`${url}${path}`)).status, path).toBe(200)
  })

  test('end with the recording, which can be closed twice, and by a block', async () => {
    const mesh = meshOf({ services: {} })
    expect(mesh.host.observers.active).toBe(false)
    let url: string
    {
      using handler = debugHandler(mesh)
      url = await listen(handler)
      expect(mesh.host.observers.active).toBe(true)
      expect((await ask(`${url}/`)).status).toBe(200)
      handler.close()
    }
    expect(mesh.host.observers.active).toBe(false)
    expect(await ask(`${url}/`)).toMatchObject({ status: 503, text: 'This debug endpoint is closed.\n' })
  })

  test('are made of what is escaped: names that callees, callers and discovery have made do nothing in the page', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'</style></table>'
    const good = await listen(well)
    const mesh = meshOf({
      local: { service: evil },
      services: { [evil]: { endpoints: { subscribe: (update, _fail, { note }) => { update([{ url: good, zone: evil }]); note(evil); return () => {} } } } },
    })
    const url = await listen(handlerOf(mesh))
    await (await mesh.service(evil).fetch('/', { mesh: { operation: evil } })).text()
    const { observers } = mesh.host
    observers.emit({ type: 'unreachable', service: evil, at: 0, endpoint: evil, complaint: evil })
    observers.emit({ type: 'interceptor-failed', service: evil, at: 0, interceptor: evil, error: new Error(evil) })
    const { text } = await ask(`${url}/`)
    expect(text).not.toContain('<img')
    expect(text.match(/<\/style>/g)).toHaveLength(1)
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect((await ask(`${url}/inspect/${encodeURIComponent(evil)}`)).status).toBe(200)
  })
})

describe('where it is mounted', () => {
  const page = async (url: string): Promise<readonly string[]> => {
    const { status, text } = await ask(`${url}/debug/inmesh`)
    expect(status).toBe(200)
    const links = [...text.matchAll(/href="([^"]*)"/g)].map(([, link]) => link ?? '')
    for (const link of links) expect((await ask(`${url}${link}`)).status, link).toBe(200)
    expect((await ask(`${url}/debug/inmesh/`)).status).toBe(200)
    expect((await ask(`${url}/debug/inmesh/nothing`)).text).toContain('/debug/inmesh/inspect')
    expect((await ask(`${url}/debug/inmesh/inspect`, 'POST')).status).toBe(405)
    return links
  }
  const services = async () => ({ 'a/b c': { endpoints: [await listen(well)] } })

  test.each([['Express 5', express], ['Express 4', express4]])('%s takes it as it is', async (_, framework) => {
    const app = framework()
    app.use('/debug/inmesh', handlerOf(meshOf({ services: await services() })))
    app.get('/', (_req, res) => void res.send('own'))
    const url = await listen(app)
    expect(await page(url)).toContain('/debug/inmesh/inspect/a%2Fb%20c')
    expect((await ask(url)).text).toBe('own')
  })

  test('Fastify takes it for a route and what is below', async () => {
    const app = fastify()
    onTestFinished(() => app.close())
    const handler = handlerOf(meshOf({ services: await services() }), { path: '/debug/inmesh' })
    for (const url of ['/debug/inmesh', '/debug/inmesh/*']) {
      app.all(url, (req, reply) => {
        reply.hijack()
        handler(req.raw, reply.raw)
      })
    }
    expect(await page(await app.listen({ host: '127.0.0.1', port: 0 }))).toContain('/debug/inmesh/inspect')
  })

  test('node:http has it beside what is there, by its path', async () => {
    const handler = handlerOf(meshOf({ services: await services() }), { path: '/debug/inmesh' })
    const url = await listen((req, res) => (req.url?.startsWith('/debug/inmesh') === true ? handler(req, res) : well(req, res)))
    await page(url)
    expect((await ask(`${url}/debug/inmeshed`))).toMatchObject({ status: 404, text: 'There is nothing here: the debug endpoint is at /debug/inmesh/.\n' })
  })

  test('what is no mesh and no option is refused with every mistake', () => {
    const mesh = meshOf({ services: {} })
    // @ts-expect-error options that there are not
    expect(() => debugHandler(mesh, { path: 'debug/', keep: 1, token: 'x' })).toThrow(new TypeError([
      'debugHandler.path: got "debug/" (accepted: a path such as \'/debug/inmesh\', without a slash at its end)',
      'debugHandler.keep: got 1 (accepted: a whole number from 10 to 10,000)',
      'debugHandler.token: unknown option (accepted: path, keep)',
    ].join('\n')))
    // @ts-expect-error no mesh
    expect(() => debugHandler({})).toThrow('debugHandler: mesh: got an empty object (accepted: a mesh, such as createMesh() makes it)')
    expect(mesh.host.observers.active).toBe(false)
  })
})

describe('a secret', () => {
  const secret = (what: string): string => `planted-${what}-0xC0FFEE`

  test('of any kind is in nothing that is told', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' })
    const good = await listen(well)
    const clock = manualClock()
    const mesh = meshOf({
      clock,
      local: { service: 'shop', labels: { token: secret('label'), note: `Bearer ${secret('bearer')}` } },
      services: {
        catalog: {
          endpoints: { subscribe: (update, fail, { note }) => {
            update([{ url: good, labels: { apiKey: secret('endpoint-label') } }])
            note(`asked https://me:${secret('note')}@dns.example/?q=${secret('note-query')}`)
            fail(Object.assign(new Error(`connect redis://app:${secret('url')}@10.0.0.9 with password=${secret('text')}`, { cause: new Error(`Authorization: Basic ${secret('cause')}`) }), { code: 'E_X', options: { auth: secret('option') } }))
            return () => {}
          } },
          tls: { key, cert, ca: cert, passphrase: secret('passphrase') },
          policy: { limit: { rate: 5_000, key: () => secret('limit-key') } },
        },
      },
    })
    const url = await listen(handlerOf(mesh))
    const { observers } = mesh.host
    const failure = { kind: 'failure', code: 'UNAVAILABLE', reach: 'processed', cause: Object.assign(new Error(`GET /items?card=${secret('query')} failed, cookie: sid=${secret('cookie')}`), { headers: { 'x-secret': secret('header') } }) } as const
    observers.emit({ type: 'lease-asked', service: 'catalog', at: 0, limit: 'catalog/limit', key: secret('key-of-limit'), want: 5, settle: 0 })
    observers.emit({ type: 'lease-granted', service: 'catalog', at: 0, limit: 'catalog/limit', key: secret('key-of-limit'), tokens: 5, delay: 0, lost: false })
    observers.emit({ type: 'tried', service: 'catalog', at: 0, operation: `GET /reset?token=${secret('operation')}`, endpoint: `http://u:${secret('endpoint')}@10.0.0.1`, cause: 'first', ordinal: 0, outcome: failure, latency: 5 })
    observers.emit({ type: 'unreachable', service: 'catalog', at: 0, endpoint: good, complaint: `401 for X-Api-Key: ${secret('complaint')}` })
    observers.emit({ type: 'interceptor-failed', service: 'catalog', at: 0, interceptor: 'audit', error: new Error(`{"client_secret":"${secret('json')}"} eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.${secret('jwt')} ${key}`) })
    observers.emit({ type: 'passed-through', service: '', at: 0, origin: `https://u:${secret('origin')}@example.org` })
    observers.emit({ type: 'engine-changed', service: 'catalog', at: 0, limit: 'catalog/limit', engine: 'redis', state: 'lost', why: `AUTH failed, token: ${secret('why')}` })
    const bodies = await Promise.all(['/', '/inspect', '/inspect/catalog', '/events?limit=10000', '/dump'].map(async (path) => (await ask(`${url}${path}`)).text))
    for (const text of bodies) {
      expect(text).not.toContain('planted-')
      for (const pem of [key, cert]) for (const line of pem.split('\n').filter((part) => part.length > 20)) expect(text).not.toContain(line)
    }
    // They were there to be told.
    const [page, , , events, dump] = bodies
    expect(page).toContain('redis://[redacted]@10.0.0.9')
    expect(events).toContain('"key": "[redacted]"')
    expect(events).toContain('"tokens": 5')
    expect(dump).toContain('"passphrase": "[redacted]"')
    expect(dump).toContain('"key": "[redacted]"')
  })
})
