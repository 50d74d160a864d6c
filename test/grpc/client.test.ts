import { connectivityState, credentials, Metadata, Server, ServerCredentials, status, type Interceptor } from '@grpc/grpc-js'
import { callOptions, grpcInterceptor } from '@inmesh/grpc'
import { encodeLoadReport } from '@inmesh/policy'
import { backup, drop, retry, timeout } from '@inmesh/pipeline'
import { withCall } from 'inmesh'
import selfsigned from 'selfsigned'
import { describe, expect, onTestFinished, test } from 'vitest'
import { answerOf, CatalogClient, eventually, failing, readAll, replica } from './catalog.ts'
import { plain, retrying, rig } from './rig.ts'

const settled = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('deadlines', () => {
  test('what is left goes with each try, and the shorter of all holds', async () => {
    const left: number[] = []
    const one = await replica({ get: (call, done) => { left.push(Number(call.getDeadline()) - Date.now()); done(null, 'well') } })
    const { client } = rig([one], { policy: { ...plain, timeout: '300ms' } })
    await answerOf((done) => client.get('tea', done))
    await answerOf((done) => client.get('tea', { deadline: Date.now() + 10_000 }, done))
    await answerOf((done) => client.get('tea', { deadline: new Date(Date.now() + 100) }, done))
    await withCall({ timeout: '50ms' }, () => answerOf((done) => client.get('tea', done)))
    await answerOf((done) => client.get('tea', callOptions({ mesh: { timeout: '2s' } }), done))
    const most = [300, 300, 100, 50, 2000]
    left.forEach((ms, i) => { expect(ms).toBeGreaterThan(most[i]! - 45); expect(ms).toBeLessThanOrEqual(most[i]!) })
  })

  test('criticality goes with it where it is not the usual one', async () => {
    const one = await replica()
    const { client } = rig([one])
    await withCall({ criticality: 'SHEDDABLE' }, () => answerOf((done) => client.get('tea', done)))
    await answerOf((done) => client.get('tea', done))
    expect(one.seen.map((metadata) => metadata.get('inmesh-criticality'))).toEqual([['SHEDDABLE'], []])
  })
})

describe('backups', () => {
  test('a late unary call gets a second copy elsewhere, and the loser is cancelled', async () => {
    let cancelled = 0
    const slow = await replica({ get: (call, done) => { call.on('cancelled', () => cancelled++); setTimeout(done, 400, null, 'slow') } })
    const fast = await replica()
    const { client, events, inFlight } = rig([slow, fast], { policy: { ...plain, backup: { after: '40ms', maxExtraLoad: 1 }, budget: { initial: 100 } } })
    for (let i = 0; i < 4; i++) expect((await answerOf((done) => client.get('tea', done))).reply).toBe('got tea')
    const backups = events.filter(({ type }) => type === 'backed-up').length
    expect(backups).toBeGreaterThan(1)
    await eventually('the losers hear of it', () => cancelled === backups)
    expect(inFlight()).toBe(0)
  })

  test('a server stream, too, until anything of it came', async () => {
    const slow = await replica({ list: (call) => void setTimeout(() => { call.write('slow'); call.end() }, 300) })
    const fast = await replica()
    const { client } = rig([slow, fast], { policy: { ...plain, backup: { after: '40ms', maxExtraLoad: 1 }, budget: { initial: 100 } } })
    for (let i = 0; i < 2; i++) expect((await readAll(client.list('a b'))).parts).toEqual(['a', 'b'])
  })
})

describe('what may be sent again', () => {
  test('a call, a table by method, and the definition say so, in this order', async () => {
    const put = (_call: unknown, done: (error: object) => void): void => done(failing(status.UNAVAILABLE))
    const get = put
    const tries = async (make: (client: CatalogClient) => Promise<unknown>, options: Parameters<typeof rig>[1]): Promise<number> => {
      const both = [await replica({ put, get }), await replica({ put, get })]
      await make(rig(both, { policy: retrying, ...options }).client)
      return both.reduce((sum, { seen }) => sum + seen.length, 0)
    }
    const putting = (client: CatalogClient) => answerOf((done) => client.put('tea', done))
    const getting = (client: CatalogClient) => answerOf((done) => client.get('tea', done))
    expect(await tries(putting, {})).toBe(1)
    expect(await tries(putting, { repeat: { Put: 'sequential' } })).toBe(2)
    expect(await tries(putting, { repeat: { 'shop.Catalog/Put': 'always' } })).toBe(2)
    expect(await tries((client) => answerOf((done) => client.put('tea', callOptions({ mesh: { repeat: 'always' } }), done)), {})).toBe(2)
    expect(await tries(getting, {})).toBe(2)
    expect(await tries(getting, { repeat: { Get: 'never' } })).toBe(1)
    expect(await tries(getting, { service: undefined })).toBe(1)
  })

  test('options of a call that are wrong are told at once', async () => {
    const { client } = rig([await replica()])
    expect(() => client.get('tea', callOptions({ mesh: { repeat: 'twice' as never } }), () => {})).toThrow('mesh.repeat')
  })
})

describe('business codes', () => {
  /** google.rpc.Status with an ErrorInfo of this reason, as protobuf writes it. */
  function details(reason: string): Buffer {
    const field = (number: number, bytes: Buffer): Buffer => Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes])
    const info = field(1, Buffer.from(reason))
    const any = Buffer.concat([field(1, Buffer.from('type.googleapis.com/google.rpc.ErrorInfo')), field(2, info)])
    return Buffer.concat([Buffer.from([8, 9]), field(2, Buffer.from('stock is low')), field(3, any)])
  }

  test('the reason of a failure is one, which retry.codes may name', async () => {
    const get = (_call: unknown, done: (error: object) => void): void => done(failing(status.UNAVAILABLE, 'no', { 'grpc-status-details-bin': details('STOCK_LOCKED') }))
    const one = await replica({ get })
    const { client, events } = rig([one, await replica()], { policy: { ...retrying, retry: { codes: ['STOCK_LOCKED'], backoff: { min: 0, max: 0 } } } })
    for (let i = 0; i < 2; i++) expect((await answerOf((done) => client.get('tea', done))).reply).toBe('got tea')
    expect(events.find((event) => event.type === 'tried' && event.outcome.kind === 'failure')).toMatchObject({ outcome: { business: 'STOCK_LOCKED' } })
  })

  test('a function over status and trailers finds others, and one that throws is passed over', async () => {
    const get = (_call: unknown, done: (error: object) => void): void => done(failing(status.FAILED_PRECONDITION, 'no', { 'x-biz': '5003' }))
    const { client, events } = rig([await replica({ get }), await replica()], {
      policy: { ...retrying, retry: { codes: ['SOLD_OUT'], backoff: { min: 0, max: 0 } } },
      classify: ({ metadata }) => (metadata.get('x-biz')[0] === '5003' ? 'SOLD_OUT' : undefined),
    })
    for (let i = 0; i < 2; i++) expect((await answerOf((done) => client.get('tea', done))).reply).toBe('got tea')
    expect(events.some(({ type }) => type === 'retried')).toBe(true)
    const broken = rig([await replica({ get })], { classify: () => { throw new Error('a bug') } })
    expect((await answerOf((done) => broken.client.get('tea', done))).error?.code).toBe(status.FAILED_PRECONDITION)
  })

  test('an answer such as NOT_FOUND is none of the endpoint’s failures', async () => {
    const { client, events } = rig([await replica({ get: (_call, done) => done(failing(status.NOT_FOUND)) })], { policy: retrying })
    expect((await answerOf((done) => client.get('tea', done))).error?.code).toBe(status.NOT_FOUND)
    expect(events.find(({ type }) => type === 'tried')).toMatchObject({ outcome: { kind: 'success', code: 'NOT_FOUND' } })
  })
})

test('load reports in trailers reach the balancer', async () => {
  const trailers = new Metadata()
  trailers.set('endpoint-load-metrics-bin', Buffer.from(encodeLoadReport({ cpuUtilization: 0.5, rpsFractional: 100, eps: 2 })))
  const one = await replica({ get: (_call, done) => done(null, 'well', trailers) })
  const { client, mesh } = rig([one], { policy: { ...plain, balance: 'weighted-round-robin' } })
  const { core } = mesh.host.lend('catalog')
  const weights: number[] = []
  core.cluster.reportWeight = (_endpoint, weight) => void weights.push(weight)
  await answerOf((done) => client.get('tea', done))
  expect(weights).toEqual([100 / 0.52])
  const inFlight = new Metadata()
  inFlight.set('endpoint-load-metrics-bin', Buffer.from(encodeLoadReport({ namedMetrics: { in_flight: 7 } })))
  const busy = await replica({ get: (_call, done) => done(null, 'well', inFlight) })
  const other = rig([busy], { policy: { ...plain, balance: 'latency' } })
  const queues: number[] = []
  other.mesh.host.lend('catalog').core.cluster.reportInFlight = (_lease, count) => void queues.push(count)
  await answerOf((done) => other.client.get('tea', done))
  expect(queues).toEqual([7])
})

test('a fallback’s message is the reply, and its reader never parses it', async () => {
  const gone = await replica()
  gone.close()
  const { client } = rig([gone], { policy: { ...plain, fallback: () => 'from the cache' } })
  expect(await answerOf((done) => client.get('tea', done))).toEqual({ error: null, reply: 'from the cache' })
})

test('a patch holds from the next call on, and off is a plain call', async () => {
  const one = await replica()
  const { client, mesh } = rig([one])
  expect((await answerOf((done) => client.get('tea', done))).error).toBe(null)
  const change = mesh.patch({ services: { catalog: { policy: { drop: 1 } } } })
  expect((await answerOf((done) => client.get('tea', done))).error?.details).toContain('(drop)')
  mesh.mode('off')
  expect((await answerOf((done) => client.get('tea', done))).error).toBe(null)
  mesh.mode('on')
  change.undo()
  expect((await answerOf((done) => client.get('tea', done))).error).toBe(null)
})

test('health is asked by grpc.health.v1, and keeps traffic off', async () => {
  const asked: string[] = []
  const checked = async (...said: number[]) => {
    const server = new Server()
    const echo = (bytes: Buffer): Buffer => bytes
    server.addService({ check: { path: '/grpc.health.v1.Health/Check', requestStream: false, responseStream: false, requestSerialize: echo, requestDeserialize: echo, responseSerialize: echo, responseDeserialize: echo } } as never, {
      check: (call: { request: Buffer }, done: (error: null, reply: Buffer) => void) => { asked.push(call.request.subarray(2).toString()); done(null, Buffer.from(said)) },
    } as never)
    const port = await new Promise<number>((resolve) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, at) => resolve(at)))
    onTestFinished(() => server.forceShutdown())
    return { url: `http://127.0.0.1:${port}` }
  }
  const endpoints = [await checked(8, 1), await checked(8, 2), await checked(10, 9, 1)]
  const { mesh } = rig(endpoints, { policy: { ...plain, health: { grpc: 'shop.Catalog', interval: '100ms', unhealthyAfter: 1 } } })
  await eventually('two are known to be ill', () => [1, 2].every((at) => mesh.inspect('catalog').endpoints[at]?.state === 'unreachable'))
  expect(mesh.inspect('catalog').endpoints[0]?.state).toBe('in')
  expect([1, 2].map((at) => mesh.inspect('catalog').health?.[at]?.complaint)).toEqual(['NOT_SERVING', 'an answer that is none'])
  expect(new Set(asked)).toEqual(new Set(['shop.Catalog']))
})

describe('as grpc-js’s users have it', () => {
  test('waitForReady, connectivity and close', async () => {
    const [one, two] = [await replica(), await replica()]
    const { client } = rig([one, two])
    expect(client.getChannel().getTarget()).toBe('inmesh:catalog')
    expect(client.getChannel().getConnectivityState(false)).toBe(connectivityState.IDLE)
    const error = await new Promise<Error | undefined>((resolve) => client.waitForReady(Date.now() + 2000, resolve))
    expect(error).toBeUndefined()
    expect(client.getChannel().getConnectivityState(false)).toBe(connectivityState.READY)
    client.close()
    expect(client.getChannel().getConnectivityState(false)).toBe(connectivityState.SHUTDOWN)
    const late = await answerOf((done) => client.get('tea', done))
    expect(late.error?.code).toBe(status.UNAVAILABLE)
    const nobody = await replica()
    nobody.close()
    const never = rig([nobody])
    expect(await new Promise<Error | undefined>((resolve) => never.client.waitForReady(Date.now() + 100, resolve))).toBeInstanceOf(Error)
  })

  test('an endpoint that leaves ends its calls first, and its channel is closed', async () => {
    let finish = (): void => {}
    const one = await replica({ get: (_call, done) => { finish = () => done(null, 'slow') } })
    const two = await replica()
    const { client, mesh } = rig([one])
    const slow = answerOf((done) => client.get('tea', done))
    await eventually('it is there', () => one.seen.length === 1)
    mesh.patch({ services: { catalog: { endpoints: [two.url] } } })
    expect((await answerOf((done) => client.get('tea', done))).reply).toBe('got tea')
    finish()
    expect((await slow).reply).toBe('slow')
  })

  test('a mesh that closes waits for calls, and cuts off what takes too long', async () => {
    const one = await replica({ get: () => {} })
    const { client, mesh } = rig([one])
    const hung = answerOf((done) => client.get('tea', done))
    const streamed = readAll(client.chat())
    await eventually('it is there', () => one.seen.length >= 1)
    await mesh.close({ within: '30ms' })
    const { error } = await hung
    expect(error?.details).toContain('closed')
    expect((await streamed).code).not.toBe(0)
    expect((await answerOf((done) => client.get('tea', done))).error?.code).toBe(status.UNAVAILABLE)
  })

  test('message size limits, compression and keepalive are each connection’s', async () => {
    const one = await replica({ get: (call, done) => done(null, call.request.repeat(2)) })
    const { client } = rig([one, await replica()], { policy: retrying, channel: { 'grpc.max_receive_message_length': 100, 'grpc.max_send_message_length': 90, 'grpc.default_compression_algorithm': 2, 'grpc.keepalive_time_ms': 10_000 } })
    expect((await answerOf((done) => client.get('x'.repeat(80), done))).error?.code).toBe(status.RESOURCE_EXHAUSTED)
    const sent = await answerOf((done) => client.get('x'.repeat(91), done))
    expect(sent.error).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: expect.stringContaining('send message') })
    expect((await answerOf((done) => client.get('tea', done))).error).toBe(null)
  })

  test('TLS both ways, by the name of the service, with credentials for each call', async () => {
    const pem = await selfsigned.generate([{ name: 'commonName', value: 'catalog.prod' }], { keySize: 2048, extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'catalog.prod' }] }] } as never)
    const [key, cert] = [Buffer.from(pem.private), Buffer.from(pem.cert)]
    const secure = ServerCredentials.createSsl(cert, [{ private_key: key, cert_chain: cert }], true)
    const [one, two] = [await replica({}, secure), await replica({}, secure)]
    const channel = credentials.createSsl(cert, key, cert)
    const { client } = rig([one, two].map(({ url }) => ({ url: url.replace('http:', 'https:') })), { credentials: channel, origins: ['https://catalog.prod'] })
    const own = credentials.createFromMetadataGenerator(({ service_url: url }, told) => {
      const metadata = new Metadata()
      metadata.set('authorization', `token for ${url}`)
      told(null, metadata)
    })
    for (let i = 0; i < 2; i++) expect(await answerOf((done) => client.get('tea', { credentials: own }, done))).toEqual({ error: null, reply: 'got tea' })
    expect(two.seen[0]?.get('authorization')).toEqual(['token for https://catalog.prod/shop.Catalog'])
    let asked = 0
    const broken = credentials.createFromMetadataGenerator((_options, told) => { asked++; told(new Error('no token')) })
    const { error } = await answerOf((done) => client.get('tea', { credentials: broken }, done))
    expect(error?.details).toContain('no token')
    expect(asked).toBe(1)
  })
})

describe('grpcInterceptor', () => {
  const open = (address: string, own: Interceptor): CatalogClient => {
    const client = new CatalogClient(address, credentials.createInsecure(), { interceptors: [own], 'grpc.enable_retries': 0 })
    onTestFinished(() => client.close())
    return client
  }
  const always = callOptions({ mesh: { repeat: 'always' } })

  test('retries over the client’s own channel, for each kind of call', async () => {
    let count = 0
    const flaky = await replica({ get: (call, done) => (++count % 2 === 1 ? done(failing(status.UNAVAILABLE)) : done(null, `got ${call.request}`)) })
    const client = open(flaky.address, grpcInterceptor(retry({ backoff: { min: 0, max: 0 } })))
    expect((await answerOf((done) => client.get('tea', always, done))).reply).toBe('got tea')
    expect((await answerOf((done) => client.get('tea', done))).error?.code).toBe(status.UNAVAILABLE)
    expect((await readAll(client.list('a b'))).parts).toEqual(['a', 'b'])
    expect((await answerOf((done) => { const call = client.sum(done); call.write('x'); call.end('y') })).reply).toBe('xy')
    const chat = client.chat()
    const all = readAll(chat)
    chat.end('hello')
    expect((await all).parts).toEqual(['you said hello'])
  })

  test('times out, drops and backs up', async () => {
    const slow = await replica({ get: (_call, done) => void setTimeout(done, 100, null, 'slow') })
    expect((await answerOf((done) => open(slow.address, grpcInterceptor(timeout('30ms'))).get('tea', done))).error?.code).toBe(status.DEADLINE_EXCEEDED)
    expect((await answerOf((done) => open(slow.address, grpcInterceptor(drop(1))).get('tea', done))).error?.details).toContain('(drop)')
    const before = slow.seen.length
    await answerOf((done) => open(slow.address, grpcInterceptor(backup({ after: '20ms', maxExtraLoad: 1 }))).get('tea', always, done))
    await settled(10)
    expect(slow.seen.length - before).toBe(2)
  })
})
