import { once } from 'node:events'
import { createServer as createH2cServer } from 'node:http2'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Dispatcher } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { explain, InmeshError } from '@inmesh/pipeline'
import { Visited } from '@inmesh/policy'
import { answer, bodyOf, eventually, listening, rig, serve, serveTcp } from './rig.test-support.ts'

/** Answers one request, then breaks the kept-alive connection when the next one arrives on it. */
function breaksWhenReused(seen: { requests: number; sockets: number }): Promise<string> {
  return serveTcp((socket) => {
    seen.sockets++
    let served = 0
    socket.on('data', () => {
      seen.requests++
      if (served++ > 0) return void socket.resetAndDestroy()
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
  })
}

describe('a kept-alive connection that the callee closes as we use it', () => {
  test('costs a repeatable request nothing, and the endpoint is not blamed', async () => {
    const seen = { requests: 0, sockets: 0 }
    const { dispatcher, service, events } = rig([await breaksWhenReused(seen)], { connections: { connections: 1 }, policy: { retry: false, backup: false } })
    for (let i = 0; i < 2; i++) {
      const reply = await dispatcher.request({ path: '/', method: 'GET' })
      expect(await reply.body.text()).toBe('ok')
    }
    expect(seen).toEqual({ requests: 3, sockets: 2 })
    expect(events.filter((event) => event.type === 'tried')).toHaveLength(2)
    expect(service.core.cluster.inspect(service.core.clock.now())[0]).toMatchObject({ severity: 0, state: 'in' })
  })

  test('is told to the caller of a request that may have been processed', async () => {
    const seen = { requests: 0, sockets: 0 }
    const { dispatcher } = rig([await breaksWhenReused(seen)], { connections: { connections: 1 } })
    const first = await dispatcher.request({ path: '/', method: 'GET' })
    await first.body.text()
    const post = dispatcher.request({ path: '/', method: 'POST', body: 'order' })
    await expect(post).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) })
    expect(seen.requests).toBe(2)
    expect(explain(await post.catch((error: unknown) => error))).toMatchObject({ refused: false, tries: [{ cause: 'first' }] })
  })
})

describe('failing replies', () => {
  test('on a pool of two connections do not hold them: the last one is handed out', async () => {
    const { url } = await serve((_request, response) => answer(response, 503, 'sorry'))
    const other = await serve((_request, response) => answer(response, 503, 'sorry'))
    const { dispatcher } = rig([url, other.url], { connections: { connections: 1 }, policy: { budget: { ratio: 1, initial: 100 }, retry: { maxExtraTries: 3 } } })
    const replies = await Promise.all(Array.from({ length: 20 }, () => dispatcher.request({ path: '/', method: 'GET' })))
    for (const reply of replies) {
      expect(reply.statusCode).toBe(503)
      expect(await reply.body.text()).toBe('sorry')
    }
  })

  test('that are too long to be kept say so and come without their body', async () => {
    const huge = 'x'.repeat(300_000)
    const { url } = await serve((_request, response) => answer(response, 503, huge))
    const { url: refusing, server } = await serve(() => {})
    server.close()
    const { dispatcher } = rig([url, refusing], { policy: { eject: false, balance: { by: 'round-robin' }, budget: { initial: 100 } } })
    let truncated = 0
    for (let i = 0; i < 10; i++) {
      const reply = await dispatcher.request({ path: '/', method: 'GET' })
      const text = await reply.body.text()
      expect(reply.statusCode).toBe(503)
      const kept = reply.headers['inmesh-truncated'] === undefined
      if (!kept) truncated++
      expect([text.length, reply.headers['content-length']]).toEqual(kept ? [300_000, reply.headers['content-length']] : [0, undefined])
    }
    expect(truncated).toBeGreaterThan(0)
  })
})

describe('bodies', () => {
  test('keep the pace of their reader: a paused one holds the callee back', async () => {
    let written = 0
    const { url } = await serve((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024)
      const write = (): void => {
        while (written < 64 * 1024 * 1024) {
          written += chunk.length
          if (!response.write(chunk)) return void response.once('drain', write)
        }
        response.end()
      }
      write()
    })
    const { dispatcher } = rig([url])
    const reply = await dispatcher.request({ path: '/', method: 'GET' })
    await sleep(200)
    expect(written).toBeLessThan(32 * 1024 * 1024)
    let read = 0
    for await (const chunk of reply.body) read += (chunk as Buffer).length
    expect(read).toBeGreaterThanOrEqual(64 * 1024 * 1024)
  })

  test('end with the deadline of their call, and with the caller’s abort', async () => {
    const { url } = await serve((_request, response) => void response.writeHead(200).write('begun'))
    const { dispatcher, inFlight } = rig([url], { policy: { timeout: { total: 400 } } })
    const late = await dispatcher.request({ path: '/', method: 'GET' })
    await expect(late.body.text()).rejects.toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED' })
    const controller = new AbortController()
    const given = await dispatcher.request({ path: '/', method: 'GET', signal: controller.signal })
    const text = given.body.text()
    controller.abort(new Error('gone'))
    await expect(text).rejects.toThrow('gone')
    await eventually('nothing in flight', () => inFlight() === 0)
  })

  test('that stand still for too long are ended, those of a slow reader are not', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200).write('x'.repeat(request.url === '/long' ? 1_000_000 : 1))
      if (request.url === '/long') setTimeout(() => response.end(), 50)
    })
    const { dispatcher } = rig([url], { policy: { timeout: { idle: 100 } } })
    const still = await dispatcher.request({ path: '/', method: 'GET' })
    await expect(still.body.text()).rejects.toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED', policy: 'timeout.idle' })
    const slow = await dispatcher.request({ path: '/long', method: 'GET', highWaterMark: 1024 } as never)
    await sleep(300)
    expect(await slow.body.text()).toHaveLength(1_000_000)
  })

  test('carry their trailers', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { trailer: 'x-sum' }).write('a')
      response.addTrailers({ 'x-sum': '1' })
      response.end()
    })
    const { dispatcher } = rig([url])
    const reply = await dispatcher.request({ path: '/', method: 'GET' })
    await reply.body.text()
    expect(reply.trailers).toEqual({ 'x-sum': '1' })
  })

  test('are judged when they are over, where a user wants that, and a bad verdict is never a retry', async () => {
    let requests = 0
    const { url } = await serve((_request, response) => {
      requests++
      answer(response, 200, '{"code":"5003"}')
    })
    const seen: string[] = []
    const { dispatcher, service } = rig([url, url.replace('127.0.0.1', 'localhost')], {
      policy: { classifyEnd: { maxBytes: 8, classify: ({ body }) => { seen.push(body.toString()); return 'UNAVAILABLE' } } },
    })
    const reply = await dispatcher.request({ path: '/', method: 'GET' })
    expect(await reply.body.text()).toBe('{"code":"5003"}')
    expect([requests, seen]).toEqual([1, ['{"code":']])
    const now = service.core.clock.now()
    expect(Math.max(...service.core.cluster.inspect(now).map(({ severity }) => severity))).toBeGreaterThan(0)
  })
})

describe('what is not an ordinary reply', () => {
  test('an informational one reaches the caller of a request that no other try can answer, and no other', async () => {
    const { url } = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      answer(response, 200, 'ok')
    })
    const { dispatcher } = rig([url])
    const infos = async (method: 'GET' | 'POST'): Promise<number> => {
      let count = 0
      const reply = await dispatcher.request({ path: '/', method, onInfo: () => count++ } as never)
      await (reply as { body: { text(): Promise<string> } }).body.text()
      return count
    }
    expect([await infos('POST'), await infos('GET')]).toEqual([1, 0])
  })

  test('an upgrade is one try whose tail is the end of its socket', async () => {
    const { url, server } = await serve(() => {})
    server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    const { dispatcher, inFlight } = rig([url])
    const { socket } = await dispatcher.upgrade({ path: '/', protocol: 'echo' })
    socket.write('hello')
    const [data] = (await once(socket, 'data')) as [Buffer]
    expect(data.toString()).toBe('hello')
    expect(inFlight()).toBe(1)
    socket.destroy()
    await eventually('nothing in flight', () => inFlight() === 0)
  })

  test('a request that waits for a connection is taken back at once', async () => {
    const { url } = await serve(() => {})
    const { dispatcher, inFlight } = rig([url], { connections: { connections: 1 }, policy: { retry: false } })
    const holding = new AbortController()
    const first = dispatcher.request({ path: '/', method: 'GET', signal: holding.signal })
    const waiting = new AbortController()
    const second = dispatcher.request({ path: '/', method: 'GET', signal: waiting.signal })
    const at = performance.now()
    waiting.abort(new Error('changed my mind'))
    await expect(second).rejects.toThrow('changed my mind')
    expect(performance.now() - at).toBeLessThan(100)
    holding.abort(new Error('me too'))
    await expect(first).rejects.toThrow('me too')
    expect(inFlight()).toBe(0)
  })
})

describe('the reader of a reply', () => {
  interface Told { readonly heads: number[]; readonly ends: string[] }

  /** Reads as undici's users do, and gives up as soon as the head is there. */
  function giveUpAtHead(dispatcher: Dispatcher): Told {
    const told: Told = { heads: [], ends: [] }
    dispatcher.dispatch({ path: '/', method: 'GET' }, {
      onRequestStart() {},
      onResponseStart(controller, status) {
        told.heads.push(status)
        controller.abort(new Error('the head was enough'))
      },
      onResponseData() {},
      onResponseEnd: () => void told.ends.push('end'),
      onResponseError: (_controller, error) => void told.ends.push(error.message),
    })
    return told
  }

  test('that gives it up is told so once, also when the reply had been kept and its try is over', async () => {
    const { url } = await serve((_request, response) => answer(response, 503, 'sorry'))
    const closing = await serve(() => {})
    const refusing = closing.url
    closing.server.close()
    const { dispatcher } = rig([url, refusing], { policy: { balance: { by: 'round-robin' }, eject: false, budget: { initial: 100 } } })
    for (let i = 0; i < 4; i++) {
      const told = giveUpAtHead(dispatcher)
      await eventually('the end is told', () => told.ends.length > 0)
      await sleep(20)
      expect(told).toEqual({ heads: [503], ends: ['the head was enough'] })
    }
  })

  test('is not kept alive by the controller that it was given', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { url } = await serve((_request, response) => answer(response, 200, 'fine'))
    const { dispatcher } = rig([url])
    const kept: Dispatcher.DispatchController[] = []
    let over = false
    const readerOf = (): Dispatcher.DispatchHandler => ({
      onRequestStart: (controller) => void kept.push(controller),
      onResponseStart() {},
      onResponseData() {},
      onResponseEnd: () => { over = true },
      onResponseError() {},
    })
    const dispatched = (): WeakRef<object> => {
      const reader = readerOf()
      dispatcher.dispatch({ path: '/', method: 'GET' }, reader)
      return new WeakRef(reader)
    }
    const reader = dispatched()
    await eventually('the end is told', () => over)
    await eventually('the reader is collected', () => {
      collect()
      return reader.deref() === undefined
    })
    expect(kept).toHaveLength(1)
  })

  test('that gives it up is told so once, also when it is a fallback’s', async () => {
    const { url } = await serve((_request, response) => answer(response, 503, 'sorry'))
    const { dispatcher } = rig([url], { policy: { fallback: { reply: () => ({ body: 'instead' }) } } })
    const told = giveUpAtHead(dispatcher)
    await eventually('the end is told', () => told.ends.length > 0)
    await sleep(20)
    expect(told).toEqual({ heads: [200], ends: ['the head was enough'] })
  })
})

describe('losers', () => {
  async function pair(): Promise<{ readonly slow: string; readonly fast: string; readonly sockets: () => number }> {
    let sockets = 0
    const slow = await serve((_request, response) => void setTimeout(() => answer(response, 200, 'slow'), 60))
    slow.server.on('connection', () => sockets++)
    const fast = await serve((_request, response) => answer(response, 200, 'fast'))
    return { slow: slow.url, fast: fast.url, sockets: () => sockets }
  }

  const eager = { backup: { after: 10, maxExtraLoad: 1 }, budget: { ratio: 1, initial: 100 }, balance: { by: 'round-robin' as const } }

  test('over HTTP/1.1 are drained, which keeps their socket', async () => {
    const { slow, fast, sockets } = await pair()
    const { dispatcher, inFlight, events } = rig([slow, fast], { policy: eager })
    const calls = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const reply = await dispatcher.request({ path: '/', method: 'GET' })
        await reply.body.text()
        await eventually('the loser is over', () => inFlight() === 0)
      }
    }
    await calls(4)
    const open = sockets()
    await calls(20)
    expect(events.filter((event) => event.type === 'backed-up').length).toBeGreaterThan(5)
    expect(sockets()).toBe(open)
  })

  test('that still waited for a connection leave it to others', async () => {
    let sockets = 0
    const count = (): void => void sockets++
    const slow = await serve((_request, response) => void setTimeout(() => answer(response, 200, 'slow'), 40))
    const other = await serve((_request, response) => void setTimeout(() => answer(response, 200, 'slow'), 40))
    for (const { server } of [slow, other]) server.on('connection', count)
    const { dispatcher, inFlight, events } = rig([slow.url, other.url], { connections: { connections: 1 }, policy: eager })
    for (let i = 0; i < 5; i++) {
      // Both connections are taken, so the backups queue behind them and lose there.
      await Promise.all([1, 2].map(async () => (await dispatcher.request({ path: '/', method: 'GET' })).body.text()))
      await eventually('the losers are over', () => inFlight() === 0)
    }
    expect(events.filter((event) => event.type === 'backed-up').length).toBeGreaterThan(1)
    expect(sockets).toBe(2)
  })

  test('cost their socket when they are to be aborted', async () => {
    const { slow, fast, sockets } = await pair()
    const { dispatcher, inFlight, events } = rig([slow, fast], { policy: { ...eager, losers: 'abort' } })
    for (let i = 0; i < 10; i++) {
      const reply = await dispatcher.request({ path: '/', method: 'GET' })
      await reply.body.text()
      expect(inFlight()).toBe(0)
    }
    const backups = events.filter((event) => event.type === 'backed-up').length
    // Not one socket for each: on a busy machine a loser may not have had one yet.
    expect(backups).toBeGreaterThan(1)
    expect(sockets()).toBeGreaterThan(1)
  })

  test('over HTTP/2 are reset within a budget, beyond which they run to their end', async () => {
    let resets = 0
    let finished = 0
    const server = createH2cServer((request, response) => {
      request.on('aborted', () => resets++)
      setTimeout(() => {
        if (response.stream.destroyed) return
        finished++
        response.end('late')
      }, 1_000)
    })
    const url = await listening(server as never)
    onTestFinished(() => void server.close())
    const { dispatcher, inFlight } = rig([url], { connections: { useH2c: true, maxConcurrentStreams: 1000 }, policy: { retry: false } })
    const warm = await dispatcher.request({ path: '/', method: 'GET' })
    await warm.body.text()
    const controllers = Array.from({ length: 150 }, () => new AbortController())
    const calls = controllers.map(({ signal }) => dispatcher.request({ path: '/', method: 'GET', signal }))
    await sleep(30)
    for (const controller of controllers) controller.abort(new Error('enough'))
    for (const call of calls) await expect(call).rejects.toThrow('enough')
    expect(inFlight()).toBe(0)
    await eventually('the streams beyond the budget have ended', () => resets + finished === 151)
    // On a busy machine a few have ended before they could be cancelled.
    expect(resets).toBeGreaterThan(80)
    expect(resets).toBeLessThanOrEqual(102)
  })

  test('over HTTP/2 cost the budget one reset each', async () => {
    let resets = 0
    const hung = createH2cServer((request) => void request.on('aborted', () => resets++))
    const fast = createH2cServer((_request, response) => void response.end('fast'))
    const urls = await Promise.all([hung, fast].map((server) => listening(server as never)))
    onTestFinished(() => [hung, fast].forEach((server) => void server.close()))
    const { dispatcher } = rig(urls, { connections: { useH2c: true, maxConcurrentStreams: 1000 }, policy: { ...eager, backup: { after: 200, maxExtraLoad: 1 } } })
    const calls = Array.from({ length: 160 }, () => dispatcher.request({ path: '/', method: 'GET' }))
    for (const call of calls) await (await call).body.text()
    // On a busy machine calls to the other are backed up too; past a hundred the streams run on. Two each would be fifty.
    await eventually('the losers were reset', () => resets >= 80)
    expect(resets).toBeGreaterThanOrEqual(80)
  })
})

describe('what is sent', () => {
  test('says how much time is left, and of an extra try which one it is', async () => {
    const seen: Record<string, string | string[] | undefined>[] = []
    const bad = await serve((request, response) => {
      seen.push(request.headers)
      answer(response, 503)
    })
    const { dispatcher } = rig([bad.url, bad.url.replace('127.0.0.1', 'localhost')], { policy: { timeout: { total: 500 }, budget: { initial: 5 } } })
    const reply = await dispatcher.request({ path: '/', method: 'GET', headers: { accept: 'x' } })
    await reply.body.text()
    const [first, second] = seen
    expect(Number(first?.['x-envoy-expected-rq-timeout-ms'])).toBeGreaterThan(490)
    expect(first).not.toHaveProperty('x-envoy-attempt-count')
    expect(second).toMatchObject({ 'x-envoy-attempt-count': '2', 'inmesh-attempt': 'retry;after=overload', accept: 'x' })
    expect(Number(second?.['x-envoy-expected-rq-timeout-ms'])).toBeLessThan(Number(first?.['x-envoy-expected-rq-timeout-ms']))
  })

  test('is nothing but the user’s request where there is nothing to say', async () => {
    let headers: string[] = []
    const { url } = await serve((request, response) => {
      headers = request.rawHeaders
      answer(response, 200)
    })
    const { dispatcher } = rig([url])
    const reply = await dispatcher.request({ path: '/', method: 'GET' })
    await reply.body.text()
    expect(headers).toEqual(['host', new URL(url).host, 'connection', 'keep-alive'])
  })

  test('keeps the host that the caller thinks he calls', async () => {
    const hosts: (string | undefined)[] = []
    const { url } = await serve((request, response) => {
      hosts.push(request.headers.host)
      answer(response, 200)
    })
    const { dispatcher } = rig([url], { host: 'catalog.prod:8080' })
    for (const options of [{}, { origin: 'http://other.prod' }, { headers: { Host: 'mine' } }]) {
      const reply = await dispatcher.request({ path: '/', method: 'GET', ...options })
      await reply.body.text()
    }
    expect(hosts).toEqual(['catalog.prod:8080', 'other.prod', 'mine'])
  })
})

describe('a request with a body', () => {
  const echoing = async (failFirst: () => boolean): Promise<string> => {
    const { url } = await serve(async (request, response) => {
      const body = await bodyOf(request)
      if (failFirst()) answer(response, 503)
      else answer(response, 200, body)
    })
    return url
  }

  test.each<[string, () => RequestInit['body'], string]>([
    ['text', () => 'text', 'text'],
    ['parameters', () => new URLSearchParams({ a: '1' }), 'a=1'],
    ['bytes', () => new TextEncoder().encode('bytes'), 'bytes'],
    ['a blob', () => new Blob(['blob']), 'blob'],
  ])('of %s is sent again whole, through fetch', async (_name, body, expected) => {
    let requests = 0
    const fails = (): boolean => requests++ === 0
    const url = await echoing(fails)
    const { fetch } = rig([url, url.replace('127.0.0.1', 'localhost')], { policy: { budget: { initial: 5 } } })
    const reply = await fetch('/', { method: 'PUT', body: body() as never })
    expect([reply.status, await reply.text(), requests]).toEqual([200, expected, 2])
  })

  test('of a form is sent again as the same bytes', async () => {
    let requests = 0
    const url = await echoing(() => requests++ === 0)
    const { fetch } = rig([url, url.replace('127.0.0.1', 'localhost')], { policy: { budget: { initial: 5 } } })
    const form = new FormData()
    form.append('a', '1')
    form.append('file', new Blob(['content']), 'f.txt')
    const reply = await fetch('/', { method: 'PUT', body: form })
    const text = await reply.text()
    expect([reply.status, requests]).toEqual([200, 2])
    expect(text).toContain('filename="f.txt"')
  })

  test('of a stream goes out once it has been read from, never twice', async () => {
    let requests = 0
    const url = await echoing(() => requests++ === 0)
    const { fetch } = rig([url, url.replace('127.0.0.1', 'localhost')], { policy: { budget: { initial: 5 } } })
    const stream = new Blob(['streamed']).stream()
    const reply = await fetch('/', { method: 'PUT', body: stream as never, duplex: 'half' } as never)
    expect([reply.status, requests]).toEqual([503, 1])
  })

  test('of a stream goes elsewhere while nothing of it was sent', async () => {
    const { url: dead, server } = await serve(() => {})
    server.close()
    const url = await echoing(() => false)
    const { fetch } = rig([dead, url])
    for (let i = 0; i < 6; i++) {
      const reply = await fetch('/', { method: 'POST', body: new Blob(['streamed']).stream() as never, duplex: 'half' } as never)
      expect([reply.status, await reply.text()]).toEqual([200, 'streamed'])
    }
  })
})

describe('fetch', () => {
  test('follows redirects, takes a Request, and rejects as fetch does', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/from') answer(response, 302, '', { location: '/to' })
      else answer(response, 200, `${request.method} ${request.url} ${request.headers['x-a'] ?? ''}`)
    })
    const { fetch } = rig([url])
    const followed = await fetch('/from')
    expect([followed.redirected, await followed.text()]).toEqual([true, 'GET /to '])
    const asked = await fetch(new Request('http://catalog/r', { method: 'POST', body: 'b', headers: { 'x-a': '1' } }))
    expect(await asked.text()).toBe('POST /r 1')
    await expect(fetch('/', { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
    await expect(fetch('/', { method: 'CONNECT' })).rejects.toThrow(TypeError)
  })

  test('rejects with the mesh’s own error where a policy refused', async () => {
    const { url } = await serve(() => {})
    const { fetch } = rig([url], { policy: { timeout: { total: 50 } } })
    const error = await fetch('/').catch((thrown: unknown) => thrown)
    expect(InmeshError.is(error)).toBe(true)
    expect(error).toMatchObject({ name: 'DeadlineExceeded', service: 'catalog', policy: 'timeout.total', tries: [{ cause: 'first' }] })
  })

  test('fails as it would have where a fallback’s value makes no reply', async () => {
    const { url } = await serve((_request, response) => answer(response, 503, 'down'))
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const { fetch, events } = rig([url], { policy: { retry: false, fallback: { reply: async () => circular } } })
    const response = await fetch('/')
    expect([response.status, await response.text()]).toEqual([503, 'down'])
    expect(events).toContainEqual(expect.objectContaining({ type: 'interceptor-failed', interceptor: 'fallback' }))
  })

  test('gives a fallback’s answer as a Response', async () => {
    const { url, server } = await serve(() => {})
    server.close()
    const { fetch, dispatcher } = rig([url], { policy: { fallback: { reply: () => Response.json(['kept']) } } })
    const reply = await fetch('/')
    expect([reply.status, reply.headers.get('content-type'), await reply.json()]).toEqual([200, 'application/json', ['kept']])
    const same = await dispatcher.request({ path: '/', method: 'GET' })
    expect(await same.body.json()).toEqual(['kept'])
  })
})

describe('a mistake of the caller', () => {
  test('is sent once and not held against the endpoint', async () => {
    const { url } = await serve((request, response) => void bodyOf(request).then(() => answer(response, 200), () => {}))
    const { dispatcher, service, events } = rig([url])
    const broken = (): Readable => Readable.from((function* () {
      yield 'some'
      throw new Error('the disk is gone')
    })())
    async function* generated(): AsyncGenerator<string> {
      yield 'some'
      throw new Error('the disk is gone')
    }
    const requests: Partial<Dispatcher.RequestOptions>[] = [
      { method: 'GET', headers: { expect: '100-continue' } },
      { method: 'PUT', headers: { 'content-length': '99' }, body: 'x' },
      { method: 'POST', body: broken() },
      { method: 'POST', body: generated() as unknown as Readable },
    ]
    for (const request of requests) await expect(dispatcher.request({ path: '/', method: 'GET', ...request })).rejects.toThrow(/expect header|content-length|the disk is gone/)
    expect(events.filter((event) => event.type === 'tried' || event.type === 'retried')).toHaveLength(requests.length)
    expect(service.core.cluster.inspect(service.core.clock.now())[0]).toMatchObject({ severity: 0, consecutiveFailures: 0, state: 'in' })
  })
})

describe('a rolling restart of two replicas', () => {
  test('refuses no call while one of them is up, though it is ejected still', async () => {
    const first = await serve((_request, response) => answer(response, 200, 'ok'))
    const second = await serve((_request, response) => answer(response, 200, 'ok'))
    const { dispatcher, service } = rig([first.url, second.url])
    const { cluster, clock } = service.core
    const get = async (method: Dispatcher.HttpMethod): Promise<string> => (await dispatcher.request({ path: '/', method })).body.text()
    for (let i = 0; i < 20; i++) await get('GET')
    const endpoint = cluster.pool.members[0]
    for (let i = 0; cluster.inspect(clock.now())[0]?.state === 'in' && i < 100; i++) {
      const lease = cluster.pick({ stats: cluster.operations.service, visited: new Visited(), mayExplore: false, mustDiffer: false, balanceOn: false, ejectOn: false }, clock.now())
      if (lease !== undefined) cluster.end(lease, lease.endpoint === endpoint ? { kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent' } : { kind: 'success', code: 'OK' }, clock.now())
    }
    expect(cluster.inspect(clock.now())[0]?.state).toBe('ejected')
    second.server.close()
    second.server.closeAllConnections()
    for (let i = 0; i < 10; i++) expect(await get(i % 2 === 0 ? 'GET' : 'POST')).toBe('ok')
  })
})
