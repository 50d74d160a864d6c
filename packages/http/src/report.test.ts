import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { reportTo } from './report.ts'
import { answer, eventually, rig, serve, type Rig } from './rig.test-support.ts'

/** Two names of one server, so that there is something to move away from. */
async function two(policy: NonNullable<Parameters<typeof rig>[1]>['policy'], body = 'ok', headers: Record<string, string> = {}): Promise<Rig & { severity(): number; requests(): number }> {
  let requests = 0
  const { url } = await serve((_request, response) => {
    requests++
    answer(response, 200, body, headers)
  })
  const made = rig([url, url.replace('127.0.0.1', 'localhost')], policy === undefined ? {} : { policy })
  const { cluster, clock } = made.service.core
  const severity = (): number => cluster.inspect(clock.now()).reduce((sum, endpoint) => sum + endpoint.severity, 0)
  return { ...made, severity, requests: () => requests }
}

describe('what a reply really was', () => {
  test('can be told afterwards, for fetch and for request alike, and moves traffic away', async () => {
    const { fetch, dispatcher, service, severity, requests } = await two({ reweight: { codes: { SOLD_OUT: 3 } } })
    const fetched = await fetch('/')
    await fetched.text()
    expect([reportTo(service, fetched, 'SOLD_OUT'), severity()]).toEqual([true, expect.closeTo(0.3, 1)])
    const requested = await dispatcher.request({ path: '/', method: 'GET' })
    await requested.body.text()
    expect([reportTo(service, requested, 'UNAVAILABLE'), severity()]).toEqual([true, expect.closeTo(0.4, 1)])
    expect(requests()).toBe(2)
  })

  test('can be told by what stream and pipeline hand out', async () => {
    const { dispatcher, service, severity } = await two({ reweight: { codes: { SOLD_OUT: 3 } } })
    const told: boolean[] = []
    await dispatcher.stream({ path: '/', method: 'GET' }, (reply) => {
      told.push(reportTo(service, reply, 'SOLD_OUT'))
      return new Writable({ write: (_chunk, _encoding, done) => done() })
    })
    await new Promise<void>((resolve, reject) => {
      const duplex = dispatcher.pipeline({ path: '/', method: 'GET' }, (reply) => {
        told.push(reportTo(service, reply, 'SOLD_OUT'))
        return reply.body
      })
      duplex.on('error', reject).on('end', resolve).resume().end()
    })
    expect([told, severity()]).toEqual([[true, true], expect.closeTo(0.6, 0)])
  })

  test('is an ordinary failure for a business code that nobody has listed, and a success for OK', async () => {
    const { fetch, service, severity } = await two({})
    const reply = await fetch('/')
    await reply.text()
    reportTo(service, reply, 'never heard of')
    const after = severity()
    expect(after).toBeCloseTo(0.1, 2)
    reportTo(service, reply, 'OK')
    expect(severity()).toBeLessThan(after)
  })

  test('may be told before the body is read, as a status too, and never repeats the call', async () => {
    const { fetch, service, severity, requests } = await two({})
    const reply = await fetch('/')
    expect([reportTo(service, reply, '503'), severity(), await reply.text(), requests()]).toEqual([true, expect.closeTo(0.1, 2), 'ok', 1])
  })

  test('is told of nothing that no endpoint of the service gave', async () => {
    const { service } = await two({})
    // Of the same name, in another mesh.
    const foreign = await (await two({})).fetch('/')
    const { fetch } = rig([], { policy: { fallback: { reply: () => Response.json([]) } } })
    const replies = [Response.json([]), {}, foreign, await fetch('/')]
    expect(replies.map((reply) => reportTo(service, reply, 'UNAVAILABLE'))).toEqual([false, false, false, false])
  })
})

describe('a code in the body of a reply', () => {
  const body = JSON.stringify({ code: 5003, message: 'sold out' })
  const policy = {
    reweight: { codes: { 5003: 2 } },
    classifyEnd: { maxBytes: 200, classify: (end: { readonly body: Buffer }) => String((JSON.parse(end.body.toString()) as { code: number }).code) },
  }

  test.each(['fetch', 'request'] as const)('moves traffic by %s once it is read, and is no retry', async (form) => {
    const { fetch, dispatcher, severity, requests } = await two(policy, body)
    const text = form === 'fetch' ? await (await fetch('/')).text() : await (await dispatcher.request({ path: '/', method: 'GET' })).body.text()
    expect(text).toBe(body)
    await eventually('the verdict on the end', () => severity() > 0.19)
    expect([requests(), severity()]).toEqual([1, expect.closeTo(0.2, 1)])
  })

  test('is read as the caller reads it, compressed as it may come', async () => {
    const seen: string[] = []
    const { url } = await serve((request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      seen.push(String(request.headers['accept-encoding']))
      response.end(gzipSync(body))
    })
    const { fetch, service } = rig([url, url.replace('127.0.0.1', 'localhost')], { policy })
    expect(await (await fetch('/')).text()).toBe(body)
    expect(seen[0]).toContain('gzip')
    const { cluster, clock } = service.core
    await eventually('the verdict on the end', () => cluster.inspect(clock.now()).some(({ severity }) => severity > 0.19))
  })
})
