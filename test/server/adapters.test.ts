import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { currentCall, type CurrentCall } from '@inmesh/server'
import type { MeshEvent } from '@inmesh/pipeline'
import { apps, type App } from './apps.ts'

const open: App[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()))
})

/** A request whose reader may leave. */
function call(app: App, path: string, { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const sent = request(`${app.origin}${path}`, { method, headers, agent: false })
  sent.on('error', () => {})
  sent.end(body)
  const head = once(sent, 'response').then(([res]) => res as IncomingMessage)
  head.catch(() => {})
  return { head, leave: () => void sent.destroy() }
}

async function text(res: IncomingMessage): Promise<string> {
  let all = ''
  for await (const chunk of res.setEncoding('utf8')) all += chunk
  return all
}

/** Resolved from outside. */
function gate<T = void>() {
  return Promise.withResolvers<T>()
}

describe.each(apps)('%s', (_, start) => {
  const running = async (...args: Parameters<typeof start>): Promise<App> => {
    const app = await start(...args)
    open.push(app)
    return app
  }

  it('hands a handler what is left of the time, less the reserve, criticality and the attempt', async () => {
    let seen: object | undefined
    let left = 0
    const app = await running({ 'GET /items/:id': ({ send }) => {
      const { criticality, attempt, isRetry, caller } = currentCall()!
      seen = { criticality, attempt, isRetry, caller }
      left = currentCall()!.remaining()
      send('yes')
    } })
    const res = await call(app, '/items/1', { headers: { 'x-envoy-expected-rq-timeout-ms': '3000', 'inmesh-criticality': 'SHEDDABLE', 'x-envoy-attempt-count': '3', 'inmesh-attempt': 'retry;after=timeout' } }).head
    expect(res.statusCode).toBe(200)
    expect(left).toBeGreaterThan(2_000)
    expect(left).toBeLessThanOrEqual(2_995)
    expect(seen).toMatchObject({ criticality: 'SHEDDABLE', attempt: 2, isRetry: true, caller: { name: '127.0.0.1', by: 'address' } })
  })

  it('keeps the context where a body was read and awaited, and is not taken in by the end of that body', async () => {
    const seen: (CurrentCall | undefined)[] = []
    const app = await running({ 'POST /items': async ({ send }) => {
      seen.push(currentCall())
      await after(20)
      seen.push(currentCall())
      send(String(seen[0]!.signal.aborted))
    } })
    const res = await call(app, '/items', { method: 'POST', headers: { 'content-type': 'text/plain', 'grpc-timeout': '9S' }, body: 'x'.repeat(100_000) }).head
    expect(await text(res)).toBe('false')
    expect(seen[0]).toBeDefined()
    expect(seen[1]).toBe(seen[0])
    await vi.waitFor(() => expect(app.control.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, ended: 1, hungUp: 0, overran: 0 } }))
  })

  it('answers 504 to a request that comes with no time left, without its handler', async () => {
    const handler = vi.fn<() => void>()
    const app = await running({ 'GET /items': handler })
    const res = await call(app, '/items', { headers: { 'grpc-timeout': '0m' } }).head
    expect(res.statusCode).toBe(504)
    expect(res.headers).toMatchObject({ 'inmesh-refused': '1', 'content-type': expect.stringContaining('application/problem+json') })
    expect(JSON.parse(await text(res))).toMatchObject({ status: 504, policy: 'deadline' })
    expect(handler).not.toHaveBeenCalled()
    expect(app.control.inspect().requests).toMatchObject({ began: 0, dead: 1 })
  })

  it('tells what is being done for a caller that hangs up', async () => {
    const begun = gate()
    const told = gate<unknown>()
    const app = await running({ 'GET /items': () => {
      const { signal } = currentCall()!
      signal.addEventListener('abort', () => told.resolve(signal.reason))
      begun.resolve()
    } })
    const caller = call(app, '/items')
    await begun.promise
    caller.leave()
    expect(await told.promise).toMatchObject({ code: 'INMESH_CALLER_GONE' })
    expect(app.control.inspect()).toMatchObject({ inFlight: 0, requests: { began: 1, ended: 0, hungUp: 1 }, admission: { inFlight: 0 } })
  })

  it('tells a handler that overruns, which may still answer', async () => {
    const app = await running({ 'GET /items': async ({ send }) => {
      const { signal } = currentCall()!
      if (!signal.aborted) await once(signal, 'abort')
      send(String((signal.reason as { code: string }).code))
    } })
    const res = await call(app, '/items', { headers: { 'x-envoy-expected-rq-timeout-ms': '40' } }).head
    expect(await text(res)).toBe('INMESH_DEADLINE_EXCEEDED')
    await vi.waitFor(() => expect(app.control.inspect()).toMatchObject({ inFlight: 0, requests: { ended: 1, overran: 1 }, admission: { inFlight: 0 } }))
  })

  it('lets a stream that has begun live on beyond the deadline, for as long as its reader stays, without a slot', async () => {
    const told = gate<unknown>()
    let stream: CurrentCall | undefined
    const app = await running({ 'GET /events': ({ raw }) => {
      stream = currentCall()
      stream!.signal.addEventListener('abort', () => told.resolve(stream!.signal.reason))
      raw().writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    } })
    const caller = call(app, '/events', { headers: { 'x-envoy-expected-rq-timeout-ms': '300' } })
    await caller.head
    await vi.waitFor(() => expect(stream!.remaining()).toBe(Infinity), 5_000)
    expect(stream!.signal.aborted).toBe(false)
    await vi.waitFor(() => expect(app.control.inspect()).toMatchObject({ inFlight: 1, admission: { inFlight: 0 }, requests: { overran: 0 } }), 5_000)
    caller.leave()
    expect(await told.promise).toMatchObject({ code: 'INMESH_CALLER_GONE' })
    expect(app.control.inspect()).toMatchObject({ inFlight: 0 })
  })

  it('refuses who is over a rate, with when to come back', async () => {
    const app = await running({ 'GET /items': ({ send }) => send('yes') }, { limits: [{ rate: 1, per: '1m', key: 'caller' }] })
    const statuses = [await call(app, '/items').head, await call(app, '/items').head]
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([200, 429])
    expect(statuses[1]!.headers).toMatchObject({ 'retry-after': '60', ratelimit: '"caller";r=0;t=60', 'inmesh-refused': '1' })
    expect(app.control.inspect()).toMatchObject({ requests: { began: 1, refused: { limits: 1 } }, limits: [{ name: 'caller', keys: 1, refused: 1 }] })
  })

  it('lets no more in at once than the limit, and never keeps a health check out', async () => {
    const begun = gate()
    const end = gate()
    const app = await running({
      'GET /items': async ({ send }) => {
        begun.resolve()
        await end.promise
        send('yes')
      },
      'GET /healthz': ({ send }) => send('well'),
    }, { admission: { min: 1, max: 1, queue: 0 } })
    const first = call(app, '/items')
    await begun.promise
    const [second, health] = [await call(app, '/items').head, await call(app, '/healthz').head]
    expect([second.statusCode, health.statusCode]).toEqual([503, 200])
    expect(second.headers).toMatchObject({ 'inmesh-refused': '1' })
    end.resolve()
    expect((await first.head).statusCode).toBe(200)
    expect(app.control.inspect().requests).toMatchObject({ began: 1, refused: { admission: 1 } })
  })

  it('lets one wait for its turn, in the context in which it came', async () => {
    const ends = [gate(), gate()]
    let begun = 0
    const app = await running({ 'GET /items': async ({ send }) => {
      const mine = ends[begun++]!
      await mine.promise
      send(String(currentCall()?.criticality))
    } }, { admission: { min: 1, max: 1, maxWait: '5s' } })
    const first = call(app, '/items')
    await vi.waitFor(() => expect(begun).toBe(1))
    const second = call(app, '/items', { headers: { 'inmesh-criticality': 'SHEDDABLE_PLUS' } })
    await vi.waitFor(() => expect(app.control.inspect().waiting).toBe(1))
    ends[0]!.resolve()
    await first.head
    ends[1]!.resolve()
    expect(await text(await second.head)).toBe('SHEDDABLE_PLUS')
    await vi.waitFor(() => expect(app.control.inspect()).toMatchObject({ inFlight: 0, waiting: 0, admission: { inFlight: 0 } }))
  })

  it('forgets one that hung up while it waited', async () => {
    const end = gate()
    let begun = 0
    const app = await running({ 'GET /items': async ({ send }) => {
      begun += 1
      await end.promise
      send('yes')
    } }, { admission: { min: 1, max: 1, maxWait: '5s' } })
    const first = call(app, '/items')
    await vi.waitFor(() => expect(begun).toBe(1))
    const second = call(app, '/items')
    await vi.waitFor(() => expect(app.control.inspect().waiting).toBe(1))
    second.leave()
    await vi.waitFor(() => expect(app.control.inspect()).toMatchObject({ waiting: 0, requests: { hungUp: 1 } }))
    end.resolve()
    await first.head
    expect(begun).toBe(1)
  })

  it('keeps no slot for callers who were gone before inmesh had their request', async () => {
    const come = gate()
    let coming = 0
    const app = await running({ 'GET /items': ({ send }) => send('yes') }, { before: () => (coming += 1, coming > 3 ? Promise.resolve() : come.promise), admission: { min: 1, max: 1, queue: 0 } })
    const left = [call(app, '/items'), call(app, '/items'), call(app, '/items')]
    await vi.waitFor(() => expect(coming).toBe(3))
    const closed = new Promise<void>((resolve) => {
      const wait = (): void => void app.server.getConnections((_, open) => (open === 0 ? resolve() : setTimeout(wait, 5)))
      wait()
    })
    for (const { leave } of left) leave()
    await closed
    come.resolve()
    await vi.waitFor(() => expect(app.control.inspect()).toMatchObject({ inFlight: 0, admission: { inFlight: 0 }, requests: { began: 0, hungUp: 3 } }))
    expect((await call(app, '/items').head).statusCode).toBe(200)
  })

  it('counts rightly where handlers throw, answer twice, or never', async () => {
    const app = await running({
      'GET /throws': () => { throw new Error('on purpose') },
      'GET /twice': ({ send }) => {
        send('once')
        try {
          send('twice')
        } catch {
          // As most frameworks have it.
        }
      },
      'GET /never': () => {},
    })
    expect((await call(app, '/throws').head).statusCode).toBe(500)
    expect(await text(await call(app, '/twice').head)).toBe('once')
    const never = call(app, '/never')
    await vi.waitFor(() => expect(app.control.inspect().inFlight).toBe(1))
    never.leave()
    await vi.waitFor(() => expect(app.control.inspect()).toMatchObject({ inFlight: 0, requests: { began: 3, ended: 2, hungUp: 1 }, admission: { inFlight: 0 } }))
  })

  it('counts once where it was mounted twice', async () => {
    const app = await running({ 'GET /items': ({ send }) => send('yes') }, { copies: 2, limits: [{ rate: 10, burst: 2, per: '1m' }] })
    const statuses = [await call(app, '/items').head, await call(app, '/items').head, await call(app, '/items').head]
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429])
    expect(app.control.inspect().requests).toMatchObject({ began: 2 })
  })

  it('tells observers of each decision, by the route', async () => {
    const events: MeshEvent[] = []
    const app = await running({ 'GET /items/:id': ({ send }) => send('yes') }, { name: 'catalog', observers: [(event) => void events.push(event)], limits: [{ rate: 1, per: '1m' }] })
    await call(app, '/items/1').head
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe('request-ended'))
    await call(app, '/items/2').head
    expect(events.map(({ type }) => type)).toEqual(['request-began', 'request-ended', 'request-refused'])
    expect(events[1]).toMatchObject({ service: 'catalog', operation: 'GET /items/:id', status: 200, criticality: 'CRITICAL' })
    expect(events[2]).toMatchObject({ policy: 'limits', why: 'all', status: 429 })
  })

  it('touches nothing while it is off', async () => {
    const app = await running({ 'GET /items': ({ send }) => send(String(currentCall())) }, { mode: 'off', limits: [{ rate: 1, per: '1m' }] })
    expect(await text(await call(app, '/items', { headers: { 'grpc-timeout': '0m' } }).head)).toBe('undefined')
    expect((await call(app, '/items').head).statusCode).toBe(200)
    expect(app.control.inspect()).toMatchObject({ mode: 'off', requests: { began: 0 } })
  })
})
