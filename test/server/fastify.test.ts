import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { currentCall, detached, fastify as inmesh } from '@inmesh/fastify'
import fastify from 'fastify'
import { expect, it, onTestFinished, vi } from 'vitest'

it('a body that comes too slowly is answered 504 before the handler', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  const events: string[] = []
  await app.register(inmesh(undefined, { admission: { targetDelay: '10s' }, observers: [(event) => void events.push('why' in event ? `${event.type} ${event.why}` : event.type)] }))
  const handler = vi.fn<() => Promise<string>>(async () => 'yes')
  app.post('/items', handler)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const sent = request({ port: (app.server.address() as AddressInfo).port, method: 'POST', path: '/items', headers: { 'content-type': 'application/json', 'content-length': '7', 'x-envoy-expected-rq-timeout-ms': '60' } })
  sent.write('{"a":')
  await after(100)
  sent.end('1}')
  const [res] = await once(sent, 'response') as [IncomingMessage]
  res.resume()
  expect(res.statusCode).toBe(504)
  expect(handler).not.toHaveBeenCalled()
  await vi.waitFor(() => expect(app.inmesh.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, ended: 1, dead: 1 } }))
  expect(events).toEqual(['request-began', 'request-overran', 'request-refused before-handler', 'request-ended'])
})

it('requests without a socket are as others, by their route, with the hooks that users have on replies', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  const routes: string[] = []
  await app.register(inmesh(undefined, { name: 'web', admission: { targetDelay: '10s' }, limits: [{ rate: 1, per: '1m', key: 'route' }], observers: [(event) => void routes.push('operation' in event ? event.operation : event.type)] }))
  app.addHook('onSend', async (_request, reply) => void reply.header('x-mine', 'yes'))
  app.get('/items/:id', async () => ({ left: currentCall()?.remaining() }))
  const headers = { 'grpc-timeout': '9S' }
  const replies = [await app.inject({ url: '/items/1', headers }), await app.inject({ url: '/items/2', headers }), await app.inject({ url: '/nowhere', headers })]
  expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 429, 404])
  expect(replies[0]!.json<{ left: number }>().left).toBeGreaterThan(500)
  expect(replies[1]!.headers).toMatchObject({ 'x-mine': 'yes', 'inmesh-refused': '1', 'retry-after': '60' })
  expect(routes).toEqual(['GET /items/:id', 'GET /items/:id', 'GET /items/:id', 'GET', 'GET'])
})

it('works over HTTP/2', async () => {
  const app = fastify({ http2: true })
  onTestFinished(() => app.close())
  await app.register(inmesh(undefined, { admission: { targetDelay: '10s' } }))
  const told = Promise.withResolvers<unknown>()
  app.get('/stuck', () => {
    const { signal } = currentCall()!
    signal.addEventListener('abort', () => told.resolve(signal.reason))
    return new Promise(() => {})
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  onTestFinished(() => client.destroy())
  const late = client.request({ ':path': '/stuck', 'grpc-timeout': '0m' })
  const [head] = await once(late, 'response') as [Record<string, unknown>]
  late.resume()
  expect(head[':status']).toBe(504)
  const stuck = client.request({ ':path': '/stuck' }).on('error', () => {})
  await vi.waitFor(() => expect(app.inmesh.inspect().inFlight).toBe(1))
  stuck.close(8)
  expect(await told.promise).toMatchObject({ code: 'INMESH_CALLER_GONE' })
  expect(app.inmesh.inspect()).toMatchObject({ inFlight: 0, requests: { hungUp: 1 } })
})

it('a parser of bodies that comes back in the context of its socket does not lose the request', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  await app.register(inmesh(undefined, { admission: { targetDelay: '10s' } }))
  app.addContentTypeParser('application/x-mine', (_request, payload, done) => {
    payload.resume().on('end', () => detached(() => done(null, 'body')))
  })
  app.post('/items', async () => ({ inContext: currentCall() !== undefined }))
  const reply = await app.inject({ method: 'POST', url: '/items', headers: { 'content-type': 'application/x-mine' }, payload: 'x' })
  expect(reply.json()).toEqual({ inContext: true })
})
