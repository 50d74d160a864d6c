import { otel } from '@inmesh/otel'
import { context, propagation, trace } from '@opentelemetry/api'
import { createMesh, type Mesh, type PolicyConfig } from 'inmesh'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { Receiver } from './receiver.ts'
import { ours, placeIn, retrying, Sdk, served } from './sdk.ts'

const sdk = await Sdk.start()
afterEach(async () => void (await sdk.spans()))

function meshOf(endpoints: readonly string[], policy: PolicyConfig = {}): Mesh<'catalog'> {
  const mesh = createMesh({ services: { catalog: { endpoints, policy } }, observers: [otel()] })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  return mesh
}

async function text(answer: Promise<Response>): Promise<string> {
  return (await answer).text()
}

describe('with OpenTelemetry’s SDK and no other configuration', () => {
  test('a call is one span, and its try one beneath it, told of as the conventions have it', async () => {
    const up = await served((_req, res) => setTimeout(() => res.end('yes'), 20))
    const mesh = meshOf([up.url], { timeout: { total: '2s' } })
    const before = Date.now()
    await text(mesh.service('catalog').fetch('http://catalog/items/42?q=1&sig=abc', { mesh: { operation: 'GET /items/:id' } }))
    const after = Date.now()
    const spans = await sdk.spans()
    const { calls: [call], tries: [attempt] } = ours(spans)
    expect(spans).toHaveLength(2)
    expect(call).toMatchObject({ name: 'catalog GET /items/:id', kind: 'INTERNAL', parent: undefined, service: 'shop', error: undefined, attributes: { 'inmesh.service': 'catalog', 'inmesh.tries': 1, 'inmesh.outcome': 'success', 'inmesh.deadline_ms': expect.closeTo(2000, 3) } })
    expect(attempt).toMatchObject({
      name: 'GET /items/:id', kind: 'CLIENT', parent: call?.id, traceId: call?.traceId, service: 'shop', error: undefined, links: [],
      attributes: {
        'inmesh.cause': 'first', 'inmesh.ordinal': 0, 'inmesh.endpoint': up.url, 'inmesh.outcome': 'success', 'inmesh.code': 'OK', 'inmesh.pick.by': 'latency',
        'http.request.method': 'GET', 'http.response.status_code': 200, 'server.address': 'catalog', 'server.port': 80, 'network.peer.address': '127.0.0.1', 'network.peer.port': up.port,
        'url.full': 'http://catalog/items/42?q=1&sig=REDACTED',
      },
    })
    expect(attempt?.attributes).not.toHaveProperty('http.request.resend_count')
    expect(placeIn(up.seen[0])).toEqual({ traceId: attempt?.traceId, id: attempt?.id, sampled: true })
    for (const { start, end } of [call!, attempt!]) {
      // The time of day and the mesh's clock count in different steps.
      expect(start).toBeGreaterThanOrEqual(before - 2)
      expect(end).toBeLessThanOrEqual(after + 2)
      expect(end - start).toBeGreaterThanOrEqual(19)
    }
    expect(attempt!.start).toBeGreaterThanOrEqual(call!.start)
    expect(attempt!.end).toBeLessThanOrEqual(call!.end)
  })

  test('a retry has a span of its own, and each callee hears that its try calls it', async () => {
    const failing = await served((_req, res) => res.writeHead(503).end('no'))
    const well = await served()
    const mesh = meshOf([failing.url, well.url], retrying)
    for (let i = 0; i < 2; i++) await text(mesh.service('catalog').fetch('/'))
    const { calls, tries } = ours(await sdk.spans())
    const call = calls.find(({ attributes }) => attributes['inmesh.tries'] === 2)
    const [first, retry] = tries.filter(({ traceId }) => traceId === call?.traceId)
    expect(call).toMatchObject({ error: undefined, attributes: { 'inmesh.answered_by': 'retry' }, events: [{ name: 'inmesh.extra_try.sent', attributes: { 'inmesh.cause': 'retry', 'inmesh.ordinal': 1 } }] })
    expect(first).toMatchObject({ parent: call?.id, error: 'UNAVAILABLE', attributes: { 'inmesh.cause': 'first', 'inmesh.endpoint': failing.url, 'http.response.status_code': 503, 'error.type': '503', 'inmesh.outcome': 'failure', 'inmesh.reach': 'processed' } })
    expect(retry).toMatchObject({ parent: call?.id, error: undefined, attributes: { 'inmesh.cause': 'retry', 'inmesh.ordinal': 1, 'http.request.resend_count': 1, 'inmesh.endpoint': well.url, 'http.response.status_code': 200 } })
    expect(placeIn(failing.seen[0])?.id).toBe(first?.id)
    expect(well.seen.map((headers) => placeIn(headers)?.id)).toContain(retry?.id)
  })

  test('a backup is linked to the try that it doubles, whose span goes on to its own end behind the call’s', async () => {
    let slow = false
    const answer = (_req: unknown, res: ServerResponse): void => {
      if (slow) setTimeout(() => res.end('slow'), 400)
      else res.end('yes')
      slow = false
    }
    const mesh = meshOf([(await served(answer)).url, (await served(answer)).url], { ...retrying, retry: false, backup: { after: '30ms', maxExtraLoad: 0.1 } })
    // Its budget is earned first.
    for (let i = 0; i < 60; i++) await text(mesh.service('catalog').fetch('/'))
    await sdk.spans()
    slow = true
    await text(mesh.service('catalog').fetch('/'))
    // Over HTTP/1.1 one that was beaten is read to its end.
    const { calls: [call], tries: [first, backup] } = ours(await sdk.spans(3))
    expect(call).toMatchObject({ attributes: { 'inmesh.answered_by': 'backup', 'inmesh.tries': 2 } })
    expect(first).toMatchObject({ parent: call?.id, error: undefined, attributes: { 'inmesh.cause': 'first', 'inmesh.outcome': 'success' } })
    expect(first!.end - call!.end).toBeGreaterThan(100)
    expect(backup).toMatchObject({ parent: call?.id, attributes: { 'inmesh.cause': 'backup', 'inmesh.outcome': 'success', 'http.request.resend_count': 1 }, links: [{ id: first?.id, traceId: first?.traceId, attributes: { 'inmesh.doubles': true } }] })
    expect(backup!.start - first!.start).toBeGreaterThanOrEqual(29)
  })

  test('a call that is refused says by which policy, on what number and at what limit, and sends nothing', async () => {
    const up = await served()
    const mesh = meshOf([up.url], { limit: { rate: 1, per: '1m', burst: 1 } })
    await text(mesh.service('catalog').fetch('/'))
    const error = await mesh.service('catalog').fetch('/').catch((thrown: unknown) => thrown)
    const { calls, tries } = ours(await sdk.spans())
    const refused = calls.find((one) => one.error !== undefined)
    expect(refused).toMatchObject({
      error: (error as Error).message, events: [{ name: 'inmesh.refused' }],
      attributes: { 'inmesh.policy': 'limit', 'inmesh.why': 'rate', 'inmesh.refused.rate': 1, 'inmesh.refused.perMs': 60_000, 'inmesh.tries': 0, 'error.type': 'INMESH_RATE_LIMITED' },
    })
    expect([up.seen.length, tries.length]).toEqual([1, 1])
  })

  test('a call of another one that has a span is beneath that, by whichever way in it comes', async () => {
    const up = await served()
    const mesh = meshOf([up.url])
    const asked = mesh.service('catalog').wrap(async ({ endpoint }) => {
      trace.getTracer('user').startSpan('beneath the try').end()
      return endpoint.key
    }, { operation: 'asked' })
    await trace.getTracer('user').startActiveSpan('handler', async (span) => {
      await text(mesh.service('catalog').fetch('/'))
      await (await mesh.service('catalog').dispatcher.request({ path: '/', method: 'GET' })).body.text()
      await asked()
      span.end()
    })
    const spans = await sdk.spans()
    const { calls, tries, others } = ours(spans)
    const handler = others.find(({ name }) => name === 'handler')
    expect(calls.map(({ parent, traceId }) => [parent, traceId])).toEqual(Array.from({ length: 3 }, () => [handler?.id, handler?.traceId]))
    const wrapped = tries.find(({ name }) => name === 'asked')
    expect(wrapped).toMatchObject({ kind: 'INTERNAL', attributes: { 'inmesh.endpoint': up.url } })
    expect(others.find(({ name }) => name === 'beneath the try')?.parent).toBe(wrapped?.id)
  })
})

describe('what a callee hears', () => {
  const baggage = propagation.createBaggage({ tenant: { value: 'acme' } })

  test('is the caller’s own tracestate and baggage, and another span for each try', async () => {
    const failing = await served((_req, res) => res.writeHead(503).end('no'))
    const mesh = meshOf([failing.url], retrying)
    const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1, isRemote: true }
    const incoming = { traceparent: `00-${caller.traceId}-${caller.spanId}-01`, tracestate: 'vendor=1', baggage: 'tenant=acme' }
    await context.with(propagation.extract(context.active(), incoming), () => text(mesh.service('catalog').fetch('/')))
    const { calls: [call], tries } = ours(await sdk.spans())
    expect(call).toMatchObject({ parent: caller.spanId, traceId: caller.traceId })
    expect(failing.seen).toHaveLength(2)
    expect(failing.seen.map((headers) => placeIn(headers))).toEqual(tries.map(({ id }) => ({ traceId: caller.traceId, id, sampled: true })))
    expect(failing.seen.map(({ tracestate, baggage: carried }) => [tracestate, carried])).toEqual(Array.from({ length: 2 }, () => ['vendor=1', 'tenant=acme']))
  })

  test.each<[string, unknown]>([
    ['an object', { Traceparent: 'mine', accept: 'a', 'x-many': ['1', '2'] }],
    ['an object with the same name in two ways', { Traceparent: 'mine', traceparent: 'mine too', accept: 'a', 'x-many': ['1', '2'] }],
    ['a flat list', ['Traceparent', 'mine', 'accept', 'a', 'x-many', '1', 'x-many', '2']],
    ['pairs', new Map<string, unknown>([['Traceparent', 'mine'], ['accept', 'a'], ['x-many', ['1', '2']]])],
    ['Headers', new Headers([['Traceparent', 'mine'], ['accept', 'a'], ['x-many', '1'], ['x-many', '2']])],
    ['an iterable', (function* () { yield* [['Traceparent', 'mine'], ['accept', 'a'], ['x-many', '1'], ['x-many', '2']] })()],
  ])('takes the place of what the user has set himself, in %s of headers', async (_, headers) => {
    const up = await served()
    const mesh = meshOf([up.url])
    await context.with(propagation.setBaggage(context.active(), baggage), async () =>
      (await mesh.service('catalog').dispatcher.request({ path: '/', method: 'GET', headers: headers as Record<string, string> })).body.text())
    const { tries: [attempt] } = ours(await sdk.spans())
    expect(up.raw[0]?.filter((_part, i) => i % 2 === 0).map((name) => name.toLowerCase()).filter((name) => name === 'traceparent')).toHaveLength(1)
    expect(placeIn(up.seen[0])?.id).toBe(attempt?.id)
    expect(up.seen[0]).toMatchObject({ accept: 'a', 'x-many': '1, 2', baggage: 'tenant=acme' })
  })

  test('is the same for fetch, with headers of every form that it takes', async () => {
    const up = await served()
    const mesh = meshOf([up.url])
    const forms: NonNullable<RequestInit['headers']>[] = [{ traceparent: 'mine', accept: 'a' }, [['traceparent', 'mine'], ['accept', 'a']], new Headers({ traceparent: 'mine', accept: 'a' })]
    for (const headers of forms) await text(mesh.service('catalog').fetch('/', { headers }))
    await text(mesh.service('catalog').fetch(new Request('http://catalog/', { headers: { traceparent: 'mine', accept: 'a' } })))
    const { tries } = ours(await sdk.spans())
    expect(up.seen.map((headers) => [placeIn(headers)?.id, headers.accept])).toEqual(tries.map(({ id }) => [id, 'a']))
    expect(tries).toHaveLength(4)
  })
})

describe('a process of its own', () => {
  const program = fileURLToPath(new URL('traced-process.ts', import.meta.url))

  test('exports what is over when it shuts its SDK down; what is still under way is not told of', async () => {
    const receiver = await Receiver.start()
    onTestFinished(() => receiver.close())
    const up = await served((req, res) => { if (req.url !== '/hangs') res.end('yes') })
    const child = fork(program, [up.url], { execArgv: ['--conditions=@inmesh/source'], env: { ...process.env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_SERVICE_NAME: 'named outside' } })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(0)
    await pause(0)
    const { calls, tries } = ours(receiver.spans)
    expect(calls.map(({ name, service }) => [name, service])).toEqual([['catalog GET', 'named outside']])
    expect(tries.map(({ attributes }) => attributes['url.full'])).toEqual(['http://catalog/'])
  })
})
