import { otel } from '@inmesh/otel'
import { nodeHttp, type ServerOptions } from '@inmesh/server'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { createMesh } from 'inmesh'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { request } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'

// What a server decides about a request stands on the span that an instrumentation has made of it.

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

interface Served {
  readonly url: string
  /** Those of requests that are over. */
  spans(): readonly ReadableSpan[]
}

async function served(options: ServerOptions, handler: RequestListener, { meshed = true, sampled = true } = {}): Promise<Served> {
  const exporter = new InMemorySpanExporter()
  const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('as an instrumentation of servers does')
  const observers = [otel({ metrics: false })]
  const mesh = createMesh({ services: {}, ...(meshed ? { observers } : {}) })
  const governed = nodeHttp(meshed ? mesh : undefined, { ...options, ...(meshed ? {} : { observers }) })(handler)
  const server = createServer((req, res) => {
    const span = sampled ? tracer.startSpan(req.method ?? '', { kind: SpanKind.SERVER, attributes: { 'url.path': req.url ?? '' } }) : trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 0 })
    res.once('close', () => span.end())
    context.with(trace.setSpan(context.active(), span), () => governed(req, res))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await mesh.close({ within: '50ms' })
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans: () => exporter.getFinishedSpans() }
}

const get = async (url: string, headers: Record<string, string> = {}): Promise<number> => {
  const { statusCode, body } = await request(url, { headers })
  await body.dump()
  return statusCode
}

const eventsOf = (span: ReadableSpan | undefined): readonly (readonly [string, object | undefined])[] => (span?.events ?? []).map(({ name, attributes }) => [name, attributes])

describe('the span of a request', () => {
  test.each([true, false])('that is refused says by which policy, why and on what numbers (under a mesh: %s)', async (meshed) => {
    const { url, spans } = await served({ limits: [{ name: 'tenant', rate: 1, per: '1m', burst: 1, key: 'tenant' }] }, (_req, res) => res.end(), { meshed })
    expect([await get(url, { 'x-tenant-id': 'a' }), await get(url, { 'x-tenant-id': 'a' }), await get(url, { 'x-tenant-id': 'b' })]).toEqual([200, 429, 200])
    const [well, refused] = spans()
    expect(well?.attributes).toEqual({ 'url.path': '/', 'inmesh.criticality': 'CRITICAL' })
    expect(refused?.attributes).toMatchObject({ 'inmesh.policy': 'limits', 'inmesh.why': 'tenant', 'inmesh.detail': expect.stringContaining('1'), 'inmesh.criticality': 'CRITICAL' })
    expect(eventsOf(refused)).toEqual([['inmesh.refused', { 'inmesh.policy': 'limits', 'inmesh.why': 'tenant', 'inmesh.detail': refused?.attributes['inmesh.detail'] }]])
    // Whether that is an error whoever made the span says.
    expect(refused?.status.code).toBe(SpanStatusCode.UNSET)
  })

  test('that lost its place to a more critical one is told so itself, though the other has come meanwhile', async () => {
    const { url, spans } = await served({ admission: { initial: 1, min: 1, max: 1, queue: 1, maxWait: '1s' } }, (_req, res) => void setTimeout(() => res.end(), 150))
    const statuses = await Promise.all([
      get(`${url}/first`),
      wait(30).then(() => get(`${url}/sheddable`, { 'inmesh-criticality': 'SHEDDABLE' })),
      wait(60).then(() => get(`${url}/critical`)),
    ])
    expect(statuses).toEqual([200, 503, 200])
    const of = (path: string): ReadableSpan | undefined => spans().find(({ attributes }) => attributes['url.path'] === path)
    expect(of('/sheddable')?.attributes).toMatchObject({ 'inmesh.policy': 'admission', 'inmesh.criticality': 'SHEDDABLE' })
    expect(of('/sheddable')?.attributes['inmesh.waited_ms']).toBeGreaterThan(15)
    expect(of('/critical')?.attributes).not.toHaveProperty('inmesh.policy')
    expect(of('/critical')?.attributes['inmesh.waited_ms']).toBeGreaterThan(50)
  })

  test('whose time was up while its handler worked says so, and how much time there was', async () => {
    const { url, spans } = await served({}, (_req, res) => void setTimeout(() => res.end(), 200))
    await get(url, { 'x-envoy-expected-rq-timeout-ms': '100' })
    const [span] = spans()
    expect(span?.attributes['inmesh.deadline_ms']).toBeGreaterThan(50)
    expect(eventsOf(span).map(([name]) => name)).toEqual(['inmesh.overran'])
  })

  test('that is not recorded is left alone', async () => {
    const { url, spans } = await served({}, (_req, res) => res.end(), { sampled: false })
    expect(await get(url)).toBe(200)
    expect(spans()).toEqual([])
  })
})

test('where no span is, nothing is written', async () => {
  const mesh = createMesh({ services: {}, observers: [otel({ metrics: false })] })
  expect(mesh.host.observers.serve()).toBeUndefined()
  await mesh.close()
})
