import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMesh, type Mesh, type MeshConfig } from './index.ts'

const [a, b, c] = ['http://10.0.0.1', 'http://10.0.0.2', 'http://10.0.0.3']
/** Where we are and where they are. Latencies of nothing are no measure, so it is balanced without them. */
const zoned = {
  local: { zone: 'here' },
  services: { catalog: { endpoints: [{ url: a, zone: 'here' }, { url: b, zone: 'there' }], policy: { balance: 'least-request' } } },
} satisfies MeshConfig

function meshOf<const Name extends string>(config: MeshConfig<Name>): Mesh<Name> {
  const mesh = createMesh(config)
  onTestFinished(() => mesh.close())
  return mesh
}

/** Where calls go that nobody answers over a wire. */
async function used(mesh: Mesh<'catalog'>, times = 40): Promise<string[]> {
  const call = mesh.service('catalog').wrap(({ endpoint }) => Promise.resolve(endpoint.key), { operation: 'call' })
  const keys: string[] = []
  for (let i = 0; i < times; i++) keys.push(await call())
  return keys
}

describe('a zone', () => {
  test('of our own is preferred without a word more, until another one is ours', async () => {
    const mesh = meshOf(zoned)
    expect(new Set(await used(mesh))).toEqual(new Set([a]))
    mesh.patch({ local: { zone: 'there' } })
    expect(new Set(await used(mesh))).toEqual(new Set([b]))
    expect(mesh.inspect('catalog')).toMatchObject({ balance: { by: 'least-request', localZone: 'there', remoteCost: 1.5 }, endpoints: [{ zone: 'here' }, { zone: 'there' }] })
  })

  test('is not preferred where the policy says so', async () => {
    const mesh = meshOf(zoned)
    mesh.patch({ services: { catalog: { policy: { balance: { zone: false } } } } })
    expect(new Set(await used(mesh))).toEqual(new Set([a, b]))
    expect(mesh.inspect('catalog').balance).toEqual({ by: 'least-request', panic: false })
  })

  test('that nobody else has is noted, since it is mostly a slip', () => {
    const mesh = meshOf({ ...zoned, local: { zone: 'hear' } })
    expect(mesh.inspect('catalog').notes).toEqual(['No endpoint is in our own zone, hear: all that have a zone are remote alike (here, there).'])
    mesh.patch({ local: { zone: 'here' } })
    expect(mesh.inspect('catalog').notes).toEqual([])
  })
})

describe('a priority', () => {
  test('keeps a standby out of it until it is needed, whatever the mode', async () => {
    const mesh = meshOf({ services: { catalog: { endpoints: [a, b, { url: c, priority: 1 }] } } })
    expect(new Set(await used(mesh))).toEqual(new Set([a, b]))
    mesh.mode('off')
    expect(new Set(await used(mesh))).toEqual(new Set([a, b]))
    expect(mesh.inspect('catalog').balance.priorities).toEqual([
      { priority: 0, members: 2, available: 2, share: 1, panic: false },
      { priority: 1, members: 1, available: 1, share: 0, panic: false },
    ])
  })
})

describe('a balancer', () => {
  test('can be changed while calls are made, and weights count', async () => {
    const mesh = meshOf({ services: { catalog: { endpoints: [{ url: a, weight: 3 }, b], policy: { balance: 'weighted-round-robin' } } } })
    const first = await used(mesh)
    expect(first.filter((key) => key === a).length).toBeGreaterThanOrEqual(29)
    mesh.patch({ services: { catalog: { policy: { balance: 'round-robin' } } } })
    expect((await used(mesh)).filter((key) => key === a)).toHaveLength(20)
    expect(mesh.inspect('catalog').balance).toEqual({ by: 'round-robin', panic: false })
  })

  test('by a key of the call keeps one operation together', async () => {
    const mesh = meshOf({ services: { catalog: { endpoints: [a, b, c], policy: { balance: { by: 'hash', key: ({ operation }) => operation } } } } })
    expect(new Set(await used(mesh)).size).toBe(1)
    expect(mesh.inspect('catalog')).toMatchObject({ balance: { by: 'hash', loadFactor: 1.25 }, policy: { balance: { by: 'hash' } } })
  })

  test('by the affinity of a fetch keeps one user together', async () => {
    const urls = await Promise.all([1, 2, 3].map(listening))
    const mesh = meshOf({ services: { catalog: { endpoints: urls, policy: { balance: 'hash', backup: false } } } })
    const where = async (affinity: string): Promise<string> => (await mesh.service('catalog').fetch('/', { mesh: { affinity } })).text()
    const homes: string[] = []
    for (let i = 0; i < 12; i++) homes.push(await where(`user-${i}`))
    expect(new Set(homes).size).toBeGreaterThan(1)
    for (let i = 0; i < 12; i++) expect(await where(`user-${i}`)).toBe(homes[i])
  })
})

async function listening(name: number): Promise<string> {
  const server = createServer((_request, response) => void response.end(`${name}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
