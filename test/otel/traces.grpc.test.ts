import { credentials, Metadata, status, type ChannelCredentials, type ClientOptions } from '@grpc/grpc-js'
import type * as grpcJs from '@grpc/grpc-js'
import { grpc } from '@inmesh/grpc'
import { otel, type OtelOptions } from '@inmesh/otel'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { createMesh, type Mesh } from 'inmesh'
import { createRequire } from 'node:module'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { answerOf, CatalogClient, catalogService, failing, readAll, replica, type Handlers, type Replica } from '../grpc/catalog.ts'
import type { Received } from './receiver.ts'
import { ours, retrying, Sdk, served } from './sdk.ts'

const sdk = await Sdk.start({
  instrumentations: [new GrpcInstrumentation({ ignoreGrpcMethods: ['put'] }), new HttpInstrumentation({ ignoreIncomingRequestHook: ({ url }) => url === '/v1/traces' }), new UndiciInstrumentation()],
})
afterEach(async () => void (await sdk.spans()))

// The instrumentations patch what is required from now on: prototypes for everybody, so servers are told of; the clients of
// a class that was made before are as they were.
const require = createRequire(import.meta.url)
require('node:http')
const patched = require('@grpc/grpc-js') as typeof grpcJs
const InstrumentedClient = patched.makeGenericClientConstructor(catalogService, 'shop.Catalog') as unknown as typeof CatalogClient

const INSTRUMENTATION = '@opentelemetry/instrumentation-grpc'
const nobody = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0, isRemote: true }

async function rig(Client: new (address: string, credentials: ChannelCredentials, options?: ClientOptions) => CatalogClient, handlers: Handlers = {}, options: OtelOptions = {}): Promise<{ readonly up: Replica; readonly mesh: Mesh<'catalog'>; readonly client: CatalogClient }> {
  const up = await replica(handlers)
  const mesh = createMesh({ services: { catalog: { endpoints: [up.url], policy: retrying } }, observers: [otel({ metrics: false, ...options })] })
  const client = new Client('catalog', credentials.createInsecure(), grpc(mesh).options('catalog', { service: catalogService }))
  onTestFinished(async () => {
    client.close()
    await mesh.close({ within: '50ms' })
  })
  return { up, mesh, client }
}

/** Fails the first time. */
function once(): Handlers {
  let first = true
  const fails = (): boolean => first && !(first = false)
  return {
    get: (call, done) => (fails() ? done(failing(status.UNAVAILABLE)) : done(null, `got ${call.request}`)),
    list: (call) => {
      if (fails()) return void call.emit('error', failing(status.UNAVAILABLE))
      call.write('a')
      call.end()
    },
  }
}

const kinds: Readonly<Record<string, (client: CatalogClient) => Promise<unknown>>> = {
  Get: (client) => answerOf((done) => client.get('x', done)),
  List: (client) => readAll(client.list('a b')),
  Sum: (client) => answerOf((done) => {
    const call = client.sum(done)
    call.write('a')
    call.end()
  }),
  Chat: (client) => {
    const call = client.chat()
    call.write('hi')
    call.end()
    return readAll(call)
  },
}

function places({ seen }: Replica): unknown[] {
  return seen.map((metadata) => metadata.get('traceparent'))
}

function place({ traceId, id }: Received): string[] {
  return [`00-${traceId}-${id}-01`]
}

/** Spans of one process that is client and server: without those of its servers. */
function ofClients(spans: readonly Received[]): Received[] {
  return spans.filter(({ kind }) => kind !== 'SERVER')
}

describe.each(Object.entries(kinds))('a gRPC call of the kind %s', (method, call) => {
  test('whose client nobody instruments has our span and beneath it one for its try, of which its callee hears', async () => {
    const { up, client } = await rig(CatalogClient)
    await call(client)
    const spans = await sdk.spans()
    const { calls, tries: [attempt], others } = ours(spans)
    expect(calls).toMatchObject([{ name: `catalog shop.Catalog/${method}`, kind: 'INTERNAL', error: undefined, attributes: { 'inmesh.outcome': 'success' } }])
    expect(attempt).toMatchObject({ parent: calls[0]?.id, kind: 'CLIENT', name: `shop.Catalog/${method}`, attributes: { 'rpc.system.name': 'grpc', 'rpc.method': `shop.Catalog/${method}`, 'rpc.status_code': 'OK', 'inmesh.endpoint': up.url, 'server.address': 'catalog' } })
    expect(places(up)).toEqual([place(attempt!)])
    expect(others).toMatchObject([{ kind: 'SERVER', scope: INSTRUMENTATION, parent: attempt?.id, traceId: attempt?.traceId }])
  })

  test('whose client is instrumented has that span, told of by us too, ended once, and ours of its try beneath it', async () => {
    const { up, client } = await rig(InstrumentedClient)
    await call(client)
    const spans = ofClients(await sdk.spans())
    const { calls, tries: [attempt], others } = ours(spans)
    expect([spans.length, calls]).toEqual([2, []])
    expect(others).toMatchObject([{ scope: INSTRUMENTATION, kind: 'CLIENT', name: `grpc.shop.Catalog/${method}`, attributes: { 'rpc.grpc.status_code': 0, 'inmesh.service': 'catalog', 'inmesh.tries': 1, 'inmesh.outcome': 'success' } }])
    expect(attempt).toMatchObject({ parent: others[0]?.id, traceId: others[0]?.traceId, kind: 'CLIENT', attributes: { 'inmesh.endpoint': up.url } })
    // The instrumentation has written its own into the metadata before.
    expect(places(up)).toEqual([place(attempt!)])
  })

  test.each([['no client', CatalogClient], ['the client', InstrumentedClient]] as const)('that is not sampled has no span where %s is instrumented, and its callee hears that it is not', async (_, Client) => {
    const { up, client } = await rig(Client)
    await context.with(trace.setSpanContext(ROOT_CONTEXT, nobody), () => call(client))
    expect(await sdk.spans()).toEqual([])
    expect(places(up)).toEqual([[expect.stringMatching(new RegExp(`^00-${nobody.traceId}-[\\da-f]{16}-00$`))]])
  })

  test('has the instrumentation’s span alone with traces off', async () => {
    const { up, client } = await rig(InstrumentedClient, {}, { traces: false })
    await call(client)
    const spans = ofClients(await sdk.spans())
    expect(spans).toMatchObject([{ scope: INSTRUMENTATION, kind: 'CLIENT' }])
    expect(Object.keys(spans[0]?.attributes ?? {}).filter((name) => name.startsWith('inmesh.'))).toEqual([])
    expect(places(up)).toEqual([place(spans[0]!)])
  })
})

test.each(['Get', 'List'])('each try of a gRPC call has metadata of its own, in the place of what the caller has set: %s', async (method) => {
  for (const Client of [CatalogClient, InstrumentedClient]) {
    const { up, client } = await rig(Client, once())
    await trace.getTracer('user').startActiveSpan('handler', async (span) => {
      await kinds[method]!(client)
      span.end()
    })
    const spans = ofClients(await sdk.spans())
    const { tries } = ours(spans)
    const call = spans.find(({ attributes }) => attributes['inmesh.tries'] === 2)
    expect(tries.map(({ parent, error, attributes }) => [parent, error === undefined, attributes['inmesh.cause']])).toEqual([[call?.id, false, 'first'], [call?.id, true, 'retry']])
    expect(call?.parent).toBe(spans.find(({ name }) => name === 'handler')?.id)
    expect(call?.events).toMatchObject([{ name: 'inmesh.extra_try.sent', attributes: { 'inmesh.cause': 'retry' } }])
    expect(places(up)).toEqual(tries.map((attempt) => place(attempt)))
  }
  const { up, client } = await rig(CatalogClient)
  const metadata = new Metadata()
  metadata.set('traceparent', 'mine')
  metadata.set('x-own', 'kept')
  await answerOf((done) => client.get('x', metadata, done))
  const { tries: [attempt] } = ours(await sdk.spans())
  expect(places(up)).toEqual([place(attempt!)])
  expect([up.seen[0]?.get('x-own'), metadata.get('traceparent')]).toEqual([['kept'], ['mine']])
})

test('what a stream’s handlers call in turn is a call of its own, where the instrumentation does not look at it', async () => {
  const { client } = await rig(InstrumentedClient)
  const list = client.list('a')
  const put = new Promise((resolve) => list.once('data', () => client.put('x', resolve)))
  await readAll(list)
  await put
  const spans = ofClients(await sdk.spans())
  const outer = spans.find(({ name }) => name === 'grpc.shop.Catalog/List')
  expect(outer?.attributes['inmesh.operation']).toBe('shop.Catalog/List')
  expect(ours(spans).calls).toMatchObject([{ name: 'catalog shop.Catalog/Put', parent: outer?.id, attributes: { 'inmesh.tries': 1 } }])
})

test('over three hops, HTTP to gRPC to HTTP, all is one trace, each hop beneath the try that called it', async () => {
  const last = await served()
  const middle = await rig(InstrumentedClient, {
    get: (_call, done) => {
      const answered = lastMesh.fetch('http://last.test/').then((answer) => answer.text())
      void answered.then((text) => process.nextTick(done, null, text))
    },
  })
  const lastMesh = createMesh({ services: { last: { endpoints: [last.url], origins: ['http://last.test'] } }, observers: [otel({ metrics: false })] })
  const edge = await served((_req, res) => void middle.client.get('x', (_error, reply) => res.end(reply)))
  const mesh = createMesh({ services: { edge: { endpoints: [edge.url], origins: ['http://edge.test'] } }, observers: [otel({ metrics: false })] })
  onTestFinished(async () => void (await Promise.all([lastMesh.close({ within: '50ms' }), mesh.close({ within: '50ms' })])))
  expect(await (await mesh.fetch('http://edge.test/')).text()).toBe('yes')
  const spans = await sdk.spans(9)
  const byId = new Map(spans.map((span) => [span.id, span]))
  const leaf = spans.find(({ id }) => !spans.some(({ parent }) => parent === id))
  const chain: string[] = []
  for (let span = leaf; span !== undefined; span = byId.get(span.parent ?? '')) chain.unshift(`${span.kind} ${span.scope.replace('@opentelemetry/instrumentation-', '')}`)
  const hop = ['INTERNAL @inmesh/otel', 'CLIENT @inmesh/otel', 'SERVER http']
  expect(chain).toEqual([...hop, 'CLIENT grpc', 'CLIENT @inmesh/otel', 'SERVER grpc', ...hop])
  expect(spans).toHaveLength(chain.length)
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
})
