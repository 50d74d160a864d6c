import { once } from 'node:events'
import { connect, createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { inFlightIn, parseLoadReport } from '@inmesh/policy'
import { nodeHttp } from '@inmesh/server'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { apps, type App, type Exchange, type Routes, type Start } from './apps.ts'

const HEADER = 'endpoint-load-metrics'

/** A server that tells of its load, after the first moments in which there is nothing to tell. */
async function telling(start: Start, routes: Routes): Promise<App> {
  const app = await start({ ...routes, 'GET /first': ({ send }) => send('') }, { load: { every: '10ms' } })
  onTestFinished(() => app.close())
  await vi.waitFor(async () => expect((await fetch(`${app.origin}/first`)).headers.get(HEADER)).not.toBeNull())
  return app
}

describe.each(apps)('what %s tells of its load', (_name, start) => {
  it('is what is in flight as the head is sent, not as the request came', async () => {
    const waiting: Exchange[] = []
    const app = await telling(start, { 'GET /held': (exchange) => { waiting.push(exchange) } })
    const replies: Promise<Response>[] = []
    for (let count = 1; count <= 3; count++) {
      replies.push(fetch(`${app.origin}/held`))
      await vi.waitFor(() => expect(waiting).toHaveLength(count))
    }
    waiting[0]!.raw().end('first')
    const first = await replies[0]!
    expect(inFlightIn(first.headers.get(HEADER)!)).toBe(3)
    expect(await first.text()).toBe('first')
    waiting[1]!.raw().end()
    waiting[2]!.raw().end()
    await Promise.all(replies)
    expect(parseLoadReport((await replies[2]!).headers.get(HEADER)!)).toMatchObject({ namedMetrics: { in_flight: expect.any(Number) as number } })
  })

  it('is there however the head is sent', async () => {
    const app = await telling(start, {
      'GET /sent': ({ send }) => send('sent'),
      'GET /headed': ({ raw }) => { raw().writeHead(201, 'Made', { 'x-own': '1' }).end('headed') },
      'GET /listed': ({ raw }) => { raw().writeHead(202, ['x-own', '2']).end('listed') },
      'GET /written': ({ raw }) => {
        const response = raw()
        response.write('writ')
        response.end('ten')
      },
      'GET /flushed': ({ raw }) => {
        const response = raw()
        response.flushHeaders()
        response.end('flushed')
      },
    })
    for (const [route, status, own] of [['sent', 200, null], ['headed', 201, '1'], ['listed', 202, '2'], ['written', 200, null], ['flushed', 200, null]] as const) {
      const reply = await fetch(`${app.origin}/${route}`)
      expect([reply.status, reply.headers.get('x-own'), await reply.text()]).toEqual([status, own, route])
      expect(inFlightIn(reply.headers.get(HEADER)!), route).toBe(1)
    }
  })

  it('is told by refusals as well, once', async () => {
    const app = await start({ 'GET /first': ({ send }) => send('first') }, { load: { every: '10ms' }, limits: [{ rate: 1, per: '1h', burst: 1 }] })
    onTestFinished(() => app.close())
    await fetch(`${app.origin}/first`)
    await vi.waitFor(async () => {
      const [limited, late] = await Promise.all([fetch(`${app.origin}/first`), fetch(`${app.origin}/first`, { headers: { 'grpc-timeout': '0m' } })])
      expect([limited.status, late.status]).toEqual([429, 504])
      // Twice would be joined by a comma, and would not parse.
      expect([limited, late].map(({ headers }) => parseLoadReport(headers.get(HEADER) ?? undefined)?.namedMetrics?.['in_flight'])).toEqual([0, 0])
    })
  })

  it('leaves what the handler itself says', async () => {
    const app = await telling(start, {
      'GET /set': ({ raw }) => {
        const response = raw()
        response.setHeader(HEADER, 'TEXT eps=1')
        response.end()
      },
      'GET /headed': ({ raw }) => { raw().writeHead(200, { [HEADER]: 'TEXT eps=2' }).end() },
    })
    expect((await fetch(`${app.origin}/set`)).headers.get(HEADER)).toBe('TEXT eps=1')
    expect((await fetch(`${app.origin}/headed`)).headers.get(HEADER)).toBe('TEXT eps=2')
  })

  it('is nothing unless it is asked to', async () => {
    const app = await start({ 'GET /': ({ send }) => send('') })
    onTestFinished(() => app.close())
    for (let count = 0; count < 3; count++) expect((await fetch(app.origin)).headers.get(HEADER)).toBeNull()
    expect(app.control.load).toBeUndefined()
  })
})

describe('over HTTP/2', () => {
  it('a head tells of the load, too', async () => {
    const governed = nodeHttp(undefined, { load: { every: '10ms' } })
    const server = createServer(governed((request: Http2ServerRequest, response: Http2ServerResponse) => {
      if (request.url === '/headed') response.writeHead(201, { 'x-own': '1' })
      response.end('ok')
    }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    onTestFinished(() => {
      client.destroy()
      server.close()
    })
    const head = async (path: string): Promise<Record<string, unknown>> => {
      const stream = client.request({ ':path': path })
      const [headers] = await once(stream, 'response') as [Record<string, unknown>]
      await once(stream.resume(), 'close')
      return headers
    }
    await vi.waitFor(async () => expect(await head('/')).toHaveProperty(HEADER))
    const headed = await head('/headed')
    expect([headed[':status'], headed['x-own'], inFlightIn(String(headed[HEADER]))]).toEqual([201, '1', 1])
  })
})
