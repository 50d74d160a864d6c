import type { Adapter } from '@inmesh/redis'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { adapterOf } from './clients.ts'
import { installing } from './redis-binary.ts'
import { redisServer, type RedisServer } from './redis-server.ts'

/** One Redis for all tests of a file, with a client, and empty before each of them. Called once, where its tests stand. */
export interface OneRedis {
  readonly server: RedisServer
  readonly redis: Redis
  readonly adapter: Adapter
}

export function oneRedis(): OneRedis {
  let server: RedisServer | undefined
  let over: ReturnType<typeof adapterOf> | undefined
  beforeAll(async () => {
    server = await redisServer()
    over = adapterOf(server.port)
  }, installing)
  beforeEach(() => over?.redis.flushall())
  afterAll(async () => {
    over?.end()
    await server?.[Symbol.asyncDispose]()
  })
  return {
    get server() { return begun(server) },
    get redis() { return begun(over).redis },
    get adapter() { return begun(over).adapter },
  }
}

function begun<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('oneRedis: there is one while tests run')
  return value
}
