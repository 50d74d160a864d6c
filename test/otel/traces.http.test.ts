import { otel, type OtelOptions } from '@inmesh/otel'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { createMesh, type WrapContext } from 'inmesh'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type * as nodeHttp from 'node:http'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { Receiver, type Received } from './receiver.ts'
import { ours, retrying, Sdk, served, type Served } from './sdk.ts'

const sdk = await Sdk.start({ instrumentations: [new HttpInstrumentation({ disableIncomingRequestInstrumentation: true })] })
afterEach(async () => void (await sdk.spans()))

// What is required from now on is patched.
const http = createRequire(import.meta.url)('node:http') as typeof nodeHttp

const INSTRUMENTATION = '@opentelemetry/instrumentation-http'
const nobody = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0, isRemote: true }

/** As axios and got do on Node. */
function get({ endpoint, signal }: WrapContext, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    http.get(new URL(path, endpoint.url), { signal }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => { text += part }).on('end', () => (response.statusCode === 200 ? resolve(text) : reject(Object.assign(new Error('no'), { status: response.statusCode }))))
    }).on('error', reject)
  })
}

function wrapped(endpoints: readonly string[], options: OtelOptions = {}): (path: string) => Promise<string> {
  const mesh = createMesh({ services: { catalog: { endpoints, policy: retrying } }, observers: [otel({ metrics: false, ...options })] })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  return mesh.service('catalog').wrap(get, { operation: 'GET /items', repeat: 'always', classify: () => ({ kind: 'failure', code: 'UNAVAILABLE', reach: 'processed' }) })
}

async function failingOnce(): Promise<Served> {
  let first = true
  return served((_req, res) => {
    res.writeHead(first ? 503 : 200).end('yes')
    first = false
  })
}

function place({ traceId, id }: Received): string {
  return `00-${traceId}-${id}-01`
}

describe('a wrapped client beside the instrumentation of node:http', () => {
  test('has its request’s CLIENT span beneath the span of its try, which is INTERNAL, once for each', async () => {
    const up = await failingOnce()
    expect(await wrapped([up.url])('/items')).toBe('yes')
    const { calls: [call], tries, others } = ours(await sdk.spans())
    expect(tries).toMatchObject([{ kind: 'INTERNAL', parent: call?.id, error: 'no', attributes: { 'inmesh.cause': 'first' } }, { kind: 'INTERNAL', parent: call?.id, error: undefined, attributes: { 'inmesh.cause': 'retry' } }])
    expect(others.map(({ scope, kind, parent }) => [scope, kind, parent])).toEqual(tries.map(({ id }) => [INSTRUMENTATION, 'CLIENT', id]))
    // Whoever sends the request tells its callee where it hangs: on the request.
    expect(up.seen.map(({ traceparent }) => traceparent)).toEqual(others.map((span) => place(span)))
    // Of what stands on the wire only the request's own span tells.
    for (const { attributes } of tries) expect(Object.keys(attributes).filter((name) => /^(http|url|server)\./.test(name))).toEqual([])
  })

  test('that is not sampled has no span of anybody', async () => {
    const up = await served()
    await context.with(trace.setSpanContext(ROOT_CONTEXT, nobody), () => wrapped([up.url])('/items'))
    expect(await sdk.spans()).toEqual([])
    expect(up.seen.map(({ traceparent }) => traceparent)).toEqual([expect.stringMatching(new RegExp(`^00-${nobody.traceId}-[\\da-f]{16}-00$`))])
  })

  test('has the instrumentation’s alone with traces off', async () => {
    const up = await failingOnce()
    await wrapped([up.url], { traces: false })('/items')
    const spans = await sdk.spans()
    expect(spans.map(({ scope, parent }) => [scope, parent])).toEqual([[INSTRUMENTATION, undefined], [INSTRUMENTATION, undefined]])
    expect(up.seen.map(({ traceparent }) => traceparent)).toEqual(spans.map((span) => place(span)))
  })
})

test('in a program of ES modules, where instrumentations are registered before it is loaded, each request has one span', async () => {
  const receiver = await Receiver.start()
  onTestFinished(() => receiver.close())
  const up = await served()
  const at = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
  const child = fork(at('esm-process.ts'), [up.url], {
    execArgv: ['--conditions=@inmesh/source', '--import', at('esm-instrumented.ts')],
    env: { ...process.env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
  const { calls, tries, others } = ours(receiver.spans)
  const named = (operation: string): string | undefined => tries.find(({ attributes }) => attributes['inmesh.operation'] === operation)?.id
  expect(calls.map(({ name }) => name).toSorted()).toEqual(['catalog GET fetched', 'catalog GET wrapped'])
  const clients = others.filter(({ kind }) => kind === 'CLIENT')
  expect(clients.map(({ scope, name, parent }) => [scope, name, parent]).toSorted()).toEqual([
    ['@opentelemetry/instrumentation-grpc', 'grpc.shop.Catalog/Get', undefined], [INSTRUMENTATION, 'GET', named('GET wrapped')],
  ])
  expect(clients.find(({ name }) => name.startsWith('grpc'))?.attributes).toMatchObject({ 'inmesh.operation': 'shop.Catalog/Get', 'inmesh.tries': 1 })
  const server = others.find(({ kind }) => kind === 'SERVER')
  expect(server).toMatchObject({ scope: '@opentelemetry/instrumentation-grpc', parent: named('shop.Catalog/Get') })
  expect(tries).toHaveLength(3)
})
