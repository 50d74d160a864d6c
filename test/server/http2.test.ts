import { once } from 'node:events'
import { connect, createServer, type ClientHttp2Session, type Http2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { currentCall, nodeHttp, type NodeHttp } from '@inmesh/server'

let server: Http2Server
let client: ClientHttp2Session
let governed: NodeHttp

afterEach(async () => {
  client.destroy()
  await new Promise((resolve) => void server.close(resolve))
})

async function serve(handler: (res: Http2ServerResponse) => void, before?: (res: Http2ServerResponse) => Promise<void>): Promise<void> {
  governed = nodeHttp(undefined, { admission: { targetDelay: '10s' } })
  const listener = governed((_req: Http2ServerRequest, res: Http2ServerResponse) => handler(res))
  server = createServer(before === undefined ? listener : (req, res) => void before(res).then(() => listener(req, res)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  client.on('error', () => {})
}

describe('over HTTP/2', () => {
  it('a stream that its caller resets is a caller who hung up, though it says that it is finished', async () => {
    const told = Promise.withResolvers<unknown>()
    await serve(() => {
      const { signal } = currentCall()!
      signal.addEventListener('abort', () => told.resolve(signal.reason))
    })
    const stream = client.request({ ':path': '/items' })
    stream.on('error', () => {})
    await vi.waitFor(() => expect(governed.inspect().inFlight).toBe(1))
    stream.close(8)
    expect(await told.promise).toMatchObject({ code: 'INMESH_CALLER_GONE' })
    expect(governed.inspect()).toMatchObject({ inFlight: 0, requests: { hungUp: 1, ended: 0 } })
  })

  it('a stream that was reset before inmesh had it is no request under way', async () => {
    let coming = false
    await serve((res) => res.end('yes'), async (res) => {
      coming = true
      await once(res, 'close')
    })
    const stream = client.request({ ':path': '/items' })
    stream.on('error', () => {})
    await vi.waitFor(() => expect(coming).toBe(true))
    stream.close(8)
    await vi.waitFor(() => expect(governed.inspect()).toMatchObject({ inFlight: 0, admission: { inFlight: 0 }, requests: { began: 0, hungUp: 1 } }))
  })

  it('a reply that ended is an end, and a refusal is one, too', async () => {
    await serve((res) => res.end('yes'))
    const statuses = await Promise.all([{}, { 'grpc-timeout': '0m' }].map(async (headers) => {
      const stream = client.request({ ':path': '/items', ...headers })
      const [head] = await once(stream, 'response') as [Record<string, unknown>]
      await once(stream.resume(), 'close')
      return head[':status']
    }))
    expect(statuses).toEqual([200, 504])
    await vi.waitFor(() => expect(governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, ended: 1, hungUp: 0, dead: 1 } }))
  })

  it('a drain tells the connection that there will be no more, lets the stream end, and closes it', async () => {
    let reply: Http2ServerResponse | undefined
    await serve((res) => { reply = res })
    const stream = client.request({ ':path': '/items' })
    await vi.waitFor(() => expect(reply).toBeDefined())
    const goaway = once(client, 'goaway')
    const drained = governed.drain({ within: '5s', server })
    await goaway
    reply!.end('whole')
    const [head] = await once(stream, 'response') as [Record<string, unknown>]
    expect(head[':status']).toBe(200)
    expect(head['connection']).toBeUndefined()
    stream.resume()
    expect(await drained).toMatchObject({ ended: 1, cut: [] })
    if (!client.closed) await once(client, 'close')
  })
})
