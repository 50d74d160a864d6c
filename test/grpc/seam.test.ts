import * as newest from '@grpc/grpc-js'
import * as older from 'grpc-js-1.12'
import { grpc } from '@inmesh/grpc'
import { createMesh } from 'inmesh'
import { constants } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { answerOf, catalogService, failing, replica, type CatalogClient } from './catalog.ts'
import { rawServer } from './raw-server.ts'
import { retrying } from './rig.ts'

// What the client half takes from grpc-js and grpc-js does not promise in words. Held to it for the oldest version that we
// say we work with, and for the newest.

const versions: readonly (readonly [string, typeof newest])[] = [['1.14', newest], ['1.12', older as unknown as typeof newest]]

describe.each(versions)('grpc-js %s', (_version, grpcjs) => {
  const Client = grpcjs.makeGenericClientConstructor(catalogService, 'shop.Catalog') as unknown as new (address: string, credentials: newest.ChannelCredentials, options?: newest.ClientOptions) => CatalogClient

  function open(address: string, options: newest.ClientOptions = { 'grpc.enable_retries': 0 }): newest.Channel {
    const channel = new grpcjs.Channel(`ipv4:${address}`, grpcjs.credentials.createInsecure(), options)
    onTestFinished(() => channel.close())
    return channel
  }

  function call(channel: newest.Channel): Promise<{ readonly status: newest.StatusObject; readonly peer: string }> {
    return new Promise((resolve) => {
      const made = channel.createCall('/shop.Catalog/Get', Infinity, undefined, null, undefined)
      made.start(new grpcjs.Metadata(), { onReceiveMetadata: () => {}, onReceiveMessage: () => {}, onReceiveStatus: (status) => resolve({ status, peer: made.getPeer() }) })
      made.startRead()
      made.sendMessageWithContext({}, Buffer.from('tea'))
      made.halfClose()
    })
  }

  test('hands a client’s credentials and channel options to channelFactoryOverride, and its channel to callInvocationTransformer', () => {
    const channel = open('127.0.0.1:1')
    const credentials = grpcjs.credentials.createInsecure()
    const seen: unknown[] = []
    const client = new Client('catalog', credentials, {
      'grpc.keepalive_time_ms': 1234,
      channelFactoryOverride: (address, own, options) => { seen.push(address, own, options['grpc.keepalive_time_ms']); return channel },
      callInvocationTransformer: (made) => { seen.push(made.channel, made.methodDefinition.responseStream, made.methodDefinition.requestStream); return made },
    })
    client.list('a').on('error', () => {})
    expect(seen).toEqual(['catalog', credentials, 1234, channel, true, false])
  })

  test('names the target as the peer of a call that never left, and another peer of one that did', async () => {
    const gone = await replica()
    gone.close()
    const unsent = open(gone.address)
    expect((await call(unsent)).peer).toBe(unsent.getTarget())
    const bad = await replica({ get: (_call, done) => done(failing(newest.status.UNAVAILABLE)) })
    const sent = open(bad.address)
    const { peer } = await call(sent)
    expect(peer).not.toBe(sent.getTarget())
    expect(peer).toContain('127.0.0.1')
  })

  test('says in these words that a stream was refused, and sends it once where retries are off', async () => {
    const refusing = await rawServer((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM))
    const { status } = await call(open(refusing.address))
    expect(status).toMatchObject({ code: newest.status.UNAVAILABLE, details: 'Stream refused by server' })
    expect(refusing.streams).toHaveLength(1)
  })

  test('a client of it works over a mesh: retry, refusal and metadata', async () => {
    const bad = await replica({ get: (_call, done) => done(failing(newest.status.UNAVAILABLE)) })
    const good = await replica()
    const refusing = await rawServer((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM))
    const mesh = createMesh({ services: { catalog: { endpoints: [bad, good, refusing].map(({ url }) => url), policy: { ...retrying, retry: { maxExtraTries: 3, backoff: { min: 0, max: 0 } } } } } })
    const client = new Client('catalog', grpcjs.credentials.createInsecure(), grpc(mesh).options('catalog', {
      service: catalogService,
      openChannel: ({ url }, credentials, options) => new grpcjs.Channel(`ipv4:${url.host}`, credentials as never, options as never) as never,
    }))
    onTestFinished(async () => { client.close(); await mesh.close() })
    for (let i = 0; i < 6; i++) expect((await answerOf((done) => client.get('tea', done))).reply).toBe('got tea')
    const streamed = await answerOf((done) => { const made = client.sum(done); made.write('x'); made.end('y') })
    expect(streamed.reply ?? streamed.error?.code).toMatch(/xy/)
    expect(good.seen.length).toBeGreaterThanOrEqual(6)
  })
})

describe('what plain grpc-js does, which the docs say', () => {
  const plainClient = (address: string, config: object): CatalogClient => {
    const Client = newest.makeGenericClientConstructor(catalogService, 'shop.Catalog') as unknown as new (address: string, credentials: newest.ChannelCredentials, options?: newest.ClientOptions) => CatalogClient
    const client = new Client(address, newest.credentials.createInsecure(), { 'grpc.service_config': JSON.stringify(config) })
    onTestFinished(() => client.close())
    return client
  }
  const hedging = { name: [{}], hedgingPolicy: { maxAttempts: 2, hedgingDelay: '0.02s', nonFatalStatusCodes: ['UNAVAILABLE'] } }

  test('its hedges never ask its throttle', async () => {
    const failed = await replica({ get: (_call, done) => done(failing(newest.status.UNAVAILABLE)) })
    const throttle = { maxTokens: 2, tokenRatio: 0.001 }
    // The same service, out of tokens: of retries nothing is left.
    const retried = plainClient(failed.address, { methodConfig: [{ name: [{}], retryPolicy: { maxAttempts: 2, initialBackoff: '0.01s', maxBackoff: '0.01s', backoffMultiplier: 1, retryableStatusCodes: ['UNAVAILABLE'] } }], retryThrottling: throttle })
    for (let i = 0; i < 5; i++) await answerOf((done) => retried.get('tea', done))
    const before = failed.seen.length
    for (let i = 0; i < 5; i++) await answerOf((done) => retried.get('tea', done))
    expect(failed.seen.length - before).toBe(5)
    // Hedges go on, each failing call after call.
    const both = await replica({ get: (_call, done) => void setTimeout(() => done(failing(newest.status.UNAVAILABLE)), 40) })
    const hedged = plainClient(both.address, { methodConfig: [hedging], retryThrottling: throttle })
    for (let i = 0; i < 5; i++) await answerOf((done) => hedged.get('tea', done))
    const from = both.seen.length
    for (let i = 0; i < 5; i++) await answerOf((done) => hedged.get('tea', done))
    expect(both.seen.length - from).toBe(10)
  })

  test('a hedge may go to the very endpoint that is slow', async () => {
    const served: string[] = []
    const slow = (name: string) => replica({ get: ({ request }, done) => { served.push(`${request} at ${name}`); setTimeout(done, 60, null, 'slow') } })
    const [one, other] = [await slow('one'), await slow('other')]
    const client = plainClient(`ipv4:${one.address},${other.address}`, { loadBalancingConfig: [{ round_robin: {} }], methodConfig: [hedging] })
    await new Promise<void>((resolve) => client.waitForReady(Date.now() + 2000, () => resolve()))
    // Two calls at a time: the turn that one's hedge takes is the other's, and both of a call's tries may meet at one endpoint.
    for (let i = 0; i < 10; i++) await Promise.all(['a', 'b'].map((name) => answerOf((done) => client.get(`${name}${i}`, done))))
    const twice = served.filter((what, at) => served.indexOf(what) !== at)
    expect(twice.length).toBeGreaterThan(0)
  })

  test('an unreadable pushback is an immediate retry', async () => {
    const pushing = await replica({ get: (_call, done) => done(failing(newest.status.UNAVAILABLE, 'later', { 'grpc-retry-pushback-ms': 'soon' })) })
    const client = plainClient(pushing.address, { methodConfig: [{ name: [{}], retryPolicy: { maxAttempts: 3, initialBackoff: '0.01s', maxBackoff: '0.01s', backoffMultiplier: 1, retryableStatusCodes: ['UNAVAILABLE'] } }] })
    await answerOf((done) => client.get('tea', done))
    expect(pushing.seen.length).toBeGreaterThan(1)
  })
})
