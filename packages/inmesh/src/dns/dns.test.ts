import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ConfigError, createMesh, dns, type DnsResolver, type Mesh, type MeshConfig, type MeshEvent } from '../index.ts'
import { dnsServer } from './dns-server.test-support.ts'

// A real DNS server and real replicas, each on an address of loopback.

async function listen(server: Server, address = '127.0.0.1', port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, address, resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** One port at several addresses, each of which tells its own and the host that was asked for. */
async function replicas(...addresses: string[]): Promise<number> {
  const make = (address: string): Server => createServer((request, response) => void response.end(`${address} ${request.headers.host}`))
  const port = await listen(make(addresses[0]!), addresses[0])
  for (const address of addresses.slice(1)) await listen(make(address), address, port)
  return port
}

function meshOf<const Name extends string>(config: MeshConfig<Name>): Mesh<Name> {
  const mesh = createMesh(config)
  onTestFinished(() => mesh.close())
  return mesh
}

async function seen(mesh: Mesh<'catalog'>, calls = 20): Promise<readonly string[]> {
  const texts = new Set<string>()
  for (let i = 0; i < calls; i++) texts.add(await (await mesh.service('catalog').fetch('/')).text())
  return [...texts].toSorted()
}

describe('a name that DNS knows', () => {
  test('is all of its addresses, each call keeps the name, and the first call waits for the answer', async () => {
    const port = await replicas('127.0.0.1', '127.0.0.2', '127.0.0.3')
    const { address, asked } = await dnsServer({ 'catalog.test': { A: ['127.0.0.1', '127.0.0.2', '127.0.0.3'] } })
    const mesh = meshOf({ services: { catalog: { endpoints: dns(`http://catalog.test:${port}`, { servers: [address] }), policy: { balance: 'round-robin' } } } })
    expect(await seen(mesh)).toEqual([1, 2, 3].map((i) => `127.0.0.${i} catalog.test:${port}`))
    expect(asked.toSorted()).toEqual(['A catalog.test', 'AAAA catalog.test'])
    expect(mesh.inspect('catalog')).toMatchObject({ endpoints: [{}, {}, {}], notes: [] })
  })

  test('may be given as data, is followed as it changes, and its changes are told', async () => {
    const port = await replicas('127.0.0.1', '127.0.0.2')
    const server = await dnsServer({ 'catalog.test': { A: ['127.0.0.1'], ttl: 1 } })
    const events: MeshEvent[] = []
    const endpoints = { dns: `http://catalog.test:${port}`, servers: [server.address], family: 4, removeAfter: 1 } as const
    const mesh = meshOf({ services: { catalog: { endpoints } }, observers: [(event) => events.push(event)] })
    expect(await seen(mesh, 2)).toEqual([`127.0.0.1 catalog.test:${port}`])
    mesh.patch({ services: { catalog: { endpoints: { ...endpoints }, policy: { timeout: '5s' } } } })
    await new Promise((resolve) => setTimeout(resolve, 50))
    // The patch said the same of the endpoints: it began nothing anew.
    expect(server.asked).toHaveLength(1)
    server.zone['catalog.test'] = { A: ['127.0.0.2'], ttl: 1 }
    await vi.waitFor(async () => expect(await seen(mesh, 2)).toEqual([`127.0.0.2 catalog.test:${port}`]), { timeout: 4000 })
    expect(events.filter(({ type }) => type === 'endpoints-changed')).toMatchObject([
      { known: 1, added: [`http://127.0.0.1:${port}`], removed: [] }, { known: 1, added: [`http://127.0.0.2:${port}`], removed: [`http://127.0.0.1:${port}`] },
    ])
    expect(server.asked).toHaveLength(2)
  })

  test('by SRV records is reached at their ports, by their priority', async () => {
    const [first, spare] = [await replicas('127.0.0.2'), await replicas('127.0.0.3')]
    const { address } = await dnsServer({
      '_http._tcp.catalog.test': { SRV: [{ target: 'a.test', port: first, priority: 1, weight: 5 }, { target: 'b.test', port: spare, priority: 2 }] },
      'a.test': { A: ['127.0.0.2'] },
      'b.test': { A: ['127.0.0.3'] },
    })
    const mesh = meshOf({ services: { catalog: { endpoints: dns('http://catalog.test', { servers: [address], srv: true, family: 4 }), policy: { balance: 'round-robin' } } } })
    expect(await seen(mesh)).toEqual(['127.0.0.2 catalog.test'])
    expect(mesh.inspect('catalog').endpoints.map(({ key }) => key)).toEqual([`http://127.0.0.2:${first}`, `http://127.0.0.3:${spare}`])
  })

  test('is the name that TLS asks for, and that certificates are checked against', async () => {
    const pems = await generate([{ name: 'commonName', value: 'catalog.test' }], { keySize: 2048, extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'catalog.test' }] }] })
    const names: unknown[] = []
    const port = await listen(createTlsServer({ key: pems.private, cert: pems.cert, SNICallback: (name, done) => { names.push(name); done(null) } }, (_request, response) => void response.end('ok')))
    const { address } = await dnsServer({ 'catalog.test': { A: ['127.0.0.1'] }, 'other.test': { A: ['127.0.0.1'] } })
    const service = (name: string): MeshConfig['services'][string] => ({ endpoints: dns(`https://${name}:${port}`, { servers: [address] }), tls: { ca: pems.cert } })
    const mesh = meshOf({ services: { catalog: service('catalog.test'), other: service('other.test'), known: { ...service('other.test'), origins: ['https://catalog.test'] } } })
    expect((await mesh.service('catalog').fetch('/')).status).toBe(200)
    expect((await mesh.fetch('https://catalog.test/')).status).toBe(200)
    expect(names).toEqual(['catalog.test', 'catalog.test'])
    await expect(mesh.service('other').fetch('/')).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
  })
})

describe('a name that DNS does not know', () => {
  test('refuses calls at once and says why; they go out as soon as it is known', async () => {
    const port = await replicas('127.0.0.1')
    const server = await dnsServer({})
    const events: MeshEvent[] = []
    const mesh = meshOf({ services: { catalog: { endpoints: dns(`http://catalog.test:${port}`, { servers: [server.address], family: 4 }) } }, observers: [(event) => events.push(event)] })
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    await expect(mesh.service('catalog').fetch('/')).rejects.toMatchObject({ code: 'INMESH_NO_ENDPOINT', cause: { code: 'ENOTFOUND' } })
    expect((await warned).message).toContain('catalog: its source of endpoints failed')
    expect(mesh.inspect('catalog').notes).toEqual(['No endpoint is known: every call is refused.', expect.stringMatching(/^Discovery has been failing for \d s \(.*ENOTFOUND/)])
    expect(events.filter(({ type }) => type === 'discovery-failed').length).toBeGreaterThan(0)
    server.zone['catalog.test'] = { A: ['127.0.0.1'] }
    await vi.waitFor(async () => expect((await mesh.service('catalog').fetch('/')).status).toBe(200), { timeout: 5000, interval: 50 })
    expect(mesh.inspect('catalog').notes).toEqual([expect.stringContaining('One address')])
  })

  test('holds calls no longer than their own time, and close() holds up nobody', async () => {
    const server = await dnsServer({})
    server.mute = true
    const mesh = createMesh({ services: { catalog: { endpoints: dns('http://catalog.test', { servers: [server.address] }) } } })
    await expect(mesh.service('catalog').fetch('/', { mesh: { timeout: '60ms' } })).rejects.toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED' })
    const waiting = mesh.service('catalog').fetch('/').catch((error: unknown) => error)
    await mesh.close()
    expect(await waiting).toMatchObject({ code: 'INMESH_CLOSED' })
  })

  test('any more stands for what it stood for last', async () => {
    const port = await replicas('127.0.0.1', '127.0.0.2')
    const server = await dnsServer({ 'catalog.test': { A: ['127.0.0.1', '127.0.0.2'], ttl: 1 } })
    const failures: unknown[] = []
    const observer = (event: MeshEvent): void => void (event.type === 'discovery-failed' && failures.push(event.error))
    const mesh = meshOf({ services: { catalog: { endpoints: dns(`http://catalog.test:${port}`, { servers: [server.address], family: 4 }) } }, observers: [observer] })
    await seen(mesh, 1)
    server.broken = true
    await vi.waitFor(() => expect(failures).toHaveLength(1), { timeout: 4000 })
    expect(mesh.inspect('catalog').endpoints).toHaveLength(2)
    expect((await mesh.service('catalog').fetch('/')).status).toBe(200)
  })
})

test('one address is told of once: as a note, and as an event or, where nobody observes, as a warning', async () => {
  const one: DnsResolver = { addresses: () => Promise.resolve([{ address: '10.3.0.7' }]) }
  const events: MeshEvent[] = []
  const observed = meshOf({ services: { catalog: { endpoints: dns('http://catalog.test', { resolver: one, refresh: '1s' }) } }, observers: [(event) => events.push(event)] })
  await vi.waitFor(() => expect(observed.inspect('catalog').notes).toEqual([expect.stringMatching(/one address only.*ClusterIP/)]))
  expect(events.filter(({ type }) => type === 'discovery-noted')).toHaveLength(1)
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  meshOf({ services: { catalog: { endpoints: dns('http://catalog.test', { resolver: one }) } } })
  expect((await warned).message).toMatch(/^catalog: catalog\.test has one address only/)
})

test('the hosts file of this machine, or a resolver of your own, knows names too', async () => {
  const port = await replicas('127.0.0.1')
  const hosts = new Map([['catalog.internal', ['127.0.0.1']]])
  const file: DnsResolver = {
    addresses: async (name) => (hosts.get(name) ?? []).map((address) => ({ address })),
  }
  const mesh = meshOf({ services: { own: { endpoints: dns(`http://catalog.internal:${port}`, { resolver: file }) }, system: { endpoints: dns(`http://localhost:${port}`, { family: 4 }) } } })
  expect(await (await mesh.service('own').fetch('/')).text()).toBe(`127.0.0.1 catalog.internal:${port}`)
  expect(await (await mesh.service('system').fetch('/')).text()).toBe(`127.0.0.1 localhost:${port}`)
})

describe('mistakes', () => {
  test('are all listed, in code', () => {
    const wrong: object = { resolver: 'c-ares', servers: ['10.0.0', '10.0.0.10:5353'], srv: 'http', family: 5, refresh: '10', removAfter: 2 }
    const error: unknown = (() => { try { return dns('http://10.0.0.1:8080/path', wrong) } catch (thrown) { return thrown } })()
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).mistakes.map(({ path, meant }) => [path, meant])).toEqual([
      ['dns.dns', undefined], ['dns.resolver', undefined], ['dns.servers[0]', undefined], ['dns.srv', undefined], ['dns.family', undefined],
      ['dns.refresh', undefined], ['dns.removAfter', 'removeAfter'], ['dns.servers', undefined],
    ])
    expect(() => dns('http://10.0.0.1:8080')).toThrow(/no address/)
    expect(() => dns('http://catalog.prod', { resolver: 'system', servers: ['10.0.0.10'] })).toThrow(/resolver: 'dns', which asks them/)
  })

  test('are all listed, as data', () => {
    const data: object = { dns: 'http://catalog.prod/x', refrsh: '10s', servers: ['10.0.0.10'], resolver: 'system' }
    const error: unknown = (() => { try { return createMesh({ services: { catalog: { endpoints: data as never } } }) } catch (thrown) { return thrown } })()
    expect((error as ConfigError).mistakes.map(({ path, meant }) => [path, meant])).toEqual([
      ['services.catalog.endpoints.dns', undefined], ['services.catalog.endpoints.refrsh', 'refresh'], ['services.catalog.endpoints.servers', undefined],
    ])
  })

  test('of types do not compile', () => {
    // @ts-expect-error an option that does not exist
    expect(() => dns('http://catalog.prod', { refrsh: '10s' })).toThrow('refresh')
    // @ts-expect-error not a family
    expect(() => dns('http://catalog.prod', { family: 5 })).toThrow('4 or 6')
    // @ts-expect-error not the form of a service
    expect(() => dns('http://catalog.prod', { srv: 'http' })).toThrow('_http._tcp')
  })
})
