import { redis, type RedisClient, type RedisEngine } from '@inmesh/redis'
import { Redis } from 'ioredis'
import { spawn } from 'node:child_process'
import { errorMonitor, once, type EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clients, type Connected } from './clients.ts'
import { join } from './limits.ts'
import { oneRedis } from './one-redis.ts'

const over = oneRedis()

describe.each(Object.entries(clients))('over %s', (_, connect) => {
  function begin(options: Parameters<typeof redis>[1] = {}): Connected & { readonly engine: RedisEngine } {
    const connected = connect(over.server.port)
    const engine = redis(connected.client, options)
    onTestFinished(async () => {
      await engine.close()
      connected.end()
    })
    return { ...connected, engine }
  }

  it('a limit hears that it is connecting, then who is there, then that it is up', async () => {
    const { engine } = begin()
    const { told } = join(engine)
    expect(told.states.map(({ state }) => state)).toEqual(['connecting'])
    await engine.ready()
    expect(told.states.map(({ state, why }) => [state, why])).toEqual([['connecting', undefined], ['up', undefined]])
    expect(told.fleets).toEqual([{ processes: 1, share: 1 }])
    expect(engine.inspect()).toEqual({ name: 'redis', state: 'up', asked: 0, failed: 0, losses: 0 })
  })

  it('tokens are granted, for each key by itself, and nothing is answered on the stack of the ask', async () => {
    const { engine } = begin({ commandTimeout: '2s' })
    const { reserve, seat } = join(engine)
    await engine.ready()
    // Slow enough for a machine that is busy between two asks.
    const slow = { key: 'a', interval: 1000, horizon: 60_000 }
    expect(await reserve({ ...slow, want: 20 })).toMatchObject({ tokens: 20, delay: 0 })
    expect(await reserve({ key: 'a}{b', want: 20 })).toMatchObject({ tokens: 20, delay: 0 })
    expect(await reserve({ key: 'x'.repeat(100_000), want: 20 })).toMatchObject({ tokens: 20, delay: 0 })
    expect((await reserve(slow))!.delay).toBeGreaterThan(5000)
    const keys = await over.redis.keys('{inmesh:catalog/limit:*')
    expect(keys.filter((key) => key.length > 300)).toEqual([])
    let answers = 0
    await new Promise<void>((resolve) => {
      seat.slots({ max: 1, want: 1, inUse: 0, lease: 100, weight: 1 }, () => resolve(void answers++))
      expect(answers).toBe(0)
    })
    expect(answers).toBe(1)
  })

  it('two processes share the slots, and know of each other', async () => {
    const [one, two] = [begin({ heartbeat: 100, commandTimeout: '2s' }), begin({ heartbeat: 100, weight: 3, commandTimeout: '2s' })]
    const [a, b] = [join(one.engine), join(two.engine)]
    await Promise.all([one.engine.ready(), two.engine.ready()])
    await a.told.until(({ fleets }) => fleets.at(-1)?.processes === 2)
    await b.told.until(({ fleets }) => fleets.at(-1)?.processes === 2)
    expect([a.told.fleets.at(-1), b.told.fleets.at(-1)]).toEqual([{ processes: 2, share: 0.25 }, { processes: 2, share: 0.75 }])
    await a.slots()
    await b.slots()
    expect([await a.slots(), await b.slots()]).toEqual([{ slots: 10, taken: 10, processes: 2 }, { slots: 30, taken: 40, processes: 2 }])
    await one.engine.close()
    await b.told.until(({ fleets }) => fleets.at(-1)?.processes === 1)
    expect(await b.slots()).toEqual({ slots: 40, taken: 40, processes: 1 })
  })

  it('a server that lost its scripts and its state goes on, and says that it has lost it', async () => {
    const { engine } = begin({ commandTimeout: '2s' })
    const { reserve, told } = join(engine)
    await engine.ready()
    await reserve()
    await over.redis.flushall()
    await over.redis.script('FLUSH')
    expect(await reserve({ burstUsed: 'if-lost' })).toMatchObject({ tokens: 10, lost: true })
    expect(told.latest).toBe('up')
  })

  it('a server that is killed is lost within a timeout, and up within a second of its return', async () => {
    const { engine } = begin({ heartbeat: 100 })
    const { reserve, told } = join(engine)
    await engine.ready()
    await over.server.stop()
    const stopped = performance.now()
    await told.until(({ latest }) => latest === 'lost')
    expect(performance.now() - stopped).toBeLessThan(100 + 110 + 500)
    expect(await reserve()).toBeUndefined()
    await sleep(300)
    await over.server.start()
    const back = performance.now()
    await told.until(({ latest }) => latest === 'up')
    expect(performance.now() - back).toBeLessThan(1000)
    expect(await reserve()).toMatchObject({ tokens: 10, delay: 0 })
    expect(told.states.map(({ state }) => state)).toEqual(['connecting', 'up', 'lost', 'up'])
  })

  it('nothing is asked of a client that is not connected, so that nothing is granted late', async () => {
    const { engine } = begin({ heartbeat: '20s' })
    const { reserve, told } = join(engine)
    await engine.ready()
    await over.server.stop()
    await sleep(50)
    const asked = performance.now()
    expect(await reserve({ key: 'late' })).toBeUndefined()
    expect(performance.now() - asked).toBeLessThan(95)
    await over.server.start()
    await told.until(({ latest }) => latest === 'up')
    await sleep(50)
    expect(await over.redis.exists('{inmesh:catalog/limit:late}')).toBe(0)
  })

  it('a server that stands still is lost after a timeout, is not asked meanwhile, and answers nothing late', async () => {
    const { engine } = begin({ heartbeat: '20s' })
    const { reserve, told } = join(engine)
    await engine.ready()
    over.server.signal('SIGSTOP')
    onTestFinished(() => over.server.signal('SIGCONT'))
    const asked = performance.now()
    const grants = await Promise.all([reserve({ want: 1 }), reserve({ want: 1 }), reserve({ want: 1 })])
    expect(grants).toEqual([undefined, undefined, undefined])
    expect(performance.now() - asked).toBeLessThan(100 + 100)
    const before = engine.inspect().asked
    for (let i = 0; i < 50; i++) expect(await reserve()).toBeUndefined()
    expect(engine.inspect()).toMatchObject({ state: 'lost', why: 'no answer within 100 ms', asked: before, failed: 3, losses: 1 })
    over.server.signal('SIGCONT')
    await told.until(({ latest }) => latest === 'up')
    // The three that it had read before were granted all the same: fewer are left, never more.
    const { tokens, delay } = (await reserve({ want: 20 }))!
    expect(tokens).toBe(20)
    expect(delay).toBeGreaterThanOrEqual(0)
    expect(told.states.map(({ state }) => state)).toEqual(['connecting', 'up', 'lost', 'up'])
  })

  it('what is under way when it is lost is answered then, not each at its own timeout', async () => {
    const { engine } = begin({ heartbeat: '20s', commandTimeout: 600 })
    const { reserve, told } = join(engine)
    await engine.ready()
    over.server.signal('SIGSTOP')
    onTestFinished(() => over.server.signal('SIGCONT'))
    const first = reserve()
    await sleep(450)
    const asked = performance.now()
    const second = reserve()
    expect([await first, await second]).toEqual([undefined, undefined])
    expect(performance.now() - asked).toBeLessThan(500)
    over.server.signal('SIGCONT')
    await told.until(({ latest }) => latest === 'up')
    expect(engine.inspect()).toMatchObject({ state: 'up', asked: 2, failed: 2, losses: 1 })
  })

  it('nobody hears of it any more after close, which is done once and leaves no listener', async () => {
    const { engine, client } = begin({ commandTimeout: '2s' })
    const listening = (): number => (client as unknown as EventEmitter).listenerCount(errorMonitor)
    expect(listening()).toBe(1)
    const { told, reserve, slots } = join(engine)
    await engine.ready()
    await slots()
    await engine.close()
    await engine.close()
    expect([listening(), told.latest, told.states.at(-1)?.why]).toEqual([0, 'lost', 'the engine is closed'])
    expect([await reserve(), await slots()]).toEqual([undefined, undefined])
    expect(await over.redis.exists('{inmesh:catalog/limit}:members', '{inmesh:catalog/limit}:slots')).toBe(0)
    expect(join(engine).told.states).toMatchObject([{ state: 'lost', why: 'the engine is closed' }])
    await expect(engine.ready()).rejects.toMatchObject({ code: 'INMESH_ENGINE_LOST' })
  })
})

it('a process that is killed frees its slots when its lease ends, and its share after three beats', async () => {
  const client = new Redis(over.server.port)
  const engine = redis(client, { heartbeat: 100, commandTimeout: '2s' })
  onTestFinished(async () => {
    await engine.close()
    client.disconnect()
  })
  const { slots, told } = join(engine)
  const child = spawn(process.execPath, ['--conditions=@inmesh/source', new URL('holding-process.ts', import.meta.url).pathname, `${over.server.port}`, '100', '300'], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = await once(child.stdout, 'data') as [Buffer]
  expect(said.toString()).toBe('40\n')
  await told.until(({ fleets }) => fleets.at(-1)?.processes === 2)
  expect(await slots()).toEqual({ slots: 0, taken: 40, processes: 2 })
  child.kill('SIGKILL')
  const killed = performance.now()
  let grant = await slots()
  while (grant?.slots !== 40) {
    await sleep(20)
    grant = await slots()
  }
  expect(performance.now() - killed).toBeLessThan(300 + 300)
  await told.until(({ fleets }) => fleets.at(-1)?.processes === 1)
  expect(performance.now() - killed).toBeLessThan(300 + 110 + 500)
})

it.each([
  [undefined, 'nothing'],
  [null, 'null'],
  ['redis://:secret@10.0.0.9', 'a text; make a client of it first'],
  [Promise.resolve(), 'a promise; await it first'],
  [Redis, 'a function; call it first'],
  [{ host: '10.0.0.9', password: 'secret' }, 'an object that is no such client'],
  [42, 'a number'],
])('what is no client is refused, and not shown: %s', (client, got) => {
  expect(() => redis(client as unknown as RedisClient)).toThrow(`redis(client): got ${got} (accepted: a client of ioredis (new Redis(), new Cluster()) or redis (createClient(), createCluster()))`)
})
