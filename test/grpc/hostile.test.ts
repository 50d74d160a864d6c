import { Channel, credentials, Metadata, Server, ServerCredentials, status, type ClientOptions, type ServerUnaryCall } from '@grpc/grpc-js'
import { grpcServer } from '@inmesh/grpc'
import { connect } from 'node:http2'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { answerOf, catalogService, CatalogClient, eventually, failing, replica } from './catalog.ts'
import { rawServer } from './raw-server.ts'
import { plain, retrying, rig } from './rig.ts'

const settled = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('a caller who still writes', () => {
  test('when the answer comes early is not left waiting for room', async () => {
    const hasty = await replica({ sum: (_call, done) => done(failing(status.INVALID_ARGUMENT, 'enough')) })
    const { client, inFlight } = rig([hasty])
    let code: number | undefined
    const call = client.sum((error) => { code = error?.code ?? 0 })
    let written = 0
    for (; written < 200; written++) if (!call.write('x'.repeat(10_000))) await Promise.race([once(call, 'drain'), settled(1000).then(() => { throw new Error(`stuck after ${written}`) })])
    await eventually('it is answered', () => code !== undefined)
    expect([code, inFlight()]).toEqual([status.INVALID_ARGUMENT, 0])
  })

  test('when time is up is not either', async () => {
    const deaf = await rawServer((stream) => { stream.pause() })
    const { client } = rig([deaf])
    let code: number | undefined
    const call = client.sum({ deadline: Date.now() + 50 }, (error) => { code = error?.code ?? 0 })
    let written = 0
    for (; written < 200; written++) if (!call.write('x'.repeat(10_000))) await Promise.race([once(call, 'drain'), settled(1000).then(() => { throw new Error(`stuck after ${written}`) })])
    expect(code).toBe(status.DEADLINE_EXCEEDED)
  })
})

test('a reader who comes late gets the stream of whichever try wins', async () => {
  const first = await replica({ list: (call) => void setTimeout(() => { call.write('a'); call.end() }, 120) })
  const second = await replica({ list: (call) => void setTimeout(() => { call.write('b'); call.end() }, 2000) })
  const { client, events } = rig([first, second], { policy: { ...plain, backup: { after: '30ms', maxExtraLoad: 1 }, budget: { initial: 100 } } })
  const call = client.list('a')
  call.on('error', () => {})
  await eventually('there are two', () => events.some(({ type }) => type === 'backed-up'))
  const parts: string[] = []
  call.on('data', (part: string) => parts.push(part))
  await eventually('the first one wins', () => parts.length === 1, 1000)
  expect(parts).toEqual(['a'])
})

describe('a client that is closed during calls', () => {
  test('closes what their further tries open', async () => {
    const bad = await rawServer((stream) => setTimeout(() => stream.close(7), 60))
    const open = new Set<Channel>()
    class Counted extends Channel {
      override close(): void { open.delete(this); super.close() }
    }
    const { client } = rig([bad], { policy: { ...retrying, retry: { maxExtraTries: 2, backoff: { min: 0, max: 0 } } }, openChannel: (target, own, options: ClientOptions) => { const made = new Counted(target.url.host, own, options); open.add(made); return made } })
    const under = answerOf((done) => client.get('tea', done))
    await eventually('it is there', () => bad.streams.length === 1)
    client.close()
    await under
    expect(bad.streams.length).toBeGreaterThan(1)
    expect(open.size).toBe(0)
  })

  test('ends one that waits for a connection', async () => {
    const gone = await replica()
    gone.close()
    const { client, inFlight } = rig([gone])
    let code: number | undefined
    client.get('tea', new Metadata({ waitForReady: true }), (error) => { code = error?.code })
    await settled(100)
    expect(code).toBe(undefined)
    client.close()
    await eventually('it is told', () => code !== undefined, 1000)
    expect([code, inFlight()]).toEqual([status.UNAVAILABLE, 0])
  })
})

test('a call for one that was cancelled before is not sent', async () => {
  const below = await replica()
  const { client, inFlight } = rig([below])
  let code: number | undefined
  const above = await replica({
    get: (call: ServerUnaryCall<string, string>) => void call.on('cancelled', () => setTimeout(() => client.get('tea', { parent: call } as never, (error) => { code = error?.code ?? 0 }), 10)),
  })
  const outer = rig([above])
  const call = outer.client.get('x', () => {})
  await eventually('it is there', () => above.seen.length === 1)
  call.cancel()
  await eventually('it has ended', () => code !== undefined)
  expect([code, below.seen.length, inFlight()]).toEqual([status.CANCELLED, 0, 0])
})

test('many calls for one leave nothing with it', async () => {
  const below = await replica()
  const { client } = rig([below])
  let left = -1
  const above = await replica({
    get: async (call: ServerUnaryCall<string, string>, done) => {
      const before = call.listenerCount('cancelled')
      for (let i = 0; i < 5; i++) await answerOf((told) => client.get('tea', { parent: call } as never, told))
      left = call.listenerCount('cancelled') - before
      done(null, 'well')
    },
  })
  await answerOf((done) => rig([above]).client.get('x', done))
  expect(left).toBe(0)
})

describe('a server', () => {
  async function governed(options: Parameters<typeof grpcServer>[1], handlers: Record<string, unknown>): Promise<{ address: string; inFlight(): number }> {
    const own = grpcServer(undefined, options)
    const server = new Server({ interceptors: [own] })
    const none = (_call: unknown, done: (error: unknown, reply?: string) => void): void => done(null, 'well')
    server.addService(catalogService, { get: none, put: none, list: none, sum: none, chat: none, ...handlers } as never)
    const port = await new Promise<number>((resolve) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, at) => resolve(at)))
    onTestFinished(() => server.forceShutdown())
    return { address: `127.0.0.1:${port}`, inFlight: () => own.inspect().inFlight }
  }

  test.each(['/shop.Catalog/Sum', '/shop.Catalog/Chat', '/shop.Catalog/Get', '/shop.Catalog/List'])('that refuses %s bears one without messages', async (path) => {
    const { address } = await governed({ limits: [{ rate: 1, per: '1h', key: () => 'one' }] }, {})
    const session = connect(`http://${address}`)
    onTestFinished(() => session.destroy())
    const ask = (): Promise<unknown> => new Promise((resolve) => {
      const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' })
      let code: unknown
      stream.on('response', (headers) => { code = headers['grpc-status'] }).on('trailers', (trailers) => { code ??= trailers['grpc-status'] })
      stream.on('error', () => {}).on('close', () => resolve(code)).resume().end()
    })
    await ask()
    expect(await ask()).toBe('8')
  })

  test('that has one without messages wait bears it', async () => {
    const held: (() => void)[] = []
    const { address, inFlight } = await governed({ admission: { min: 1, max: 1, maxWait: '5s' } }, {
      get: (_call: unknown, done: (error: unknown, reply?: string) => void) => held.push(() => done(null, 'well')),
    })
    const client = new CatalogClient(address, credentials.createInsecure())
    onTestFinished(() => client.close())
    const first = answerOf((done) => client.get('a', done))
    await eventually('it is there', () => held.length === 1)
    const second = answerOf((done) => client.sum(done).end())
    await settled(100)
    held[0]?.()
    expect((await first).reply).toBe('well')
    expect((await second).reply).toBe('well')
    await eventually('nothing is left', () => inFlight() === 0)
  })
})
