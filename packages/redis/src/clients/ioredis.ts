import type { Adapter } from './adapter.ts'
import { watchErrors, type Emitter } from './errors.ts'
import { hasMethods } from './shape.ts'

/** What is used of a `Redis` or a `Cluster` of ioredis 5 and 6. */
export interface IoredisClient extends Emitter {
  readonly status: string
  evalsha(sha: string, keys: number, ...keysAndArgs: string[]): Promise<unknown>
  eval(script: string, keys: number, ...keysAndArgs: string[]): Promise<unknown>
}

export function isIoredis(client: object): client is IoredisClient {
  return 'status' in client && typeof client.status === 'string' && hasMethods(client, 'evalsha', 'eval')
}

export function ioredis(client: IoredisClient): Adapter {
  return {
    client: 'ioredis',
    ready: () => client.status === 'ready',
    evalsha: async (sha, key, args) => client.evalsha(sha, 1, key, ...args),
    eval: async (text, key, args) => client.eval(text, 1, key, ...args),
    watch: (hear) => watchErrors(client, hear),
  }
}
