import { undiciInterceptor } from '@inmesh/http'
import { otel, type OtelOptions } from '@inmesh/otel'
import { retry } from '@inmesh/pipeline'
import { ROOT_CONTEXT, context, trace } from '@opentelemetry/api'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { createMesh, interceptor, type Mesh, type PolicyConfig, type ServiceConfig } from 'inmesh'
import { Readable } from 'node:stream'
import { Agent, fetch as undiciFetch, request, type Dispatcher } from 'undici'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Received } from './receiver.ts'
import { ours, placeIn, retrying, Sdk, served, type Served } from './sdk.ts'

const sdk = await Sdk.start({ instrumentations: [new UndiciInstrumentation()] })
afterEach(async () => void (await sdk.spans()))

const INSTRUMENTATION = '@opentelemetry/instrumentation-undici'
const waiting: PolicyConfig = { ...retrying, retry: { backoff: { min: '20ms', max: '20ms' } } }

function meshOf(endpoints: readonly string[], policy: PolicyConfig = {}, options: OtelOptions = {}, more: Partial<ServiceConfig> = {}): Mesh<'catalog'> {
  const mesh = createMesh({ services: { catalog: { endpoints, policy, origins: ['http://catalog.test'], ...more } }, observers: [otel({ metrics: false, ...options })] })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  return mesh
}

/** Every way in that has undici beneath it. */
const ways: Readonly<Record<string, (mesh: Mesh<'catalog'>, url: string) => Promise<unknown>>> = {
  'mesh.fetch': async (mesh, url) => (await mesh.fetch(url)).text(),
  'a service’s fetch': async (mesh, url) => (await mesh.service('catalog').fetch(new URL(url).pathname)).text(),
  'undici’s request with mesh.dispatcher': async ({ dispatcher }, url) => (await request(url, { dispatcher })).body.text(),
  'the built-in fetch, with the mesh installed': (mesh, url) => installed(mesh, async () => (await fetch(url)).text()),
  'undici’s fetch, with the mesh installed': (mesh, url) => installed(mesh, async () => (await undiciFetch(url)).text()),
  'undici’s request, with the mesh installed': (mesh, url) => installed(mesh, async () => (await request(url)).body.text()),
}

async function installed(mesh: Mesh, fn: () => Promise<unknown>): Promise<void> {
  const off = mesh.install()
  try {
    await fn()
  } finally {
    off()
  }
}

/** Whatever a callee was told of where it hangs, once or more often. */
function told({ raw }: Served): (string | undefined)[] {
  return raw.map((headers) => headers.filter((_value, i) => headers[i - 1]?.toLowerCase() === 'traceparent').join(', '))
}

function place({ traceId, id }: Received, flags = '01'): string {
  return `00-${traceId}-${id}-${flags}`
}

const nobody = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0, isRemote: true }

describe.each(Object.entries(ways))('beside undici’s instrumentation, by %s', (_name, call) => {
  test('each try has our span and no other, and its callee hears of that one', async () => {
    const failing = await served((_req, res) => res.writeHead(503).end('no'))
    const mesh = meshOf([failing.url], waiting)
    await call(mesh, 'http://catalog.test/items')
    const { calls, tries, others } = ours(await sdk.spans())
    expect([calls.length, tries.length, others]).toEqual([1, 2, []])
    expect(told(failing)).toEqual(tries.map((attempt) => place(attempt)))
  })

  test('a call that is not sampled has no span of anybody, and its callee hears that it is not', async () => {
    const up = await served()
    const mesh = meshOf([up.url])
    await context.with(trace.setSpanContext(ROOT_CONTEXT, nobody), () => call(mesh, 'http://catalog.test/items'))
    expect(await sdk.spans()).toEqual([])
    expect([told(up).length, placeIn(up.seen[0])?.traceId, placeIn(up.seen[0])?.sampled]).toEqual([1, nobody.traceId, false])
  })

  test('with traces off there are exactly those of the instrumentation', async () => {
    const failing = await served((_req, res) => res.writeHead(503).end('no'))
    const mesh = meshOf([failing.url], waiting, { traces: false })
    await call(mesh, 'http://catalog.test/items')
    const spans = await sdk.spans()
    expect(spans.map(({ scope }) => scope)).toEqual([INSTRUMENTATION, INSTRUMENTATION])
    expect(told(failing)).toEqual(spans.map((span) => place(span)))
  })
})

test.each(Object.entries(ways).filter(([name]) => !name.startsWith('a service')))('an origin that nobody configured has the instrumentation’s span, by %s', async (_name, call) => {
  const up = await served()
  await call(meshOf(['http://127.0.0.1:9']), `${up.url}/items`)
  const spans = await sdk.spans()
  expect(spans.map(({ scope }) => scope)).toEqual([INSTRUMENTATION])
  expect(told(up)).toEqual(spans.map((span) => place(span)))
})

test('an origin that nobody configured and that is governed all the same has ours, over whatever dispatcher is there', async () => {
  const failing = await served((_req, res) => res.writeHead(503).end('no'))
  const mesh = createMesh({ services: {}, unknownOrigins: 'govern', observers: [otel({ metrics: false })] })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  await (await mesh.fetch(failing.url)).text()
  const { calls, tries, others } = ours(await sdk.spans())
  expect([calls.length, tries.length > 0, others]).toEqual([1, true, []])
  expect(told(failing)).toEqual(tries.map((attempt) => place(attempt)))
})

test('policies as an interceptor of undici’s have no observer: there the instrumentation tells of each try', async () => {
  const failing = await served((_req, res) => res.writeHead(503).end('no'))
  const agent = new Agent().compose(undiciInterceptor(retry({ backoff: { min: 0, max: 0 } })))
  onTestFinished(() => agent.close())
  await (await request(failing.url, { dispatcher: agent })).body.text()
  const spans = await sdk.spans()
  expect(spans.map(({ scope }) => scope)).toEqual([INSTRUMENTATION, INSTRUMENTATION])
  expect(told(failing)).toEqual(spans.map((span) => place(span)))
})

test('tries that wait for a connection are not told of by it either, once they get one', async () => {
  const up = await served((_req, res) => setTimeout(() => res.end('yes'), 20))
  const mesh = meshOf([up.url], {}, {}, { http: { connections: 1 } })
  const other = { ...nobody, spanId: 'b7ad6b7169203332' }
  // One whose socket was opened by somebody who is not traced, and then four at once behind one connection.
  await context.with(trace.setSpanContext(ROOT_CONTEXT, other), async () => (await mesh.service('catalog').fetch('/')).text())
  await Promise.all([1, 2, 3, 4].map(async () => (await mesh.service('catalog').fetch('/')).text()))
  const { calls, tries, others } = ours(await sdk.spans())
  expect([calls.length, tries.length, others]).toEqual([4, 4, []])
  expect(told(up).slice(1).toSorted()).toEqual(tries.map((attempt) => place(attempt)).toSorted())
})

test('health checks are in nobody’s trace', async () => {
  const up = await served()
  const mesh = meshOf([up.url], { health: { path: '/healthz', interval: '200ms' } })
  await trace.getTracer('user').startActiveSpan('handler', async (span) => {
    // The earliest timer of all, until there is the next check: it is what the clock wakes for.
    for (let i = 0; i < 3; i++) await mesh.service('catalog').fetch('/', { mesh: { timeout: '20ms' } }).then((answer) => answer.text()).catch(() => {})
    span.end()
  })
  await expect.poll(() => up.raw.length, { timeout: 3000 }).toBeGreaterThanOrEqual(3 + 4)
  const spans = await sdk.spans()
  const handler = spans.find(({ name }) => name === 'handler')
  const checks = ours(spans).others.filter(({ scope }) => scope === INSTRUMENTATION)
  expect(checks.length).toBeGreaterThanOrEqual(2)
  expect(checks.filter(({ traceId, parent }) => traceId === handler?.traceId || parent !== undefined)).toEqual([])
})

describe('what users trace themselves is there, on whatever socket a reply comes,', () => {
  const tracer = trace.getTracer('user')
  const own = (name: string): void => tracer.startSpan(name).end()
  const mine = async (): Promise<Received[]> => ours(await sdk.spans()).others.filter(({ scope }) => scope === 'user')

  /** A mesh whose sockets are open already, each opened by a call that is traced. */
  async function warm(policy: PolicyConfig = {}, handler?: Parameters<typeof served>[0], more?: Partial<ServiceConfig>): Promise<{ readonly mesh: Mesh<'catalog'>; readonly up: Served }> {
    const up = await served(handler)
    const mesh = meshOf([up.url], policy, {}, more)
    await (await mesh.service('catalog').fetch('/warm')).text()
    await sdk.spans()
    return { mesh, up }
  }

  test('after a fetch and after undici’s request, and then for the rest of the caller', async () => {
    const { mesh } = await warm()
    await tracer.startActiveSpan('handler', async (span) => {
      await (await mesh.service('catalog').fetch('/')).text()
      own('after fetch')
      await (await request('http://catalog.test/', { dispatcher: mesh.dispatcher })).body.text()
      own('after request')
      await new Promise<void>((resolve) => setTimeout(() => (own('in a timer'), resolve()), 1))
      span.end()
    })
    const spans = await mine()
    const handler = spans.find(({ name }) => name === 'handler')
    expect(spans.filter((span) => span !== handler).map(({ name, parent }) => [name, parent])).toEqual(['after fetch', 'after request', 'in a timer'].map((name) => [name, handler?.id]))
  })

  test('in handlers of a body that streams', async () => {
    const { mesh } = await warm({}, (_req, res) => {
      res.write('a')
      setTimeout(() => res.end('b'), 5)
    })
    const { body } = await request('http://catalog.test/', { dispatcher: mesh.dispatcher })
    await new Promise<void>((resolve) => body.on('data', () => own('data')).on('end', () => (own('end'), resolve())))
    expect(new Set((await mine()).map(({ name }) => name))).toEqual(new Set(['data', 'end']))
  })

  test('in each method of a reader of undici’s own kind, on a new socket and on one that is open', async () => {
    const up = await served()
    const mesh = meshOf([up.url])
    const reader = (done: () => void): Dispatcher.DispatchHandler => ({
      onRequestStart: () => own('start'), onResponseStart: () => own('head'), onResponseData: () => own('data'), onResponseEnd: () => (own('end'), done()), onResponseError: () => own('error'),
    })
    for (let i = 0; i < 2; i++) await new Promise<void>((resolve) => mesh.dispatcher.dispatch({ origin: 'http://catalog.test', path: '/', method: 'GET' }, reader(resolve)))
    expect((await mine()).map(({ name }) => name)).toEqual(['start', 'head', 'data', 'end', 'start', 'head', 'data', 'end'])
  })

  test('and what such a reader goes on to call is traced, in the mesh and past it', async () => {
    const { mesh } = await warm()
    const elsewhere = await served()
    await new Promise<void>((resolve, reject) => mesh.dispatcher.dispatch({ origin: 'http://catalog.test', path: '/', method: 'GET' }, {
      onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseError: (_, error) => reject(error),
      onResponseEnd: () => void mesh.fetch('http://catalog.test/next').then((answer) => answer.text()).then(() => mesh.fetch(elsewhere.url)).then((answer) => answer.text()).then(() => resolve(), reject),
    }))
    const { calls, tries, others } = ours(await sdk.spans())
    expect([calls.length, tries.length, others.map(({ scope }) => scope)]).toEqual([2, 2, [INSTRUMENTATION]])
    expect(told(elsewhere)).toEqual(others.map((span) => place(span)))
  })

  test('in interceptors, of each scope, of tries that a timer sends too, each beneath what it is of', async () => {
    let asked = 0
    const failing = await served((_req, res) => res.writeHead(asked++ % 2 === 0 ? 200 : 503).end('no'))
    const mesh = meshOf([failing.url], {
      ...waiting,
      interceptors: [
        interceptor('ours', async (_call, next) => {
          own('call, on the way in')
          const exchange = await next()
          own('call, on the way out')
          return exchange
        }),
        interceptor('each', async (_attempt, next) => {
          own('try, on the way in')
          const exchange = await next()
          own('try, on the way out')
          return exchange
        }, 'attempt'),
      ],
    } as PolicyConfig)
    // Another one's timers and sockets are there before.
    await (await mesh.service('catalog').fetch('/')).text()
    await sdk.spans()
    await (await mesh.service('catalog').fetch('/')).text()
    const spans = await sdk.spans()
    const { calls: [call], tries, others } = ours(spans)
    expect(tries).toHaveLength(2)
    expect(others.map(({ name, parent }) => [name, parent])).toEqual([
      ['call, on the way in', call?.id], ['try, on the way in', tries[0]?.id], ['try, on the way out', tries[0]?.id],
      ['try, on the way in', tries[1]?.id], ['try, on the way out', tries[1]?.id], ['call, on the way out', call?.id],
    ])
  })

  test('in fallbacks, at once or later, beneath the call', async () => {
    for (const kind of ['at once', 'later']) {
      const { mesh } = await warm({ ...waiting, fallback: (): unknown => {
        own(`fallback ${kind}`)
        return kind === 'at once' ? 'instead' : Promise.resolve().then(() => (own('and then'), 'instead'))
      } }, (req, res) => res.writeHead(req.url === '/warm' ? 200 : 503).end('no'))
      await (await mesh.service('catalog').fetch('/')).text()
      const { calls: [call], others } = ours(await sdk.spans())
      expect(others.map(({ name, parent }) => [name, parent])).toEqual([[`fallback ${kind}`, call?.id], ...(kind === 'later' ? [['and then', call?.id]] : [])])
    }
  })

  test('in what a policy asks of the user’s code: classify, and a key', async () => {
    const { mesh } = await warm({ reweight: { classify: () => (own('classify'), undefined) }, balance: { by: 'hash', key: () => (own('key'), 'k') } })
    await (await mesh.service('catalog').fetch('/')).text()
    expect((await mine()).map(({ name }) => name)).toEqual(['key', 'classify'])
  })

  test('in an observer', async () => {
    const { mesh } = await warm()
    const seen: string[] = []
    onTestFinished(mesh.observe((event) => {
      seen.push(event.type)
      own(event.type)
    }))
    await (await mesh.service('catalog').fetch('/')).text()
    await expect.poll(() => seen).toContain('tried')
    expect((await mine()).map(({ name }) => name)).toEqual(seen)
  })

  test('in the body that it sends', async () => {
    const { mesh } = await warm({}, (req, res) => req.resume().on('end', () => res.end('yes')))
    async function* pieces(): AsyncGenerator<Buffer> {
      own('first piece')
      yield Buffer.from('a')
      await Promise.resolve()
      own('second piece')
      yield Buffer.from('b')
    }
    await (await mesh.service('catalog').fetch('/', { method: 'POST', body: pieces(), duplex: 'half' } as RequestInit)).text()
    await (await request('http://catalog.test/', { dispatcher: mesh.dispatcher, method: 'POST', body: Readable.from(pieces()) })).body.text()
    expect((await mine()).map(({ name }) => name)).toEqual(['first piece', 'second piece', 'first piece', 'second piece'])
  })
})
