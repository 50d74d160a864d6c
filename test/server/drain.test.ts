import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { currentCall } from '@inmesh/server'
import { apps, type App } from './apps.ts'

const open: App[] = []
const agents: Agent[] = []

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy()
  await Promise.all(open.splice(0).map((app) => app.close()))
})

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true })
  agents.push(agent)
  return agent
}

async function get(app: App, path: string, agent: Agent): Promise<{ status: number | undefined; connection: string | undefined; body: string }> {
  const sent = request(`${app.origin}${path}`, { agent }).end()
  const [res] = await once(sent, 'response') as [IncomingMessage]
  let body = ''
  for await (const chunk of res.setEncoding('utf8')) body += chunk
  return { status: res.statusCode, connection: res.headers.connection, body }
}

describe.each(apps)('%s, as it drains', (_, start) => {
  const running = async (...args: Parameters<typeof start>): Promise<App> => {
    const app = await start(...args)
    open.push(app)
    return app
  }

  it('lets what is under way end, closes its connections, and takes nobody new', async () => {
    const end = Promise.withResolvers<void>()
    const app = await running({ 'GET /slow': async ({ send }) => {
      await end.promise
      send('whole')
    } })
    const agent = keepAlive()
    const slow = get(app, '/slow', agent)
    await vi.waitFor(() => expect(app.control.inspect().inFlight).toBe(1))
    const drained = app.control.drain({ within: '5s', server: app.server })
    await after(20)
    await expect(get(app, '/slow', keepAlive())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    end.resolve()
    expect(await slow).toMatchObject({ status: 200, connection: 'close', body: 'whole' })
    expect(await drained).toMatchObject({ ended: 1, cut: [] })
    expect(app.control.inspect()).toMatchObject({ state: 'closed', inFlight: 0 })
  })

  it('says 503 where readiness is asked while there is notice, and well where life is', async () => {
    const app = await running({ 'GET /readyz': ({ send }) => send('ready'), 'GET /livez': ({ send }) => send('alive'), 'GET /items': ({ send }) => send('yes') })
    const agent = keepAlive()
    expect(await get(app, '/readyz', agent)).toMatchObject({ status: 200, connection: 'keep-alive' })
    const drained = app.control.drain({ notice: '150ms', within: '5s', server: app.server })
    expect(await get(app, '/readyz', agent)).toMatchObject({ status: 503, connection: 'close' })
    expect(await get(app, '/livez', agent)).toMatchObject({ status: 200 })
    expect(await get(app, '/items', agent)).toMatchObject({ status: 200, connection: 'close' })
    expect(await drained).toMatchObject({ cut: [] })
  })

  it('cuts off what takes too long, tells it why, and reports what it was', async () => {
    const told = Promise.withResolvers<unknown>()
    const app = await running({ 'GET /stuck/:id': () => {
      const { signal } = currentCall()!
      signal.addEventListener('abort', () => told.resolve(signal.reason))
    } })
    const stuck = get(app, '/stuck/1?a=b', keepAlive()).catch((error: unknown) => error)
    await vi.waitFor(() => expect(app.control.inspect().inFlight).toBe(1))
    const { cut, took } = await app.control.drain({ within: '100ms', server: app.server })
    expect(await stuck).toMatchObject({ code: 'ECONNRESET' })
    expect(await told.promise).toMatchObject({ code: 'INMESH_CLOSED' })
    expect(cut).toEqual([{ method: 'GET', path: '/stuck/1', route: 'GET /stuck/:id', age: expect.any(Number), phase: 'running' }])
    expect(cut[0]!.age).toBeGreaterThanOrEqual(95)
    expect(took).toBeLessThan(1_000)
    expect(app.control.inspect()).toMatchObject({ inFlight: 0, requests: { cut: 1 }, admission: { inFlight: 0 } })
  })

  it('lets a request that comes late on a silent connection end within the time', async () => {
    const app = await running({ 'GET /late': async ({ send }) => {
      await after(700)
      send('whole')
    } })
    const socket = connect(Number(new URL(app.origin).port), '127.0.0.1')
    await once(socket, 'connect')
    const drained = app.control.drain({ within: '10s', server: app.server })
    await after(100)
    socket.write('GET /late HTTP/1.1\r\nhost: a\r\n\r\n')
    let text = ''
    for await (const chunk of socket.setEncoding('utf8')) text += chunk
    // From Node 26 on a server that closes ends connections that have sent nothing by itself.
    if (Number.parseInt(process.versions.node, 10) >= 26) expect(text).toBe('')
    else {
      expect(text).toMatch(/^HTTP\/1.1 200 [^]*whole$/)
      expect(await drained).toMatchObject({ ended: 1, cut: [] })
    }
  })

  it('knows the server that requests came from, and reports once however often it is asked', async () => {
    const app = await running({ 'GET /items': ({ send }) => send('yes') })
    await get(app, '/items', keepAlive())
    const first = app.control.drain({ within: '5s' })
    expect(app.control.drain()).toBe(first)
    await first
    expect(app.server.listening).toBe(false)
  })
})

describe('Fastify 5, when the app is closed', () => {
  it('gives no notice, which would refuse everybody for as long: that is for before', async () => {
    const [, start] = apps.find(([name]) => name === 'Fastify 5')!
    const app = await start({}, { drain: { notice: '5s' } })
    const begun = performance.now()
    await app.close()
    expect(performance.now() - begun).toBeLessThan(2_500)
  })


  it('drains first, and ends with what was under way', async () => {
    const end = Promise.withResolvers<void>()
    const [, start] = apps.find(([name]) => name === 'Fastify 5')!
    const app = await start({ 'GET /slow': async ({ send }) => {
      await end.promise
      send('whole')
    } }, { drain: { within: '5s' } })
    const slow = get(app, '/slow', keepAlive())
    await vi.waitFor(() => expect(app.control.inspect().inFlight).toBe(1))
    const closed = app.close()
    await vi.waitFor(() => expect(app.control.inspect().state).toBe('draining'))
    end.resolve()
    expect(await slow).toMatchObject({ status: 200, body: 'whole' })
    await closed
    expect(app.control.inspect().state).toBe('closed')
  })
})
