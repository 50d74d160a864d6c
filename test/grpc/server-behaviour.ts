import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { Client, credentials, Metadata, ServerInterceptingCall, status, type ServerDuplexStream, type ServerInterceptor } from '@grpc/grpc-js'
import { currentCall, grpcServer, healthService, type CurrentCall } from '@inmesh/grpc'
import type { MeshEvent } from '@inmesh/pipeline'
import { decodeLoadReport } from '@inmesh/policy'
import { seededRandom } from '@inmesh/testing'
import { createMesh } from 'inmesh'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { kinds, one, send, startApp, type App, type AppOptions, type Kind, type Work } from './server-kinds.ts'

// What a server of grpc-js does under inmesh, over real sockets: run for each version of grpc-js that is supported.

const open: App[] = []

afterEach(() => {
  for (const app of open.splice(0)) app.close()
})

async function running(works: Partial<Record<Kind, Work>> | Work, options: AppOptions = {}): Promise<App> {
  const app = await startApp(works, options)
  open.push(app)
  return app
}

function gate<T = void>() {
  return Promise.withResolvers<T>()
}

/** Does nothing, and tells why it is to stop. */
function stopped() {
  const begun = gate()
  const told = gate<unknown>()
  const work: Work = () => {
    const { signal } = currentCall()!
    signal.addEventListener('abort', () => told.resolve(signal.reason))
    begun.resolve()
    return new Promise(() => {})
  }
  return { work, begun: begun.promise, told: told.promise }
}

/** Passes everything on: with it between, inmesh does not see the stream. */
const passing: ServerInterceptor = (_method, call) => new ServerInterceptingCall(call)

export function behaviour(): void {
  describe.each(kinds)('a call: %s', (kind) => {
    it('has what is left of its time, less the reserve, its criticality and its attempt, in its events and whatever they await', async () => {
      const seen: object[] = []
      let left = 0
      const app = await running(async () => {
        left = currentCall()!.remaining()
        for (let i = 0; i < 2; i++) {
          const { criticality, attempt, isRetry, caller } = currentCall()!
          seen.push({ criticality, attempt, isRetry, caller: caller?.name })
          await after(5)
        }
        return 'yes'
      })
      const { reply } = app.send(kind, { within: 3_000, metadata: { 'inmesh-criticality': 'SHEDDABLE', 'grpc-previous-rpc-attempts': '2', 'inmesh-attempt': 'retry;after=timeout' } })
      expect(await reply).toMatchObject({ code: status.OK, values: ['yes'] })
      expect(left).toBeGreaterThan(2_000)
      expect(left).toBeLessThanOrEqual(2_995)
      const one = { criticality: 'SHEDDABLE', attempt: 2, isRetry: true, caller: '127.0.0.1' }
      expect(seen).toEqual([one, one])
      await vi.waitFor(() => expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, ended: 1, hungUp: 0, overran: 0 }, ignored: {} }))
    })

    it('that comes with no time left is answered DEADLINE_EXCEEDED without its handler', async () => {
      const work = vi.fn<Work>(() => 'no')
      const app = await running(work)
      const { code, trailers } = await app.send(kind, { metadata: { 'grpc-timeout': '0m' } }).reply
      expect([code, one(trailers, 'inmesh-refused')]).toEqual([status.DEADLINE_EXCEEDED, '1'])
      expect(work).not.toHaveBeenCalled()
      expect(app.governed.inspect().requests).toMatchObject({ began: 0, dead: 1 })
    })

    it('hears that its caller has cancelled, also by `cancelled` in its own context', async () => {
      const { work, begun, told } = stopped()
      const heard = gate<CurrentCall | undefined>()
      const app = await running((call) => {
        call.on('cancelled', () => heard.resolve(currentCall()))
        return work(call)
      })
      const sent = app.send(kind)
      await begun
      sent.cancel()
      expect(await told).toMatchObject({ code: 'INMESH_CALLER_GONE' })
      expect((await heard.promise)?.signal.aborted).toBe(true)
      expect((await sent.reply).code).toBe(status.CANCELLED)
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, ended: 0, hungUp: 1 }, admission: { inFlight: 0 } })
    })

    it('that overruns is told before its deadline, and may still answer', async () => {
      const app = await running(async () => {
        const { signal } = currentCall()!
        if (!signal.aborted) await once(signal, 'abort')
        return (signal.reason as { code: string }).code
      }, { options: { deadline: { reserve: '100ms' } } })
      expect(await app.send(kind, { within: 300 }).reply).toMatchObject({ code: status.OK, values: ['INMESH_DEADLINE_EXCEEDED'] })
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { ended: 1, overran: 1 }, admission: { inFlight: 0 } })
    })

    it('that never ends is ended by its deadline, and is none whose caller hung up', async () => {
      const { work, told } = stopped()
      const events: MeshEvent[] = []
      const app = await running(work, { options: { observers: [(event) => void events.push(event)] } })
      // The caller itself waits on: its time is said by hand.
      expect((await app.send(kind, { metadata: { 'grpc-timeout': '80m' } }).reply).code).toBe(status.DEADLINE_EXCEEDED)
      expect(await told).toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED' })
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, ended: 1, overran: 1, hungUp: 0 }, admission: { inFlight: 0 } })
      expect(events.map(({ type }) => type)).toEqual(['request-began', 'request-overran', 'request-ended'])
      expect(events[2]).toMatchObject({ operation: `shop.Catalog/${kind}`, status: 504, code: 'DEADLINE_EXCEEDED' })
    })

    it('that computes beyond its deadline has overrun, whichever clock is heard first', async () => {
      const told = gate<unknown>()
      const app = await running(async () => {
        const { signal } = currentCall()!
        signal.addEventListener('abort', () => told.resolve(signal.reason))
        await after(1)
        const until = performance.now() + 120
        while (performance.now() < until);
        return new Promise(() => {})
      })
      expect((await app.send(kind, { metadata: { 'grpc-timeout': '60m' } }).reply).code).toBe(status.DEADLINE_EXCEEDED)
      expect(await told.promise).toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED' })
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, ended: 1, overran: 1, hungUp: 0 } })
    })

    it('waits for its turn without its handler, and begins in the context in which it came', async () => {
      const ends = [gate(), gate()]
      let begun = 0
      const app = await running(async () => {
        await ends[begun++]!.promise
        return String(currentCall()?.criticality)
      }, { options: { admission: { min: 1, max: 1, maxWait: '5s' } } })
      const first = app.send(kind)
      await vi.waitFor(() => expect(begun).toBe(1))
      const second = app.send(kind, { metadata: { 'inmesh-criticality': 'SHEDDABLE_PLUS' } })
      await vi.waitFor(() => expect(app.governed.inspect().waiting).toBe(1))
      expect(begun).toBe(1)
      ends[0]!.resolve()
      await first.reply
      ends[1]!.resolve()
      expect((await second.reply).values).toEqual(['SHEDDABLE_PLUS'])
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, waiting: 0, admission: { inFlight: 0 }, requests: { ended: 2 } })
    })

    it('whose deadline passes while it waits is answered DEADLINE_EXCEEDED before its handler, and counts as dead', async () => {
      const end = gate()
      let begun = 0
      const app = await running(async () => {
        begun += 1
        await end.promise
        return 'yes'
      }, { options: { admission: { min: 1, max: 1, maxWait: '10s' } } })
      const first = app.send(kind)
      await vi.waitFor(() => expect(begun).toBe(1))
      expect((await app.send(kind, { metadata: { 'grpc-timeout': '60m' } }).reply).code).toBe(status.DEADLINE_EXCEEDED)
      await vi.waitFor(() => expect(app.governed.inspect()).toMatchObject({ waiting: 0, requests: { dead: 1, hungUp: 0, refused: { admission: 0 } }, admission: { waiting: 0 } }))
      end.resolve()
      expect((await first.reply).code).toBe(status.OK)
      expect(begun).toBe(1)
    })

    it('whose caller cancels while it waits is forgotten', async () => {
      const end = gate()
      let begun = 0
      const app = await running(async () => {
        begun += 1
        await end.promise
        return 'yes'
      }, { options: { admission: { min: 1, max: 1, maxWait: '10s' } } })
      const first = app.send(kind)
      await vi.waitFor(() => expect(begun).toBe(1))
      const second = app.send(kind)
      await vi.waitFor(() => expect(app.governed.inspect().waiting).toBe(1))
      second.cancel()
      await vi.waitFor(() => expect(app.governed.inspect()).toMatchObject({ waiting: 0, requests: { hungUp: 1, dead: 0 } }))
      end.resolve()
      await first.reply
      expect(begun).toBe(1)
    })

    it('is refused with UNAVAILABLE where there is no room, with the word that nothing was done', async () => {
      const { work, begun } = stopped()
      const app = await running(work, { options: { admission: { min: 1, max: 1, queue: 0 } } })
      const first = app.send(kind)
      await begun
      const { code, details, trailers } = await app.send(kind).reply
      expect([code, details]).toEqual([status.UNAVAILABLE, 'as many requests are worked on as can be (inmesh: admission, limit)'])
      expect(Object.fromEntries(['inmesh-refused', 'inmesh-do-not-retry', 'grpc-retry-pushback-ms'].map((name) => [name, one(trailers, name)]))).toEqual({ 'inmesh-refused': '1' })
      first.cancel()
      await vi.waitFor(() => expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, refused: { admission: 1 } } }))
    })

    it('is refused with RESOURCE_EXHAUSTED over a rate, with when to come back', async () => {
      const app = await running(() => 'yes', { options: { limits: [{ rate: 1, per: '1m', key: 'caller' }] } })
      expect((await app.send(kind).reply).code).toBe(status.OK)
      const { code, trailers } = await app.send(kind).reply
      expect([code, one(trailers, 'inmesh-refused'), one(trailers, 'ratelimit')]).toEqual([status.RESOURCE_EXHAUSTED, '1', '"caller";r=0;t=60'])
      expect(Number(one(trailers, 'grpc-retry-pushback-ms'))).toBeGreaterThan(50_000)
      expect(Number(one(trailers, 'grpc-retry-pushback-ms'))).toBeLessThanOrEqual(60_000)
      expect(app.governed.inspect()).toMatchObject({ requests: { began: 1, refused: { limits: 1 } }, limits: [{ name: 'caller', keys: 1, refused: 1 }] })
    })

    it('tells the load in its trailers, as its status is sent, and in those of refusals', async () => {
      const app = await running(() => 'yes', { options: { load: { every: '10ms' }, limits: [{ rate: 1_000, burst: 1_000, key: ({ headers }) => (headers['x-none'] === undefined ? undefined : 'none') }] } })
      const report = (trailers: Metadata) => decodeLoadReport(trailers.get('endpoint-load-metrics-bin')[0] as Buffer)
      await vi.waitFor(async () => {
        const [answered, late] = await Promise.all([app.send(kind).reply, app.send(kind, { metadata: { 'grpc-timeout': '0m' } }).reply])
        expect(answered.trailers.get('endpoint-load-metrics-bin')).toHaveLength(1)
        expect(report(answered.trailers)).toMatchObject({ namedMetrics: { in_flight: 1 }, utilization: { event_loop: expect.any(Number) as number } })
        expect(report(late.trailers)?.namedMetrics).toMatchObject({ in_flight: expect.any(Number) as number })
      })
    })

    it('counts once where inmesh is mounted twice', async () => {
      const other = grpcServer(undefined, { limits: [{ rate: 1, per: '1h', burst: 1 }] })
      const app = await running(() => String(currentCall() !== undefined), { behind: [other, passing, other], options: { limits: [{ rate: 2, per: '1h', burst: 2 }] } })
      const replies = [await app.send(kind).reply, await app.send(kind).reply, await app.send(kind).reply]
      expect(replies.map(({ code }) => code)).toEqual([status.OK, status.OK, status.RESOURCE_EXHAUSTED])
      expect(replies[0]!.values).toEqual(['true'])
      expect(app.governed.inspect().requests).toMatchObject({ began: 2, ended: 2, refused: { limits: 1 } })
      expect(other.inspect()).toMatchObject({ inFlight: 0, requests: { began: 0, refused: { limits: 0 } } })
      other.close()
    })

    it('is governed behind other interceptors, too: its end is heard, and who sent it', async () => {
      const { work, begun, told } = stopped()
      const app = await running((call) => (call.metadata.get('x-work').length > 0 ? String(currentCall()!.caller?.name) : work(call)), { before: [passing], behind: [passing] })
      expect(await app.send(kind, { metadata: { 'x-work': '1' } }).reply).toMatchObject({ code: status.OK, values: ['127.0.0.1'] })
      const sent = app.send(kind)
      await begun
      sent.cancel()
      expect(await told).toMatchObject({ code: 'INMESH_CALLER_GONE' })
      expect((await app.send(kind, { metadata: { 'grpc-timeout': '40m' } }).reply).code).toBe(status.DEADLINE_EXCEEDED)
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 3, ended: 2, hungUp: 1 }, admission: { inFlight: 0 } })
    })

    it('passes as if nothing were there under the mode off', async () => {
      const app = await running(() => String(currentCall()), { options: { mode: 'off', limits: [{ rate: 1, per: '1h', burst: 1 }] } })
      for (let i = 0; i < 3; i++) expect((await app.send(kind).reply).values).toEqual(['undefined'])
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 0 } })
    })

    it('says nothing about retries that it does not know, and not to retry where what it needed failed', async () => {
      const app = await running(() => {
        throw Object.assign(new Error('on purpose'), { code: status.INTERNAL, details: 'on purpose' })
      })
      const alone = await app.send(kind).reply
      expect([alone.code, one(alone.trailers, 'grpc-retry-pushback-ms')]).toEqual([status.INTERNAL, undefined])
      const mesh = createMesh({ services: { next: { endpoints: ['http://127.0.0.1:9'], policy: { retry: { mode: 'off' } } } } })
      onTestFinished(() => mesh.close())
      const above = await running(async () => {
        try {
          await mesh.service('next').fetch('/')
        } catch {
          throw Object.assign(new Error('nobody there'), { code: status.UNAVAILABLE, details: 'nobody there' })
        }
        return 'no'
      }, { mesh })
      const { code, trailers } = await above.send(kind).reply
      expect([code, one(trailers, 'inmesh-do-not-retry'), one(trailers, 'grpc-retry-pushback-ms')]).toEqual([status.UNAVAILABLE, '1', '-1'])
    })

    it('hands what is left of its time on to calls through the mesh, and takes them with it when it is cancelled', async () => {
      const seen: (string | string[] | undefined)[] = []
      const hungUp = gate()
      const below = createServer((req, res) => {
        seen.push(req.headers['x-envoy-expected-rq-timeout-ms'], req.headers['inmesh-criticality'])
        res.on('close', () => hungUp.resolve())
      }).listen(0, '127.0.0.1')
      await once(below, 'listening')
      const mesh = createMesh({ services: { next: { endpoints: [`http://127.0.0.1:${(below.address() as AddressInfo).port}`] } } })
      onTestFinished(async () => {
        below.closeAllConnections()
        below.close()
        await mesh.close()
      })
      const app = await running(async () => (await mesh.service('next').fetch('/')).text(), { mesh })
      const sent = app.send(kind, { within: 4_000, metadata: { 'inmesh-criticality': 'SHEDDABLE' } })
      await vi.waitFor(() => expect(seen).toHaveLength(2))
      expect(Number(seen[0])).toBeGreaterThan(2_000)
      expect(Number(seen[0])).toBeLessThanOrEqual(3_995)
      expect(seen[1]).toBe('SHEDDABLE')
      sent.cancel()
      await hungUp.promise
    })
  })

  describe('a call', () => {
    it('has a context in the events of its stream while that goes on: data, drain, end', async () => {
      const seen = new Map<string, number>()
      const see = (event: string): void => void seen.set(event, (seen.get(event) ?? 0) + (currentCall() === undefined ? 1_000 : 1))
      const app = await running({})
      const path = '/shop.Catalog/Flood'
      const text = { serialize: (value: string) => Buffer.from(value), deserialize: (bytes: Buffer) => bytes.toString() }
      const definition = { path, requestStream: true, responseStream: true, requestSerialize: text.serialize, requestDeserialize: text.deserialize, responseSerialize: text.serialize, responseDeserialize: text.deserialize }
      app.server.addService({ Flood: definition }, {
        Flood: (call: ServerDuplexStream<string, string>) => {
          see('begin')
          call.on('data', () => see('data'))
          call.on('drain', () => see('drain'))
          call.on('finish', () => see('finish'))
          call.on('end', () => {
            see('end')
            let left = 40
            const more = (): void => {
              while (left > 0) {
                left -= 1
                if (!call.write('x'.repeat(50_000), () => see('written'))) {
                  call.once('drain', more)
                  return
                }
              }
              call.end()
            }
            more()
          })
        },
      })
      const call = app.client.makeBidiStreamRequest(path, text.serialize, text.deserialize)
      let got = 0
      call.on('data', () => { got += 1 })
      for (let i = 0; i < 20; i++) call.write('y'.repeat(5_000))
      call.end()
      await once(call, 'status')
      expect(got).toBe(40)
      expect(seen.get('drain')).toBeGreaterThan(0)
      expect(Object.fromEntries(seen)).toMatchObject({ begin: 1, data: 20, end: 1, written: 40, finish: 1 })
      expect(seen.get('drain')).toBeLessThan(1_000)
    })

    it('has no slot once it streams, and is under way for as long as it does', async () => {
      const end = gate()
      const app = await running({ ServerStream: async (call) => {
        call.sendMetadata(new Metadata())
        await end.promise
        return 'last'
      } }, { options: { admission: { min: 1, max: 1, queue: 0 } } })
      const stream = app.send('ServerStream')
      await stream.head
      await vi.waitFor(() => expect(app.governed.inspect()).toMatchObject({ inFlight: 1, admission: { inFlight: 0 } }))
      end.resolve()
      expect(await stream.reply).toMatchObject({ code: status.OK, values: ['last'] })
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { ended: 1 } })
    })

    it('that keeps on failing what it needs says so in its trailers though its head is out', async () => {
      const mesh = createMesh({ services: { next: { endpoints: ['http://127.0.0.1:9'], policy: { retry: { mode: 'off' } } } } })
      onTestFinished(() => mesh.close())
      const app = await running({ ServerStream: async (call) => {
        call.sendMetadata(new Metadata())
        await mesh.service('next').fetch('/').catch(() => {})
        throw Object.assign(new Error('nobody there'), { code: status.UNAVAILABLE, details: 'nobody there' })
      } }, { mesh })
      expect(one((await app.send('ServerStream').reply).trailers, 'grpc-retry-pushback-ms')).toBe('-1')
    })

    it('counts rightly where handlers throw, answer twice, or never', async () => {
      const works: Partial<Record<Kind, Work>> = { Unary: () => { throw new Error('on purpose') } }
      const app = await running(works)
      const path = '/shop.Odd/Odd'
      const bytes = { requestSerialize: (value: Buffer) => value, requestDeserialize: (value: Buffer) => value, responseSerialize: (value: Buffer) => value, responseDeserialize: (value: Buffer) => value }
      app.server.addService({ Odd: { path, requestStream: false, responseStream: false, ...bytes } }, {
        Odd: ({ request }: { request: Buffer }, answer: (error: object | null, value?: Buffer) => void) => {
          if (String(request) === 'throws') throw new Error('on purpose')
          if (String(request) === 'never') return
          answer({ code: status.NOT_FOUND })
          answer(null, request)
          answer({ code: status.INTERNAL })
        },
      })
      const odd = (word: string) => {
        const call = app.client.makeUnaryRequest(path, bytes.requestSerialize, bytes.responseDeserialize, Buffer.from(word), () => {})
        return { call, code: once(call, 'status').then(([{ code }]) => code as number) }
      }
      expect((await app.send('Unary').reply).code).toBe(status.UNKNOWN)
      expect(await odd('throws').code).toBe(status.UNKNOWN)
      expect(await odd('twice').code).toBe(status.NOT_FOUND)
      const never = odd('never')
      await vi.waitFor(() => expect(app.governed.inspect().inFlight).toBe(1))
      never.call.cancel()
      await never.code
      await vi.waitFor(() => expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 4, ended: 3, hungUp: 1 }, admission: { inFlight: 0 } }))
    })

    it('whose message cannot be read has ended with what grpc-js answers, and is stopped', async () => {
      const events: MeshEvent[] = []
      const told = gate<unknown>()
      const app = await running({}, { options: { observers: [(event) => void events.push(event)] } })
      const path = '/shop.Catalog/Picky'
      const text = { serialize: (value: string) => Buffer.from(value), read: (value: Buffer): string => {
        if (String(value) === 'unreadable') throw new Error('on purpose')
        return String(value)
      } }
      app.server.addService({ Picky: { path, requestStream: true, responseStream: false, requestSerialize: text.serialize, requestDeserialize: text.read, responseSerialize: text.serialize, responseDeserialize: text.read } }, {
        Picky: (call: NodeJS.ReadableStream) => {
          const { signal } = currentCall()!
          signal.addEventListener('abort', () => told.resolve(signal.reason))
          call.on('data', () => {})
        },
      })
      const call = app.client.makeClientStreamRequest(path, text.serialize, text.read, () => {})
      call.write('readable')
      call.write('unreadable')
      const [{ code }] = await once(call, 'status') as [{ code: number }]
      expect(code).toBe(status.INTERNAL)
      expect(await told.promise).toMatchObject({ code: 'INMESH_CALLER_GONE' })
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, ended: 1, hungUp: 0 }, admission: { inFlight: 0 } })
      expect(events.at(-1)).toMatchObject({ type: 'request-ended', status: 500, code: 'INTERNAL' })
    })

    it('whose message comes after its time, while others compute, is answered before its handler', async () => {
      const work = vi.fn<Work>(() => 'no')
      const computing: ServerInterceptor = (_method, call) => new ServerInterceptingCall(call, {
        start: (next) => next({
          onReceiveHalfClose: (go) => {
            const until = performance.now() + 120
            while (performance.now() < until);
            go()
          },
        }),
      })
      const app = await running(work, { before: [computing] })
      const { code, trailers } = await app.send('Unary', { metadata: { 'grpc-timeout': '60m' } }).reply
      expect([code, one(trailers, 'inmesh-refused')]).toEqual([status.DEADLINE_EXCEEDED, '1'])
      expect(work).not.toHaveBeenCalled()
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { dead: 1, ended: 1 } })
    })

    it('that streams to the server and whose end comes after its time is one that overran, and not one that never began', async () => {
      let told: unknown
      const computing: ServerInterceptor = (_method, call) => new ServerInterceptingCall(call, {
        start: (next) => next({
          onReceiveHalfClose: (go) => {
            const until = performance.now() + 120
            while (performance.now() < until);
            go()
          },
        }),
      })
      const app = await running(() => {
        told = currentCall()!.remaining()
        return new Promise(() => {})
      }, { before: [computing] })
      expect((await app.send('ClientStream', { metadata: { 'grpc-timeout': '60m' } }).reply).code).toBe(status.DEADLINE_EXCEEDED)
      expect(told).toBe(0)
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, dead: 0, ended: 1, hungUp: 0 } })
    })

    it('has its deadline for the whole of it, though its head is out', async () => {
      const told = gate<unknown>()
      const app = await running({ ServerStream: (call) => {
        call.sendMetadata(new Metadata())
        const { signal } = currentCall()!
        signal.addEventListener('abort', () => told.resolve(signal.reason))
        return new Promise(() => {})
      } })
      const sent = app.send('ServerStream', { metadata: { 'grpc-timeout': '150m' } })
      await sent.head
      expect(await told.promise).toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED' })
      expect((await sent.reply).code).toBe(status.DEADLINE_EXCEEDED)
      expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { overran: 1, ended: 1 } })
    })

    it('leaves nothing behind, whatever ends it: answers, errors, cancels, deadlines, refusals, in any order', async () => {
      const random = seededRandom(7)
      const app = await running(async ({ metadata }) => {
        const [how = ''] = metadata.get('x-how')
        if (how === 'never') return new Promise(() => {})
        if (how !== 'now') await after(Number(how))
        if (how === '3') throw Object.assign(new Error('on purpose'), { code: status.ABORTED })
        return 'yes'
      }, { options: { admission: { min: 8, max: 8, queue: 8, maxWait: '20ms' } } })
      const codes = new Set<number>()
      // Fewer cancels than a server of Node takes on one connection at once (1,000).
      for (let round = 0; round < 40; round++) {
        const sent = Array.from({ length: 20 }, () => {
          const of = <T>(all: readonly T[]): T => all[Math.floor(random.next() * all.length)]!
          const how = of(['now', '1', '3', '10', 'never'])
          const call = app.send(of(kinds), { metadata: { 'x-how': how, ...(how === 'never' || random.next() < 0.3 ? { 'grpc-timeout': of(['0m', '1m', '5m', '30m']) } : {}) } })
          if (random.next() < 0.3) setTimeout(() => call.cancel(), random.next() * 15)
          return call.reply
        })
        for (const { code } of await Promise.all(sent)) codes.add(code)
      }
      expect([...codes].toSorted((a, b) => a - b)).toEqual([status.OK, status.CANCELLED, status.DEADLINE_EXCEEDED, status.ABORTED, status.UNAVAILABLE])
      await vi.waitFor(() => expect(app.governed.inspect()).toMatchObject({ inFlight: 0, waiting: 0, admission: { inFlight: 0, waiting: 0 } }))
      const { began, ended, hungUp, refused } = app.governed.inspect().requests
      // Of those that hung up some had not begun.
      expect(began).toBeGreaterThanOrEqual(ended)
      expect(began).toBeLessThanOrEqual(ended + hungUp)
      // Those that were dead are no others where their message came too late: they have ended, too.
      expect(ended + hungUp + refused.admission).toBeLessThanOrEqual(800)
    })

    it('is not taken in by what cannot be believed, and counts it', async () => {
      const app = await running(() => `${currentCall()!.criticality} ${currentCall()!.attempt} ${currentCall()!.remaining()}`)
      const metadata = { 'inmesh-criticality': 'VERY', 'inmesh-attempt': 'again', 'grpc-previous-rpc-attempts': '-3', 'x-envoy-expected-rq-timeout-ms': 'soon', '__proto__x': '1' }
      expect((await app.send('Unary', { metadata }).reply).values).toEqual(['CRITICAL 0 Infinity'])
      expect(app.governed.inspect().ignored).toEqual({ 'inmesh-criticality': 1, 'inmesh-attempt': 1, 'grpc-previous-rpc-attempts': 1, 'x-envoy-expected-rq-timeout-ms': 1 })
      // More than a day.
      expect((await app.send('Unary', { metadata: { 'grpc-timeout': '300H' } }).reply).values).toEqual(['CRITICAL 0 Infinity'])
      expect(app.governed.inspect().ignored).toMatchObject({ 'grpc-timeout': 1 })
      // grpc-js itself answers one that is none.
      expect((await app.send('Unary', { metadata: { 'grpc-timeout': 'soon' } }).reply).code).toBe(status.INTERNAL)
      await vi.waitFor(() => expect(app.governed.inspect()).toMatchObject({ inFlight: 0, requests: { ended: 3, hungUp: 0 } }))
    })

    it('has headers for who keys limits and routes, as over HTTP', async () => {
      const seen: object[] = []
      const app = await running(() => 'yes', { options: { limits: [{ rate: 1, per: '1h', burst: 1, key: 'tenant' }], route: ({ method, path, headers }) => {
        seen.push({ method, path, tenant: headers['x-tenant-id'], timeout: headers['grpc-timeout'] })
        return undefined
      }, observers: [() => {}] } })
      const replies = await Promise.all(['blue', 'blue', 'green'].map((tenant) => app.send('Unary', { metadata: { 'x-tenant-id': tenant, 'grpc-timeout': '20S' } }).reply))
      expect(replies.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([status.OK, status.OK, status.RESOURCE_EXHAUSTED])
      expect(seen[0]).toEqual({ method: 'POST', path: '/shop.Catalog/Unary', tenant: 'blue', timeout: expect.stringMatching(/^(20000|19\d{3})m$/) as string })
    })

    it('is believed to come from whom a trusted proxy names, and from nobody else', async () => {
      const metadata = { 'x-forwarded-client-cert': 'URI=spiffe://shop/web' }
      const caller: Work = () => `${currentCall()!.caller?.name} ${currentCall()!.caller?.by}`
      const trusting = await running(caller, { options: { trust: ['127.0.0.1'] } })
      expect((await trusting.send('Unary', { metadata }).reply).values).toEqual(['spiffe://shop/web header'])
      const wary = await running(caller)
      expect((await wary.send('Unary', { metadata }).reply).values).toEqual(['127.0.0.1 address'])
    })

    it('leaves trailers that its handler sends with every reply as they are, and those that it sets itself win', async () => {
      const kept = new Metadata()
      kept.set('x-own', '1')
      const own = new Metadata()
      own.set('ratelimit', 'mine')
      const app = await running({}, { options: { limits: [{ rate: 100, tell: 'always' }] } })
      const path = '/shop.Odd/Trailing'
      const bytes = { requestSerialize: (value: Buffer) => value, requestDeserialize: (value: Buffer) => value, responseSerialize: (value: Buffer) => value, responseDeserialize: (value: Buffer) => value }
      app.server.addService({ Trailing: { path, requestStream: false, responseStream: false, ...bytes } }, {
        Trailing: ({ request }: { request: Buffer }, answer: (error: null, value: Buffer, trailers: Metadata) => void) => answer(null, request, String(request) === 'own' ? own : kept),
      })
      const trailers = async (word: string): Promise<Metadata> => {
        const call = app.client.makeUnaryRequest(path, bytes.requestSerialize, bytes.responseDeserialize, Buffer.from(word), () => {})
        return ((await once(call, 'status')) as [{ metadata: Metadata }])[0].metadata
      }
      for (let i = 0; i < 2; i++) {
        const got = await trailers('kept')
        expect([one(got, 'x-own'), one(got, 'ratelimit')?.slice(0, 5)]).toEqual(['1', '"all"'])
      }
      expect(Object.keys(kept.getMap())).toEqual(['x-own'])
      expect((await trailers('own')).get('ratelimit')).toEqual(['mine'])
    })
  })

  describe('health', () => {
    const check = (client: Client, service = ''): Promise<{ code: number; value: string | undefined }> => new Promise((resolve) => {
      let value: string | undefined
      const { path, requestSerialize, responseDeserialize } = healthService.Check
      const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, (_error, answer) => { value = answer?.status })
      call.on('status', ({ code }) => void after(0).then(() => resolve({ code, value })))
    })
    const watch = (client: Client, service = '') => {
      const { path, requestSerialize, responseDeserialize } = healthService.Watch
      const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service })
      const told: string[] = []
      call.on('data', ({ status: serving }: { status: string }) => void told.push(serving))
      call.on('error', () => {})
      return { told, over: new Promise<number>((resolve) => void call.on('status', ({ code }) => resolve(code))), cancel: () => call.cancel() }
    }

    it('is told whatever the load, the limits and the deadline', async () => {
      const { work, begun } = stopped()
      const app = await running(work, { options: { admission: { min: 1, max: 1, queue: 0 }, limits: [{ rate: 1, per: '1h', burst: 1 }] } })
      const first = app.send('Unary')
      await begun
      for (let i = 0; i < 3; i++) expect(await check(app.client)).toEqual({ code: status.OK, value: 'SERVING' })
      first.cancel()
    })

    it('is that of each service, of those that have one, and news are told to who watches', async () => {
      const app = await running(() => 'yes')
      expect(await check(app.client, 'shop.Catalog')).toEqual({ code: status.NOT_FOUND, value: undefined })
      const watched = watch(app.client, 'shop.Catalog')
      await vi.waitFor(() => expect(watched.told).toEqual(['SERVICE_UNKNOWN']))
      app.governed.health.setStatus('shop.Catalog', 'NOT_SERVING')
      app.governed.health.setStatus('shop.Catalog', 'NOT_SERVING')
      app.governed.health.setStatus('shop.Catalog', 'SERVING')
      await vi.waitFor(() => expect(watched.told).toEqual(['SERVICE_UNKNOWN', 'NOT_SERVING', 'SERVING']))
      expect(await check(app.client, 'shop.Catalog')).toEqual({ code: status.OK, value: 'SERVING' })
      watched.cancel()
      expect(await watched.over).toBe(status.CANCELLED)
    })

    it('is NOT_SERVING as soon as a drain begins, and who watches is sent away as connections are closed', async () => {
      const app = await running(() => 'yes')
      const watched = watch(app.client)
      await vi.waitFor(() => expect(watched.told).toEqual(['SERVING']))
      const drained = app.governed.drain({ notice: '500ms', within: '5s', server: app.server })
      await vi.waitFor(() => expect(watched.told).toEqual(['SERVING', 'NOT_SERVING']))
      expect(await check(app.client)).toEqual({ code: status.OK, value: 'NOT_SERVING' })
      expect((await app.send('Unary').reply).code).toBe(status.OK)
      expect(await watched.over).toBe(status.UNAVAILABLE)
      expect(await drained).toMatchObject({ cut: [] })
    })

    it('is answered UNAVAILABLE by a service of somebody else\'s that is named for it', async () => {
      const app = await running(() => 'SERVING', { options: { health: { paths: ['/shop.Catalog/Unary'], readiness: ['/shop.Catalog/Unary'] } } })
      expect((await app.send('Unary').reply).code).toBe(status.OK)
      const drained = app.governed.drain({ notice: '100ms', server: app.server })
      const { code, details } = await app.send('Unary').reply
      expect([code, details]).toEqual([status.UNAVAILABLE, 'this process is about to end (inmesh: drain, draining)'])
      await drained
    })
  })

  describe('a drain', () => {
    it.each([['of the server that it is told', true], ['of whatever calls have come over', false]])('lets what is under way end, and takes nobody new: %s', async (_, named) => {
      const end = gate()
      const app = await running(async () => {
        await end.promise
        return 'whole'
      })
      const slow = app.send('ServerStream')
      await vi.waitFor(() => expect(app.governed.inspect().inFlight).toBe(1))
      const drained = app.governed.drain({ within: '5s', ...(named ? { server: app.server } : {}) })
      await after(20)
      const late = new Client(app.address, credentials.createInsecure(), { 'grpc.enable_retries': 0 })
      onTestFinished(() => late.close())
      expect((await send(late, 'Unary', { within: 2_000 }).reply).code).toBe(status.UNAVAILABLE)
      // On the connection that is open as well: it has been told (GOAWAY).
      expect((await app.send('Unary', { within: 2_000 }).reply).code).toBe(status.UNAVAILABLE)
      end.resolve()
      expect(await slow.reply).toMatchObject({ code: status.OK, values: ['whole'] })
      expect(await drained).toMatchObject({ ended: 1, cut: [] })
      expect((await drained).took).toBeLessThan(2_000)
      expect(app.governed.inspect()).toMatchObject({ state: 'closed', inFlight: 0 })
    })

    it('cuts off what takes too long, tells it why, answers its caller, and reports what it was', async () => {
      const { work, begun, told } = stopped()
      const app = await running(work)
      const stuck = app.send('Bidi')
      await begun
      const report = await app.governed.drain({ within: '50ms', server: app.server })
      expect(report).toMatchObject({ ended: 0, cut: [{ method: 'POST', path: '/shop.Catalog/Bidi', route: 'shop.Catalog/Bidi', phase: 'running' }] })
      expect(await told).toMatchObject({ code: 'INMESH_CLOSED' })
      expect(await stuck.reply).toMatchObject({ code: status.UNAVAILABLE, details: 'cut off by a shutdown (inmesh: drain)' })
      expect(report).toBe(await app.governed.drain())
    })

    it('sends nothing more of a handler that goes on after it was cut off, and the caller hears why', async () => {
      const app = await running({ ServerStream: async (call) => {
        call.sendMetadata(new Metadata())
        const { signal } = currentCall()!
        await once(signal, 'abort')
        return 'too late'
      } })
      const stuck = app.send('ServerStream')
      await stuck.head
      expect(await app.governed.drain({ within: '50ms', server: app.server })).toMatchObject({ cut: [{ phase: 'running' }] })
      expect(await stuck.reply).toMatchObject({ code: status.UNAVAILABLE, details: 'cut off by a shutdown (inmesh: drain)', values: [] })
    })

    it('refuses options that are wrong with every mistake, and drains when it is asked rightly', async () => {
      const app = await running(() => 'yes')
      await expect(app.governed.drain({ within: 'soon', server: {}, wait: 1 } as never)).rejects.toThrow(/drain\.server: .*a server of grpc-js.*\ndrain\.within: .*\ndrain\.wait: unknown option/)
      expect(app.governed.inspect().state).toBe('serving')
      expect(await app.governed.drain({ server: [] })).toMatchObject({ cut: [] })
    })
  })

  it('options that are wrong are refused, with every mistake', () => {
    expect(() => grpcServer(undefined, { deadline: { bounds: 'head', reserve: 'soon' }, admission: { min: 3, max: 2 }, healt: false } as never))
      .toThrow(/grpcServer\.deadline\.bounds: unknown option[^]*grpcServer\.deadline\.reserve[^]*grpcServer\.admission\.max[^]*grpcServer\.healt: unknown option; did you mean health/)
  })
}
