import type { Grant, ReserveAsk } from '@inmesh/policy'
import { redis, type RedisEngine } from '@inmesh/redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { clients, clusterClients } from './clients.ts'
import { join } from './limits.ts'
import { installing } from './redis-binary.ts'
import { redisCluster, said, type RedisCluster, type RedisServer } from './redis-server.ts'

let cluster: RedisCluster

beforeAll(async () => {
  cluster = await redisCluster()
}, installing)
afterAll(() => cluster[Symbol.asyncDispose]())

const keys = Array.from({ length: 40 }, (_, i) => `tenant-${i}`)

describe.each(Object.entries(clusterClients))('over a cluster by %s', (name, connect) => {
  function begin(options: Parameters<typeof redis>[1] = {}): RedisEngine {
    const connected = connect(cluster.addresses)
    const engine = redis(connected.client, { prefix: name.replace(' ', '-'), ...options })
    onTestFinished(async () => {
      await engine.close()
      connected.end()
    })
    return engine
  }

  it('keys of one limit lie on all nodes, and each script finds its own', async () => {
    const engine = begin({ commandTimeout: '2s' })
    const limits = ['catalog/limit', 'orders/limit', 'a}b{c', '{}', 'x:y'].map((id) => join(engine, id))
    await engine.ready()
    for (const { reserve, slots, told } of limits) {
      for (const key of [...keys, '}', '{', '{}', '}{x}', '']) expect(await reserve({ key, want: 20 })).toMatchObject({ tokens: 20, delay: 0 })
      for (const key of keys) expect((await reserve({ key, want: 20 }))!.delay).toBeGreaterThan(0)
      expect(await slots()).toMatchObject({ slots: 40 })
      expect(told.fleets).toEqual([{ processes: 1, share: 1 }])
    }
    const sizes = await Promise.all(cluster.nodes.map(async ({ port }) => Number((await said(port, 'DBSIZE\r\n')).slice(1))))
    expect(Math.min(...sizes)).toBeGreaterThan(20)
    expect(engine.inspect()).toMatchObject({ state: 'up', failed: 0, losses: 0 })
  })

  it('a slot that moves is followed', async () => {
    const engine = begin({ commandTimeout: '2s', prefix: `moved-${name.replace(' ', '-')}` })
    const { reserve, told } = join(engine)
    await engine.ready()
    expect(await reserve()).toMatchObject({ tokens: 10 })
    const slot = (await said(cluster.nodes[0]!.port, `CLUSTER KEYSLOT {moved-${name.replace(' ', '-')}:catalog/limit:other}\r\n`)).slice(1).trim()
    const source = cluster.nodes.find((_, at) => Number(slot) <= [5460, 10_922, 16_383][at]!)!
    const target = cluster.nodes.find((node) => node !== source)!
    const idOf = async (node: RedisServer): Promise<string | undefined> => (await said(node.port, 'CLUSTER MYID\r\n')).split('\r\n')[1]
    const move = async (from: RedisServer, to: RedisServer): Promise<void> => {
      const [fromId, toId] = [await idOf(from), await idOf(to)]
      // Who imports it takes a newer epoch when it has it, and so is believed by the others.
      await said(to.port, `CLUSTER SETSLOT ${slot} IMPORTING ${fromId}\r\n`)
      await said(from.port, `CLUSTER SETSLOT ${slot} MIGRATING ${toId}\r\n`)
      for (const node of [to, from]) await said(node.port, `CLUSTER SETSLOT ${slot} NODE ${toId}\r\n`)
    }
    await move(source, target)
    // A client may take longer than a timeout to learn of it: then limits fall back for that long.
    const followed = async (changes: Partial<ReserveAsk>): Promise<Grant> => {
      for (;;) {
        const grant = await reserve({ key: 'other', ...changes })
        if (grant !== undefined) return grant
        await told.until(({ latest }) => latest === 'up')
      }
    }
    expect(await followed({})).toMatchObject({ tokens: 10, delay: 0 })
    await said(target.port, 'FLUSHALL\r\n')
    await move(target, source)
    expect(await followed({ burstUsed: 'if-lost' })).toMatchObject({ tokens: 10, lost: true })
  })

  it('a node that stands still loses the engine until that node answers, not until another does', async () => {
    const engine = begin({ heartbeat: '20s' })
    const { reserve, told } = join(engine)
    await engine.ready()
    for (const key of keys) await reserve({ key, want: 1 })
    // Not the node of the limit's members, whom hellos ask anyway.
    const slot = Number((await said(cluster.nodes[0]!.port, `CLUSTER KEYSLOT {${name.replace(' ', '-')}:catalog/limit}:members\r\n`)).slice(1))
    const still = cluster.nodes[slot <= 5460 ? 1 : 0]!
    still.signal('SIGSTOP')
    onTestFinished(() => still.signal('SIGCONT'))
    const grants = await Promise.all(keys.map((key) => reserve({ key, want: 1 })))
    expect(grants).toContain(undefined)
    expect(told.latest).toBe('lost')
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(told.states.map(({ state }) => state)).toEqual(['connecting', 'up', 'lost'])
    still.signal('SIGCONT')
    await told.until(({ latest }) => latest === 'up')
    for (const key of keys) expect(await reserve({ key, want: 1 })).toMatchObject({ tokens: 1 })
  })
})

it.each(Object.entries(clients))('a client %s of one node of a cluster is told so', async (_, connect) => {
  const { client, end } = connect(cluster.nodes[0]!.port)
  const engine = redis(client)
  onTestFinished(async () => {
    await engine.close()
    end()
  })
  // Of several limits one lies on another node for certain.
  for (let i = 0; i < 12; i++) join(engine, `service-${i}/limit`)
  await expect(engine.ready()).rejects.toMatchObject({ message: expect.stringMatching(/MOVED/), advice: expect.stringMatching(/cluster client/) })
})
