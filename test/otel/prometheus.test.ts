import { credentials, Server, ServerCredentials, status } from '@grpc/grpc-js'
import { grpc, grpcServer } from '@inmesh/grpc'
import { otel, METRICS, type Metric } from '@inmesh/otel'
import { nodeHttp } from '@inmesh/server'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { request as httpRequest } from 'node:http'
import { createMesh, type Mesh, type PolicyConfig } from 'inmesh'
import { request } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { answerOf, CatalogClient, catalogService, readAll, replica } from '../grpc/catalog.ts'
import { listen } from '../server/listen.ts'
import { parse, type Samples } from './exposition.ts'

/** What Prometheus would see: the real exporter, asked over a real socket. */
async function scraped(): Promise<{ readonly provider: MeterProvider; read(): Promise<Samples> }> {
  const exporter = new PrometheusExporter({ host: '127.0.0.1', port: 0, preventServerStart: true })
  const provider = new MeterProvider({ readers: [exporter] })
  const url = await listen((req, res) => exporter.getMetricsRequestHandler(req, res))
  onTestFinished(() => provider.shutdown())
  return { provider, read: async () => parse(await (await request(url)).body.text()) }
}

const calm = { targetDelay: '10s' } as const

function meshOf(endpoints: readonly string[], provider: MeterProvider, policy: PolicyConfig = {}): Mesh<'catalog'> {
  const mesh = createMesh({ local: { service: 'shop' }, services: { catalog: { endpoints, policy } }, observers: [otel({ meterProvider: provider })] })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  return mesh
}

describe('over HTTP', () => {
  test('calls, tries and durations by the conventions are what was sent, whatever a retry made of them', async () => {
    const { provider, read } = await scraped()
    let asked = 0
    const failing = await listen((_req, res) => { asked++; res.writeHead(503).end('no') })
    const well = await listen((_req, res) => { asked++; res.end('yes') })
    const mesh = meshOf([failing, well], provider, { balance: 'round-robin', eject: false, backup: false, retry: { backoff: { min: 0, max: 0 } }, budget: { ratio: 1, initial: 100 } })
    for (let i = 0; i < 10; i++) expect((await mesh.service('catalog').fetch('/items/42', { mesh: { operation: 'GET /items/:id' } })).status).toBe(200)
    await (await mesh.service('catalog').fetch('/items', { method: 'POST', body: 'x' })).text()
    const samples = await read()
    const ofTries = { http_request_method: 'GET', server_address: 'catalog', server_port: '80' }
    expect(samples.sum('inmesh_call_duration_count', { inmesh_service: 'catalog', inmesh_operation: 'GET /items/:id', inmesh_outcome: 'success', inmesh_code: 'OK' })).toBe(10)
    expect(samples.sum('inmesh_try_duration_count')).toBe(asked)
    expect(samples.sum('http_client_request_duration_count')).toBe(asked)
    expect(samples.sum('http_client_request_duration_count', { ...ofTries, http_response_status_code: '200', error_type: undefined })).toBe(10)
    const retries = samples.sum('inmesh_extra_try_sent_total', { inmesh_cause: 'retry', inmesh_operation: 'GET /items/:id' })
    expect(retries).toBeGreaterThan(0)
    expect(samples.sum('http_client_request_duration_count', { ...ofTries, http_response_status_code: '503', error_type: '503' })).toBe(retries)
    expect(samples.sum('inmesh_extra_try_won_total', { inmesh_operation: 'GET /items/:id' })).toBe(retries)
    expect(samples.sum('inmesh_endpoint_count', { inmesh_state: 'in' })).toBe(2)
    expect(samples.sum('inmesh_budget_balance', { inmesh_budget: 'retry' })).toBeGreaterThan(50)
    expect(samples.sum('inmesh_endpoint_in_flight')).toBe(0)
  })

  test('each request of a server counts once: replies, refusals and callers that hung up', async () => {
    const { provider, read } = await scraped()
    const governed = nodeHttp(undefined, {
      name: 'shop', route: ({ path }) => (path.startsWith('/items/') ? 'GET /items/:id' : undefined), limits: [{ rate: 1, per: '1h', key: 'tenant', name: 'tenant' }], admission: calm,
      observers: [otel({ meterProvider: provider })],
    })
    const url = await listen(governed((req, res) => {
      if (req.url === '/items/slow') return
      res.writeHead(req.url === '/items/1' ? 200 : 500).end('x')
    }))
    await (await request(`${url}/items/1`)).body.text()
    await (await request(`${url}/else`, { method: 'PUT' })).body.text()
    for (let i = 0; i < 2; i++) await (await request(`${url}/items/1`, { headers: { 'x-tenant-id': 'acme' } })).body.text()
    const expired = await request(`${url}/items/1`, { headers: { 'x-envoy-expected-rq-timeout-ms': '1' } })
    await expired.body.text()
    const hanging = httpRequest(`${url}/items/slow`).on('error', () => {}).end()
    await expect.poll(() => governed.inspect().inFlight).toBe(1)
    expect((await read()).sum('inmesh_server_in_flight', { inmesh_server: 'shop' })).toBe(1)
    hanging.destroy()
    await expect.poll(() => governed.inspect().requests.hungUp).toBe(1)
    const samples = await read()
    const count = (labels: Record<string, string | undefined>): number => samples.sum('http_server_request_duration_count', { url_scheme: 'http', ...labels })
    const route = { http_request_method: 'GET', http_route: '/items/:id' }
    expect(count({ ...route, http_response_status_code: '429', error_type: undefined })).toBe(1)
    expect(count({ ...route, http_response_status_code: undefined, error_type: 'hung-up' })).toBe(1)
    expect(count({ http_request_method: 'PUT', http_route: undefined, http_response_status_code: '500', error_type: '500' })).toBe(1)
    expect(count({})).toBe(6)
    expect(samples.sum('inmesh_server_request_refused_total', { inmesh_server: 'shop', inmesh_policy: 'limits', inmesh_why: 'tenant', inmesh_criticality: 'CRITICAL' })).toBe(1)
    expect(samples.sum('inmesh_server_limit_admitted_total', { inmesh_why: 'tenant' })).toBe(1)
    expect(samples.sum('inmesh_server_request_hung_up_total', { inmesh_began: 'true' })).toBe(1)
    expect(samples.sum('inmesh_server_admission_limit')).toBeGreaterThan(0)
    expect(samples.sum('inmesh_server_in_flight')).toBe(0)
  })

  test('a server with a mesh is heard by the mesh’s observers, its gauges too, until it is closed', async () => {
    const { provider, read } = await scraped()
    const mesh = meshOf(['http://127.0.0.1:9'], provider)
    const governed = nodeHttp(mesh, { observers: [() => {}] })
    const url = await listen(governed((_req, res) => res.end('x')))
    await (await request(url)).body.text()
    const samples = await read()
    expect(samples.sum('http_server_request_duration_count')).toBe(1)
    expect(samples.of('inmesh_server_draining').map(({ labels, value }) => [labels['inmesh_server'], value])).toEqual([['shop', 0]])
    expect(samples.sum('inmesh_endpoint_count')).toBe(1)
    expect(samples.sum('inmesh_server_admission_limit')).toBeGreaterThan(0)
    governed.close()
    expect((await read()).sum('inmesh_server_admission_limit')).toBe(0)
    await mesh.close()
    expect((await read()).sum('inmesh_endpoint_count')).toBe(0)
  })
})

test('over gRPC calls and requests are counted by method and status', async () => {
  const { provider, read } = await scraped()
  const governed = grpcServer(undefined, { name: 'catalog', observers: [otel({ meterProvider: provider })] })
  const server = new Server({ interceptors: [governed] })
  server.addService(catalogService, {
    get: (call: { readonly request: string }, done: (error: unknown, reply?: string) => void) => (call.request === 'none' ? done({ code: status.NOT_FOUND, details: 'no' }) : done(null, 'got')),
    put: (_call: unknown, done: (error: unknown) => void) => done({ code: status.INTERNAL, details: 'no' }),
    list: (call: { write(part: string): void; end(): void }) => { call.write('a'); call.write('b'); call.end() },
    sum: () => {}, chat: () => {},
  } as never)
  const port = await new Promise<number>((resolve, reject) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, at) => (error === null ? resolve(at) : reject(error))))
  onTestFinished(() => server.forceShutdown())
  const mesh = meshOf([`http://127.0.0.1:${port}`], provider, { retry: false })
  const client = new CatalogClient('catalog', credentials.createInsecure(), grpc(mesh).options('catalog', { service: catalogService }))
  onTestFinished(() => client.close())
  for (const what of ['one', 'two', 'none']) await answerOf((done) => client.get(what, done))
  await answerOf((done) => client.put('x', done))
  expect((await readAll(client.list('x'))).parts).toEqual(['a', 'b'])
  const samples = await read()
  for (const side of ['client', 'server']) {
    const count = (rpc_method: string, rpc_status_code: string, error_type: string | undefined): number =>
      samples.sum(`rpc_${side}_call_duration_count`, { rpc_system_name: 'grpc', rpc_method, rpc_status_code, error_type })
    expect(count('shop.Catalog/Get', 'OK', undefined), side).toBe(2)
    // A caller's own mistake is an error to it, and none of the server's.
    expect(count('shop.Catalog/Get', 'NOT_FOUND', side === 'client' ? 'NOT_FOUND' : undefined), side).toBe(1)
    expect(count('shop.Catalog/Put', 'INTERNAL', 'INTERNAL'), side).toBe(1)
    expect(count('shop.Catalog/List', 'OK', undefined), side).toBe(1)
    expect(samples.sum(`rpc_${side}_call_duration_count`), side).toBe(5)
    expect(samples.sum(`http_${side}_request_duration_count`), side).toBe(0)
  }
  expect(samples.sum('rpc_client_call_duration_count', { server_address: 'catalog' })).toBe(5)
})

test('what an exporter gets is what the names say, and a line of it stays one line', async () => {
  const { provider, read } = await scraped()
  const up = await replica()
  const mesh = meshOf([up.url], provider)
  await mesh.service('catalog').fetch('/', { mesh: { operation: 'GET\n/a "quoted" \ud800 \\path' } }).catch(() => {})
  const samples = await read()
  const known = new Set((Object.values(METRICS) as readonly Metric[]).map(({ name }) => name.replaceAll('.', '_')))
  const ours = samples.families.filter((family) => family !== 'target_info')
  expect(ours.length).toBeGreaterThan(0)
  expect(ours.filter((family) => !known.has(family.replace(/_total$/, '')))).toEqual([])
  expect(samples.of('inmesh_call_duration_count').map(({ labels }) => labels['inmesh_operation'])).toEqual(['GET /a "quoted"   \\path'])
})
