import { Metadata, status } from '@grpc/grpc-js'
import { callOptions } from '@inmesh/grpc'
import { describe, expect, test } from 'vitest'
import { answerOf, eventually, failing, readAll, replica } from './catalog.ts'
import { retrying, rig } from './rig.ts'

describe('each kind of call', () => {
  test('unary: goes round the endpoints and gives message, metadata and status', async () => {
    const [one, two] = [await replica(), await replica()]
    const { client, inFlight, events } = rig([one, two])
    const heard: string[] = []
    for (let i = 0; i < 4; i++) {
      const { error, reply } = await answerOf((done) => client.get('tea', done).on('metadata', () => heard.push('metadata')).on('status', ({ code }) => heard.push(`status ${code}`)))
      expect([error, reply]).toEqual([null, 'got tea'])
    }
    expect([one.seen.length, two.seen.length]).toEqual([2, 2])
    await eventually('the events are emitted', () => heard.length === 8)
    expect(heard.slice(0, 2)).toEqual(['metadata', 'status 0'])
    expect(inFlight()).toBe(0)
    expect(events.filter(({ type }) => type === 'tried')).toHaveLength(4)
    expect(events.find(({ type }) => type === 'ended')).toMatchObject({ operation: 'shop.Catalog/Get', outcome: { kind: 'success', code: 'OK' } })
  })

  test('server streaming: messages in order, and in flight until the status', async () => {
    const one = await replica()
    const { client, inFlight } = rig([one])
    expect(await readAll(client.list('a b c d'))).toEqual({ parts: ['a', 'b', 'c', 'd'], error: undefined, code: 0 })
    expect(inFlight()).toBe(0)
  })

  test('client streaming: every message, one answer', async () => {
    const one = await replica()
    const { client, inFlight } = rig([one])
    const { error, reply } = await answerOf((done) => {
      const call = client.sum(done)
      for (const text of ['x', 'y', 'z']) call.write(text)
      call.end()
    })
    expect([error, reply]).toEqual([null, 'xyz'])
    expect(inFlight()).toBe(0)
  })

  test('bidirectional: a conversation', async () => {
    const one = await replica()
    const { client, inFlight } = rig([one])
    const call = client.chat()
    const all = readAll(call)
    call.write('hello')
    await eventually('it is on its way', () => one.seen.length === 1)
    call.write('bye')
    call.end()
    expect(await all).toEqual({ parts: ['you said hello', 'you said bye'], error: undefined, code: 0 })
    expect(inFlight()).toBe(0)
  })
})

describe('retries', () => {
  test('a unary call that may be repeated goes to another endpoint, and says that it is a retry', async () => {
    const bad = await replica({ get: (_call, done) => done(failing(status.UNAVAILABLE)) })
    const good = await replica()
    const { client, events } = rig([bad, good], { policy: retrying })
    for (let i = 0; i < 4; i++) expect((await answerOf((done) => client.get('tea', done))).reply).toBe('got tea')
    expect(events.filter(({ type }) => type === 'retried').length).toBe(bad.seen.length)
    const again = good.seen.filter((metadata) => metadata.get('grpc-previous-rpc-attempts').length > 0)
    expect(again.length).toBe(bad.seen.length)
    expect(again[0]?.get('grpc-previous-rpc-attempts')).toEqual(['1'])
    expect(again[0]?.get('inmesh-attempt')).toEqual(['retry;after=overload'])
  })

  test('one that may not is sent once', async () => {
    const put = (_call: unknown, done: (error: object) => void): void => done(failing(status.UNAVAILABLE, 'overloaded'))
    const bad = [await replica({ put }), await replica({ put })]
    const { client } = rig(bad, { policy: retrying })
    const { error } = await answerOf((done) => client.put('tea', done))
    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: 'overloaded' })
    expect(bad.flatMap(({ seen }) => seen)).toHaveLength(1)
  })

  test('a server stream is sent again before anything of it was shown, and never after', async () => {
    const bad = await replica({ list: (call) => call.emit('error', failing(status.UNAVAILABLE)) })
    const good = await replica()
    const { client } = rig([bad, good], { policy: retrying })
    for (let i = 0; i < 4; i++) expect((await readAll(client.list('a b'))).parts).toEqual(['a', 'b'])
    const broken = await replica({ list: (call) => { call.write('a'); setTimeout(() => call.emit('error', failing(status.UNAVAILABLE)), 20) } })
    const late = rig([broken, good], { policy: retrying })
    const ends = [await readAll(late.client.list('a b')), await readAll(late.client.list('a b'))]
    expect(ends.map(({ code }) => code).toSorted()).toEqual([0, status.UNAVAILABLE])
    expect(late.events.filter(({ type }) => type === 'retried')).toHaveLength(0)
    expect(late.events.filter((event) => event.type === 'tried' && event.outcome.kind === 'failure')).toHaveLength(1)
  })

  test('an endpoint that nobody listens at is passed by, free of budget, whatever the call', async () => {
    const gone = await replica()
    gone.close()
    const good = await replica()
    const { client } = rig([gone, good], { policy: { ...retrying, budget: { ratio: 0, floor: 0, initial: 0 } } })
    for (let i = 0; i < 4; i++) expect((await answerOf((done) => client.put('tea', done))).reply).toBe('put tea')
    const streamed = await answerOf((done) => { const call = client.sum(done); call.write('x'); call.write('y'); call.end() })
    expect(streamed.reply).toBe('xy')
  })

  test('messages that come while an endpoint is still looked for arrive whole and in order', async () => {
    for (let round = 0; round < 4; round++) {
      const gone = await replica()
      gone.close()
      const { client } = rig([gone, await replica()], { policy: retrying })
      const { reply } = await answerOf((done) => {
        const call = client.sum(done)
        const next = (left: number): void => { if (left === 0) call.end(); else call.write(String(left % 10), () => next(left - 1)) }
        next(30)
      })
      expect(reply).toBe(Array.from({ length: 30 }, (_, i) => (30 - i) % 10).join(''))
    }
  })

  test('a stream of messages that a server may have read is not sent again, whatever its caller says', async () => {
    const sum = (call: { on(event: string, fn: () => void): unknown }, done: (error: object) => void): void => {
      call.on('data', () => {})
      call.on('end', () => done(failing(status.UNAVAILABLE)))
    }
    const both = [await replica({ sum }), await replica({ sum })]
    const { client } = rig(both, { policy: retrying })
    const { error } = await answerOf((done) => { const call = client.sum(callOptions({ mesh: { repeat: 'always' } }), done); call.write('x'); call.end() })
    expect([error?.code, both.flatMap(({ seen }) => seen).length]).toEqual([status.UNAVAILABLE, 1])
  })

  test('the caller’s metadata goes with every try', async () => {
    const bad = await replica({ get: (_call, done) => done(failing(status.UNAVAILABLE)) })
    const good = await replica()
    const { client } = rig([bad, good], { policy: retrying })
    const metadata = new Metadata()
    metadata.set('x-request', 'one')
    const done = [answerOf((told) => client.get('a', metadata, told)), answerOf((told) => client.get('b', metadata, told))]
    metadata.set('x-request', 'written later')
    expect((await Promise.all(done)).map(({ reply }) => reply)).toEqual(['got a', 'got b'])
    expect([...bad.seen, ...good.seen].map((seen) => seen.get('x-request'))).toEqual([['one'], ['one'], ['one']])
    expect(metadata.get('grpc-timeout')).toEqual([])
  })
})
