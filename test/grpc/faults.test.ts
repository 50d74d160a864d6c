import { Metadata, status } from '@grpc/grpc-js'
import { explain } from 'inmesh'
import { constants } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { answerOf, eventually, failing, readAll, replica } from './catalog.ts'
import { answer, framed, leavingServer, rawServer, trailersOnly, type OnStream } from './raw-server.ts'
import { plain, retrying, rig } from './rig.ts'

const within = (ms: number): { readonly deadline: number } => ({ deadline: Date.now() + ms })

describe('a server that is not well', () => {
  test.each<[string, OnStream, status, RegExp]>([
    ['resets streams', (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR), status.INTERNAL, /RST_STREAM/],
    ['refuses streams', (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM), status.UNAVAILABLE, /refused/],
    ['asks for calm', (stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM), status.RESOURCE_EXHAUSTED, /./],
    ['ends without a status', (stream) => { stream.respond({ ':status': 200, 'content-type': 'application/grpc' }); stream.end() }, status.INTERNAL, /without gRPC status/],
    ['is an HTTP server that is overloaded', (stream) => { stream.respond({ ':status': 503 }); stream.end('busy') }, status.UNAVAILABLE, /503/],
    ['is an HTTP server that does not know the path', (stream) => stream.respond({ ':status': 404 }, { endStream: true }), status.UNIMPLEMENTED, /404/],
    ['has a status that is none', (stream) => trailersOnly(stream, 99), status.UNKNOWN, /^$/],
    ['has a status that is no number', (stream) => answer(stream, 'x', { 'grpc-status': 'well' }), status.UNKNOWN, /^$/],
    ['compresses in a way that nobody knows', (stream) => { stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-encoding': 'lzma' }); stream.end(Buffer.from([1, 0, 0, 0, 2, 1, 1])) }, status.INTERNAL, /compress/],
    ['says gzip of what is none', (stream) => { stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-encoding': 'gzip' }); stream.end(Buffer.from([1, 0, 0, 0, 2, 1, 1])) }, status.INTERNAL, /./],
    ['dies', (_stream, die) => die(), status.UNAVAILABLE, /./],
    ['answers in the head alone', (stream) => trailersOnly(stream, 5, { 'grpc-message': 'no%20such%20thing' }), status.NOT_FOUND, /no such thing/],
  ])('%s: the caller gets the status of gRPC, and nothing stays behind', async (_what, onStream, code, details) => {
    const bad = await rawServer(onStream)
    const { client, inFlight, events } = rig([bad])
    for (const call of [answerOf((done) => client.get('tea', done)), answerOf((done) => client.put('tea', done))]) {
      const { error } = await call
      expect(status[error?.code ?? 0]).toBe(status[code])
      expect(error?.details).toMatch(details)
    }
    const streamed = await readAll(client.list('a'))
    expect(status[streamed.code]).toBe(status[code])
    expect(inFlight()).toBe(0)
    expect(events.filter(({ type }) => type === 'tried')).toHaveLength(3)
  })

  test('never answers: the deadline ends the call, here and there', async () => {
    const bad = await rawServer(() => {})
    const { client, inFlight } = rig([bad])
    const calls = [answerOf((done) => client.get('tea', within(60), done)), answerOf((done) => client.put('tea', within(60), done))]
    const streamed = readAll(client.list('a', within(60)))
    for (const { error } of await Promise.all(calls)) expect(error).toMatchObject({ code: status.DEADLINE_EXCEEDED })
    expect((await streamed).code).toBe(status.DEADLINE_EXCEEDED)
    expect(inFlight()).toBe(0)
    await eventually('the server hears of it', () => bad.streams.length === 3 && bad.streams.every((stream) => stream.closed))
  })

  test('answers after the deadline: nobody hears it', async () => {
    const late = await replica({ get: (_call, done) => void setTimeout(done, 80, null, 'late') })
    const { client, inFlight } = rig([late])
    const told: number[] = []
    const { error } = await answerOf((done) => client.get('tea', within(30), done).on('status', ({ code }) => told.push(code)))
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([told, inFlight()]).toEqual([[status.DEADLINE_EXCEEDED], 0])
  })

  test('dies in the middle of a stream: what came is the reader’s, and the endpoint hears of it', async () => {
    const bad = await rawServer((stream, die) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
      stream.write(framed('a'), () => setTimeout(die, 20))
    })
    const { client, inFlight, events } = rig([bad], { policy: retrying })
    const { parts, code } = await readAll(client.list('a b'))
    expect([parts, status[code]]).toEqual([['a'], 'UNAVAILABLE'])
    expect(inFlight()).toBe(0)
    expect(events.find(({ type }) => type === 'tried')).toMatchObject({ outcome: { kind: 'failure', code: 'UNAVAILABLE', reach: 'processed' } })
  })

  test('refuses a stream: it goes elsewhere, even one that may be done once only, and its messages with it', async () => {
    const bad = await rawServer((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM))
    const { client } = rig([bad, await replica()], { policy: retrying })
    for (let i = 0; i < 4; i++) expect((await answerOf((done) => client.put('tea', done))).reply).toBe('put tea')
    for (let i = 0; i < 2; i++) {
      const { reply, error } = await answerOf((done) => { const call = client.sum(done); call.write('x'); call.write('y'); call.end('z') })
      expect([error, reply]).toEqual([null, 'xyz'])
    }
    expect(bad.streams.length).toBeGreaterThan(1)
  })

  test('sends GOAWAY: what it will not serve goes elsewhere', async () => {
    const leaving = await leavingServer()
    const { client } = rig([leaving, await replica()], { policy: retrying })
    for (let i = 0; i < 2; i++) expect((await answerOf((done) => client.put('tea', within(2000), done))).reply).toBe('put tea')
    expect(leaving.asked()).toBeGreaterThan(0)
  })

  test('has metadata that cannot be read: the call is what its status says', async () => {
    const odd = await rawServer((stream) => answer(stream, 'tea', { 'grpc-status': '0', 'endpoint-load-metrics-bin': '%%%', 'endpoint-load-metrics': 'JSON {"named', 'inmesh-refused': 'perhaps', 'grpc-status-details-bin': '////' }))
    const { client } = rig([odd])
    expect((await answerOf((done) => client.get('tea', done))).reply).toBe('tea')
    const bad = await rawServer((stream) => trailersOnly(stream, 14, { 'grpc-status-details-bin': '////', 'grpc-message': '%ZZ' }))
    const { error } = await answerOf((done) => rig([bad]).client.get('tea', done))
    expect(error?.code).toBe(status.UNAVAILABLE)
  })
})

describe('pushback', () => {
  const pushing = (value: string, first = true) => {
    let count = 0
    return replica({ get: (_call, done) => (first && count++ > 0 ? done(null, 'at last') : done(failing(status.UNAVAILABLE, 'later', { 'grpc-retry-pushback-ms': value }))) })
  }

  test.each(['-1', 'soon', '', '1.5', '99999999999'])('%j stops', async (value) => {
    const one = await pushing(value)
    const { client } = rig([one, await pushing(value)], { policy: retrying })
    expect((await answerOf((done) => client.get('tea', done))).error?.details).toBe('later')
  })

  test('a number is waited for', async () => {
    const both = [await pushing('60'), await pushing('60')]
    const { client } = rig(both, { policy: { ...retrying, retry: { maxExtraTries: 2, backoff: { min: 0, max: 0 } } } })
    const begun = performance.now()
    expect((await answerOf((done) => client.get('tea', done))).reply).toBe('at last')
    expect(performance.now() - begun).toBeGreaterThan(58)
  })
})

describe('the end of a call by its caller', () => {
  test('a cancel is heard on both sides, whatever the kind', async () => {
    const cancelled: string[] = []
    const hang = (name: string) => (call: { on(event: string, fn: () => void): unknown }): void => void call.on('cancelled', () => cancelled.push(name))
    const one = await replica({ get: hang('get'), list: hang('list'), sum: hang('sum'), chat: hang('chat') })
    const { client, inFlight } = rig([one])
    const ends: number[] = []
    const get = client.get('a', (error) => ends.push(error?.code ?? 0))
    const list = client.list('a').on('error', () => {}).on('status', ({ code }) => ends.push(code))
    const sum = client.sum((error) => ends.push(error?.code ?? 0))
    const chat = client.chat().on('error', () => {}).on('status', ({ code }: { code: number }) => ends.push(code))
    list.resume()
    chat.resume()
    sum.write('x')
    chat.write('x')
    await eventually('all have come', () => one.seen.length === 4)
    for (const call of [get, list, sum, chat]) call.cancel()
    await eventually('all are over', () => ends.length === 4 && cancelled.length === 4)
    expect(ends).toEqual([1, 1, 1, 1])
    expect(inFlight()).toBe(0)
  })

  test('more cancels than a server bears do not hurt the calls that go on', async () => {
    const one = await replica({ get: (call, done) => (call.request === 'hang' ? undefined : done(null, 'well')) })
    const { client, inFlight } = rig([one])
    await answerOf((done) => client.get('first', done))
    const ended: number[] = []
    const calls = Array.from({ length: 1500 }, () => client.get('hang', (error) => ended.push(error?.code ?? 0)))
    await eventually('all have come', () => one.seen.length === 1501)
    for (const call of calls) call.cancel()
    await eventually('all are over for their callers', () => ended.length === 1500)
    expect(inFlight()).toBe(0)
    for (let i = 0; i < 20; i++) expect((await answerOf((done) => client.get('tea', done))).reply).toBe('well')
  })

  test('cancelled before it was sent', async () => {
    const one = await replica()
    const { client, inFlight } = rig([one])
    const ends: number[] = []
    const call = client.sum((error) => ends.push(error?.code ?? 0))
    call.cancel()
    await eventually('it is over', () => ends.length === 1)
    expect([ends, inFlight()]).toEqual([[1], 0])
  })
})

describe('what a policy refuses', () => {
  test('is a status with the reason, never before the call is returned, and explain() knows it', async () => {
    const one = await replica()
    const { client } = rig([one], { policy: { ...plain, drop: 1 } })
    let returned = false
    const { error } = await answerOf((done) => {
      const call = client.get('tea', (...all) => { expect(returned).toBe(true); done(...all) })
      returned = true
      return call
    })
    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining('(drop)') })
    expect(explain(error)).toMatchObject({ refused: true, policy: 'drop', service: 'catalog' })
    expect(one.seen).toHaveLength(0)
  })

  test('a failure of the callee has the tries', async () => {
    const bad = await replica({ get: (_call, done) => done(failing(status.INTERNAL, 'broken')) })
    const { client } = rig([bad], { policy: retrying })
    const { error } = await answerOf((done) => client.get('tea', done))
    expect(error).toMatchObject({ code: status.INTERNAL, details: 'broken' })
    expect(explain(error)?.tries).toMatchObject([{ outcome: 'INTERNAL (processed)' }, {}])
  })

  test('no endpoint', async () => {
    const gone = await replica()
    gone.close()
    const { client } = rig([gone])
    const { error } = await answerOf((done) => client.get('tea', done))
    expect(error).toMatchObject({ code: status.UNAVAILABLE })
    expect(explain(error)?.tries).toMatchObject([{ outcome: 'UNAVAILABLE (unsent)' }])
  })
})

describe('wait for ready', () => {
  test('waits until somebody is there', async () => {
    const gone = await replica()
    const other = await replica()
    gone.close()
    other.close()
    const { client } = rig([gone, other], { policy: retrying, channel: { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 50 } })
    const metadata = new Metadata({ waitForReady: true })
    const waiting = answerOf((done) => client.get('tea', metadata, within(5000), done))
    await new Promise((resolve) => setTimeout(resolve, 150))
    await replica({}, undefined, Number(other.address.split(':')[1]))
    expect((await waiting).reply).toBe('got tea')
  })

  test('and no longer than its deadline', async () => {
    const gone = await replica()
    gone.close()
    const { client, inFlight } = rig([gone])
    const { error } = await answerOf((done) => client.get('tea', new Metadata({ waitForReady: true }), within(80), done))
    expect([error?.code, inFlight()]).toEqual([status.DEADLINE_EXCEEDED, 0])
  })
})
