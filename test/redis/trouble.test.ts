import { redis, type RedisEngine } from '@inmesh/redis'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { clients, type Connected, type Login } from './clients.ts'
import { fakeRedis, granted, handshake, scripted } from './fake-redis.ts'
import { join } from './limits.ts'
import { installing, redisBinary } from './redis-binary.ts'
import { redisServer, type RedisServer } from './redis-server.ts'

beforeAll(redisBinary, installing)

/** What an operator reads. That no promise is rejected unheard is seen to by vitest. */
const warnings: string[] = []
const hearWarning = (warning: Error): void => {
  if (warning.name === 'InmeshWarning') warnings.push(warning.message)
}
beforeAll(() => void process.on('warning', hearWarning))
beforeEach(() => void warnings.splice(0))
afterAll(() => void process.off('warning', hearWarning))

function over(connect: (port: number, login?: Login) => Connected, port: number, login?: Login): Connected & { readonly engine: RedisEngine } {
  const connected = connect(port, login)
  const engine = redis(connected.client)
  onTestFinished(async () => {
    await engine.close()
    connected.end()
  })
  return { ...connected, engine }
}

/** A server for one test, and a client that may do everything on it. */
async function own(...options: readonly string[]): Promise<{ readonly server: RedisServer; readonly admin: Redis }> {
  const server = await redisServer(...options)
  const admin = new Redis(server.port)
  admin.on('error', () => undefined)
  onTestFinished(async () => {
    admin.disconnect()
    await server[Symbol.asyncDispose]()
  })
  return { server, admin }
}

/** Lost from the start for a reason that a warning and `ready()` say, with the limit's name, while the limit has its fallback. */
async function refused(engine: RedisEngine): Promise<string> {
  const { told, reserve, slots } = join(engine)
  const error = await engine.ready().then(() => undefined, (reason: unknown) => reason as Error & { readonly advice: string })
  expect(error).toMatchObject({ name: 'EngineLost', code: 'INMESH_ENGINE_LOST', policy: 'engine' })
  expect(error!.message).toMatch(/^redis: .*; limits that fall back: catalog\/limit \(engine\)$/)
  expect(told.states.map(({ state }) => state)).toEqual(['connecting', 'lost'])
  expect(error!.message).toContain(told.states[1]!.why)
  expect([await reserve(), await slots()]).toEqual([undefined, undefined])
  await sleep(10)
  expect(warnings).toEqual([`${error!.message}. ${error!.advice}`])
  return warnings[0]!
}

describe.each(Object.entries(clients))('over %s', (_, connect) => {
  it('a wrong password is told at once, without the password, and the right one afterwards is enough', async () => {
    const { server, admin } = await own()
    await admin.config('SET', 'requirepass', 'right')
    const { engine } = over(connect, server.port, { password: 'wrong-secret' })
    expect(await refused(engine)).toMatch(/(WRONGPASS|NOAUTH).*Give the client/)
    expect(JSON.stringify(warnings)).not.toContain('secret')
    const { told } = join(engine)
    await admin.config('SET', 'requirepass', 'wrong-secret')
    await told.until(({ latest }) => latest === 'up')
  })

  it('nobody at the port is told after a quarter of a second, and a server that comes is found', async () => {
    const { server } = await own()
    await server.stop()
    const { engine } = over(connect, server.port)
    const began = performance.now()
    expect(await refused(engine)).toMatch(/not reached within 250 ms: .*ECONNREFUSED.*Look at whether Redis runs there/)
    expect(performance.now() - began).toBeLessThan(250 + 500)
    await server.start()
    const { told } = join(engine)
    await told.until(({ latest }) => latest === 'up')
  })

  it('a replica is told, by what it says', async () => {
    const { server, admin } = await own()
    await admin.replicaof('127.0.0.1', '1')
    expect(await refused(over(connect, server.port).engine)).toMatch(/READONLY.*Connect the client to the primary/)
  })

  it('a user who may not run scripts is told, and may when he is allowed to', async () => {
    const { server, admin } = await own()
    await admin.acl('SETUSER', 'mesh', 'on', '>secret', '~{inmesh*', '+@all', '-@scripting')
    const { engine } = over(connect, server.port, { username: 'mesh', password: 'secret' })
    expect(await refused(engine)).toMatch(/NOPERM.*Let the ACL user call EVAL/)
    await admin.acl('SETUSER', 'mesh', '+eval', '+evalsha')
    const { told } = join(engine)
    await told.until(({ latest }) => latest === 'up')
  })

  it('a user with just the rights that the README lists does all', async () => {
    const { server, admin } = await own()
    const rights = '~{inmesh* +eval +evalsha +time +set +get +getex +pexpire +del +hgetall +hset +hdel +zadd +zrem +zcard +zscore +zrangebyscore +zremrangebyscore'
    // What clients call to connect.
    await admin.acl('SETUSER', 'mesh', 'on', '>secret', ...rights.split(' '), '+hello', '+info', '+client', '+select', '+ping')
    const { engine } = over(connect, server.port, { username: 'mesh', password: 'secret' })
    const { reserve, slots, told } = join(engine)
    await engine.ready()
    expect(await reserve()).toMatchObject({ tokens: 10 })
    expect(await slots()).toMatchObject({ slots: 40 })
    expect(await slots({ want: 0 })).toMatchObject({ slots: 0 })
    await engine.close()
    expect(told.states.map(({ state }) => state)).toEqual(['connecting', 'up', 'lost'])
    expect(warnings).toEqual([])
  })

  it('a memory that is full is told, and no longer when there is room', async () => {
    const { server, admin } = await own('--maxmemory', '1', '--maxmemory-policy', 'noeviction')
    const { engine } = over(connect, server.port)
    expect(await refused(engine)).toMatch(/OOM.*raise maxmemory/)
    await admin.config('SET', 'maxmemory', '0')
    const { told } = join(engine)
    await told.until(({ latest }) => latest === 'up')
  })

  it('what goes wrong later is told once, by the first who notices, and answers go on when it is right again', async () => {
    const { server, admin } = await own()
    const { engine } = over(connect, server.port)
    const { told, reserve } = join(engine)
    await engine.ready()
    await admin.config('SET', 'maxmemory', '1')
    expect(await reserve()).toBeUndefined()
    expect(told.states.at(-1)).toMatchObject({ state: 'lost', why: expect.stringMatching(/^OOM/) })
    await sleep(300)
    expect(engine.inspect()).toMatchObject({ state: 'lost', losses: 1, failed: 1 })
    expect(warnings.length).toBe(1)
    await admin.config('SET', 'maxmemory', '0')
    await told.until(({ latest }) => latest === 'up')
    expect(await reserve()).toMatchObject({ tokens: 10 })
  })

  it('a script of somebody else that blocks is told', async () => {
    const { server, admin } = await own('--busy-reply-threshold', '20')
    const { engine } = over(connect, server.port)
    const { told, reserve } = join(engine)
    await engine.ready()
    const blocked = admin.eval('while true do end', 0).catch(() => undefined)
    await sleep(40)
    expect(await reserve()).toBeUndefined()
    for (const until = performance.now() + 2000; performance.now() < until && engine.inspect().why?.startsWith('BUSY') !== true;) await sleep(20)
    expect(engine.inspect().why).toMatch(/^BUSY/)
    const killer = new Redis({ port: server.port, enableReadyCheck: false })
    await killer.script('KILL')
    killer.disconnect()
    await blocked
    await told.until(({ latest }) => latest === 'up')
  })

  it('a server that answers nothing is told', async () => {
    using silent = await fakeRedis(() => undefined)
    expect(await refused(over(connect, silent.port).engine)).toMatch(/not reached within 250 ms: no answer within 100 ms/)
  })

  it('a server that answers anything is told', async () => {
    using polite = await fakeRedis((command) => handshake(command) ?? '+OK\r\n')
    expect(await refused(over(connect, polite.port).engine)).toMatch(/answered "OK", which no script of ours does.*it is no Redis/)
  })

  it('a server that answers nonsense is told', async () => {
    using mad = await fakeRedis(() => 'HTTP/1.1 400 Bad Request\r\n\r\n')
    expect(await refused(over(connect, mad.port).engine)).toMatch(/not reached|Protocol|RESP|answered|invalid/i)
  })

  it('an answer that is nonsense later loses the engine, and no call hears of it', async () => {
    let grant = '*5\r\n:3\r\n:0\r\n:0\r\n:0\r\n:0\r\n'
    using odd = await fakeRedis((command) => handshake(command) ?? scripted(command, { grant }))
    const { engine } = over(connect, odd.port)
    const { told, reserve } = join(engine)
    await engine.ready()
    expect(await reserve({ want: 10 })).toBeUndefined()
    expect(told.states.at(-1)).toMatchObject({ state: 'lost', why: 'answered a list of 5, which no script of ours does' })
    grant = granted
    await told.until(({ latest }) => latest === 'up')
    expect(await reserve({ want: 10 })).toEqual({ tokens: 10, delay: 0, retryAfter: 0, keptFor: 0, lost: false })
  })

  it('a server older than 6.2 is told', async () => {
    using old = await fakeRedis((command) => handshake(command) ?? (command[0]?.toUpperCase() === 'EVALSHA' ? '-NOSCRIPT No matching script. Please use EVAL.\r\n' : '*1\r\n:0\r\n'))
    expect(await refused(over(connect, old.port).engine)).toMatch(/older than Redis 6\.2.*Use Redis 6\.2 or later/)
  })

  it('a client is not heaped with hellos that nobody answers', async () => {
    let hellos = 0
    using deaf = await fakeRedis((command) => {
      if (/^EVAL/i.test(command[0] ?? '')) hellos++
      return handshake(command)
    })
    const { engine } = over(connect, deaf.port)
    const { told } = join(engine)
    await told.until(({ latest }) => latest === 'lost')
    await sleep(400)
    expect(hellos).toBe(1)
  })

  it('a process that was busy itself for longer than the timeout does not lose a server that is well', async () => {
    const { server } = await own()
    const { engine } = over(connect, server.port)
    const { told, reserve } = join(engine)
    await engine.ready()
    for (let i = 0; i < 2; i++) {
      const grant = reserve()
      for (const until = performance.now() + 200; performance.now() < until;);
      expect(await grant).toMatchObject({ tokens: 10 })
      expect(told.latest).toBe('up')
    }
  })

  it('a client that was closed beneath it is told, and nothing else happens', async () => {
    const { server } = await own()
    const { engine, end } = over(connect, server.port)
    const { told, reserve } = join(engine)
    await engine.ready()
    end()
    await sleep(20)
    expect(await reserve()).toBeUndefined()
    expect(told.states.at(-1)).toMatchObject({ state: 'lost', why: expect.stringMatching(/not connected|closed/i) })
    await expect(engine.ready()).rejects.toMatchObject({ code: 'INMESH_ENGINE_LOST' })
  })
})

it.each(['ioredis', 'redis'])('a process with nothing left to do but a heartbeat over %s ends', async (client) => {
  const { server } = await own()
  const child = spawn(process.execPath, ['--conditions=@inmesh/source', new URL('idle-process.ts', import.meta.url).pathname, client, `${server.port}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => { said += chunk.toString() })
  const [status] = await once(child, 'exit') as [number | null]
  expect([status, said]).toEqual([0, 'up\n'])
})
