import type { Adapter } from './adapter.ts'
import { ioredis, isIoredis, type IoredisClient } from './ioredis.ts'
import { isNodeRedis, nodeRedis, type NodeRedisClient } from './node-redis.ts'

export type { Adapter } from './adapter.ts'

/** A connected client of the user's: of `ioredis` or `redis`, single or a cluster. */
export type RedisClient = IoredisClient | NodeRedisClient

const accepted = 'a client of ioredis (new Redis(), new Cluster()) or redis (createClient(), createCluster())'

/** Told apart by their shape, so that neither package is imported here. */
export function adapt(client: unknown): Adapter {
  if (typeof client === 'object' && client !== null) {
    if (isIoredis(client)) return ioredis(client)
    if (isNodeRedis(client)) return nodeRedis(client)
  }
  throw new TypeError(`redis(client): got ${gotten(client)} (accepted: ${accepted})`)
}

/** No key of it is listed: what was given may be options with a password, or a URL. */
function gotten(client: unknown): string {
  if (client === undefined) return 'nothing'
  if (client === null) return 'null'
  if (typeof client === 'string') return 'a text; make a client of it first'
  if (typeof client === 'function') return 'a function; call it first'
  if (typeof client !== 'object') return `a ${typeof client}`
  return client instanceof Promise ? 'a promise; await it first' : 'an object that is no such client'
}
