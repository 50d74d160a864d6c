import { Redis } from 'ioredis'
import { redisServer } from '../../../test/redis/redis-server.ts'
import type { StagedRedis } from './stage.ts'

/** A Redis of our own, and a client of it that does what scenarios do. */
export async function startStagedRedis(): Promise<StagedRedis> {
  const server = await redisServer()
  const client = new Redis({ host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null, retryStrategy: () => 50 })
  // It is killed on purpose.
  client.on('error', () => {})
  return {
    port: server.port,
    kill: () => server.stop(),
    restart: () => server.start(),
    signal: (signal) => server.signal(signal),
    ask: ([command = '', ...rest]) => client.call(command, ...rest),
    stop: async () => {
      client.disconnect()
      await server[Symbol.asyncDispose]()
    },
  }
}
