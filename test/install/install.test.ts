import { createServer as createTcpServer, connect, type AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as undici from 'undici'
import * as undici6 from 'undici6'
import * as undici7 from 'undici7'
import { keepSlots, listening, meshOf, replica, slots, type Slots } from './rig.ts'

const origin = 'http://catalog.prod:8080'

async function catalog(body = 'ok') {
  const { url, seen } = await replica((_request, response) => void response.end(body))
  return { mesh: meshOf({ services: { catalog: { origins: [origin], endpoints: [url] } } }), seen }
}

const get = async (url: string): Promise<string> => (await fetch(url)).text()

describe('what is installed is taken out', () => {
  test('as before: the same objects stand where they stood', async () => {
    const before = keepSlots()
    const { mesh } = await catalog()
    const off = mesh.install()
    expect(await get(origin)).toBe('ok')
    expect(slots()).not.toEqual(before)
    off()
    off()
    expect([slots().older === before.older, slots().newer === before.newer]).toEqual([true, true])
    await expect(get(origin)).rejects.toThrow('fetch failed')
  })

  test('by `using`', async () => {
    const before = keepSlots()
    const { mesh } = await catalog()
    mesh.install()[Symbol.dispose]()
    expect(slots().newer).toBe(before.newer)
  })

  test('by close()', async () => {
    const before = keepSlots()
    const stranger = await replica()
    const { mesh } = await catalog()
    mesh.install()
    await mesh.close()
    expect([slots().older === before.older, slots().newer === before.newer]).toEqual([true, true])
    expect(await get(stranger.url)).toBe('ok')
    expect(() => mesh.install()).toThrow(expect.objectContaining({ code: 'INMESH_CLOSED' }))
  })

  test('in any order, however many are stacked', async () => {
    const before = keepSlots()
    const [one, other] = [await catalog('one'), await catalog('other')]
    const [first, second, third] = [one.mesh.install(), other.mesh.install(), one.mesh.install()]
    expect(await get(origin)).toBe('one')
    second()
    third()
    expect(await get(origin)).toBe('one')
    first()
    expect([slots().older === before.older, slots().newer === before.newer]).toEqual([true, true])
  })
})

describe('somebody who is installed over it', () => {
  // undici 6 knows the older slot alone.
  const stacked: readonly (readonly [string, () => { set(): void; restore(): void }, readonly (keyof Slots)[]])[] = [
    ['undici 8', () => hand(undici, new undici.MockAgent()), ['older', 'newer']],
    ['undici 7', () => hand(undici7, new undici7.MockAgent()), ['older', 'newer']],
    ['undici 6', () => hand(undici6, new undici6.MockAgent()), ['older']],
  ]

  function hand<D>(lib: { getGlobalDispatcher(): D; setGlobalDispatcher(dispatcher: D): void }, mock: D): { set(): void; restore(): void } {
    const saved = lib.getGlobalDispatcher()
    return { set: () => lib.setGlobalDispatcher(mock), restore: () => lib.setGlobalDispatcher(saved) }
  }

  test.each(stacked)('by %s and gone again leaves all as it was', async (_name, make) => {
    const before = keepSlots()
    const { mesh } = await catalog()
    const off = mesh.install()
    const other = make()
    other.set()
    other.restore()
    expect(await get(origin)).toBe('ok')
    off()
    expect([slots().older === before.older, slots().newer === before.newer]).toEqual([true, true])
  })

  test.each(stacked)('by %s stays when the mesh is taken out beneath, and may put back what then only passes on', async (_name, make, written) => {
    const before = keepSlots()
    const stranger = await replica()
    const { mesh, seen } = await catalog()
    const off = mesh.install()
    const other = make()
    other.set()
    const theirs = slots()
    off()
    for (const slot of ['older', 'newer'] as const) expect(slots()[slot] === (written.includes(slot) ? theirs : before)[slot]).toBe(true)
    other.restore()
    expect(await get(stranger.url)).toBe('ok')
    await expect(get(origin)).rejects.toThrow('fetch failed')
    expect(seen).toEqual([])
  })
})

describe('what was there before stays in force for origins that nobody configured', () => {
  test('a MockAgent of undici 8, body and all, while a service goes to its endpoints', async () => {
    keepSlots()
    const { mesh, seen } = await catalog()
    const mock = new undici.MockAgent()
    mock.disableNetConnect()
    mock.get('http://stranger.test').intercept({ path: '/x', method: 'POST', body: 'order' }).reply(201, 'mocked')
    mock.get('http://stranger.test').intercept({ path: '/y' }).reply(200, 'mocked too')
    undici.setGlobalDispatcher(mock)
    mesh.install()
    const reply = await undici.fetch('http://stranger.test/x', { method: 'POST', body: 'order' })
    expect([reply.status, await reply.text()]).toEqual([201, 'mocked'])
    expect(await get('http://stranger.test/y')).toBe('mocked too')
    expect(await get(origin)).toBe('ok')
    expect(seen).toHaveLength(1)
    await expect(get('http://elsewhere.test')).rejects.toThrow('fetch failed')
  })

  const mock7 = (): typeof undici7.fetch => {
    const mock = new undici7.MockAgent()
    mock.disableNetConnect()
    mock.get('http://stranger.test').intercept({ path: '/x', method: 'POST', body: 'order' }).reply(201, 'mocked')
    undici7.setGlobalDispatcher(mock)
    return undici7.fetch
  }
  const mock6 = (): typeof undici6.fetch => {
    const mock = new undici6.MockAgent()
    mock.disableNetConnect()
    mock.get('http://stranger.test').intercept({ path: '/x', method: 'POST', body: 'order' }).reply(201, 'mocked')
    undici6.setGlobalDispatcher(mock)
    return undici6.fetch
  }

  test.each([['7', mock7], ['6', mock6]] as const)('a MockAgent of undici %s, for whoever finds it', async (_version, setMock) => {
    keepSlots()
    const { mesh } = await catalog()
    const send = setMock()
    mesh.install()
    const reply = await send('http://stranger.test/x', { method: 'POST', body: 'order' })
    expect([reply.status, await reply.text()]).toEqual([201, 'mocked'])
    expect(await get(origin)).toBe('ok')
  })

  test('an Agent of undici 6, also for what is called on the global dispatcher itself', async () => {
    keepSlots()
    const stranger = await replica((_request, response) => void response.writeHead(200, { trailer: 'x-end' }).end('x'.repeat(200_000)))
    const { mesh } = await catalog()
    undici6.setGlobalDispatcher(new undici6.Agent())
    mesh.install()
    const found = slots().older as undici.Dispatcher
    const { statusCode, body } = await found.request({ origin: stranger.url, path: '/', method: 'GET' })
    expect([statusCode, (await body.text()).length]).toEqual([200, 200_000])
    await expect(found.request({ origin: 'http://127.0.0.1:1', path: '/', method: 'GET' })).rejects.toThrow('ECONNREFUSED')
    await found.close()
    await expect(found.request({ origin: stranger.url, path: '/', method: 'GET' })).rejects.toThrow('The client is destroyed')
  })

  test('a ProxyAgent', async () => {
    keepSlots()
    const stranger = await replica()
    const { mesh, seen } = await catalog()
    const asked: (string | undefined)[] = []
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url)
      const upstream = connect(Number(new URL(stranger.url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    const agent = new undici.ProxyAgent({ uri: await listening(proxy), proxyTunnel: true })
    onTestFinished(async () => {
      await agent.destroy()
      proxy.closeAllConnections()
      proxy.close()
    })
    undici.setGlobalDispatcher(agent)
    mesh.install()
    expect(await get('http://stranger.test/x')).toBe('ok')
    expect(asked).toEqual(['stranger.test:80'])
    expect(await get(origin)).toBe('ok')
    expect(seen).toHaveLength(1)
    expect(asked).toHaveLength(1)
  })
})

test('a mesh that is closed refuses origins that nobody configured too', async () => {
  const stranger = await replica()
  const { mesh } = await catalog()
  await mesh.close()
  await expect(mesh.fetch(stranger.url)).rejects.toMatchObject({ code: 'INMESH_CLOSED' })
  await expect(mesh.dispatcher.request({ origin: stranger.url, path: '/', method: 'GET' })).rejects.toMatchObject({ code: 'INMESH_CLOSED' })
  expect(stranger.seen).toEqual([])
})

test('a reply that breaks off, and a request that is given up, reach the reader of an older protocol', async () => {
  keepSlots()
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf')
      setTimeout(() => socket.destroy(), 20)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const mesh = meshOf({ services: { catalog: { origins: [origin], endpoints: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`] } } })
  mesh.install()
  for (const send of [fetch, undici7.fetch, undici6.fetch]) {
    const reply = await send(origin)
    await expect(reply.text()).rejects.toThrow('terminated')
  }
})

describe('unknown origins that are governed', () => {
  test('go out over what was there before, a mock or a proxy, installed or not, one mesh over another', async () => {
    keepSlots()
    const mock = new undici.MockAgent()
    mock.disableNetConnect()
    mock.get('http://stranger.test').intercept({ path: '/x' }).reply(503, 'no').times(1)
    mock.get('http://stranger.test').intercept({ path: '/x' }).reply(200, 'mocked').persist()
    undici.setGlobalDispatcher(mock)
    const events: string[] = []
    const mesh = meshOf({ services: {}, unknownOrigins: 'govern', observers: [({ type }) => events.push(type)] })
    expect(await (await mesh.fetch('http://stranger.test/x')).text()).toBe('mocked')
    expect(events).toContain('retried')
    const off = mesh.install()
    expect(await get('http://stranger.test/x')).toBe('mocked')
    const { mesh: other } = await catalog()
    other.install()
    expect(await get('http://stranger.test/x')).toBe('mocked')
    expect(await (await mesh.fetch('http://stranger.test/x')).text()).toBe('mocked')
    expect(events.filter((type) => type === 'ended')).toHaveLength(4)
    off()
    expect(await get('http://stranger.test/x')).toBe('mocked')
    expect(events.filter((type) => type === 'ended')).toHaveLength(4)
  })

  test('end with the mesh, and nobody else’s connections do', async () => {
    const before = keepSlots()
    const stranger = await replica((request, response) => void (request.url === '/hang' ? undefined : response.end('ok')))
    const mesh = meshOf({ services: {}, unknownOrigins: 'govern' })
    expect(await (await mesh.fetch(`${stranger.url}/x`)).text()).toBe('ok')
    const hung = mesh.fetch(`${stranger.url}/hang`).catch((error: unknown) => error)
    await new Promise((resolve) => { stranger.server.once('request', resolve) })
    await mesh.close({ within: '20ms' })
    expect(await hung).toMatchObject({ code: 'INMESH_CLOSED' })
    expect(await (await undici.fetch(`${stranger.url}/x`)).text()).toBe('ok')
    expect(slots().newer).toBe(before.newer)
  })
})
