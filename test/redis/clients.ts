import { adapt, type Adapter, type RedisClient } from '@inmesh/redis'
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { createClient, createCluster } from 'redis'
import { createClient as createClient4, createCluster as createCluster4 } from 'redis4'
import { createClient as createClient5, createCluster as createCluster5 } from 'redis5'

/** A user's client, how he ends it, and what he heard of its errors. */
export interface Connected {
  readonly client: RedisClient
  readonly errors: readonly Error[]
  end(): void
}

export interface Login {
  readonly username?: string
  readonly password?: string
}

interface Address {
  readonly host: string
  readonly port: number
}

/** What the next is that a client tries after a connection was lost: soon, so that tests need not wait. */
const again = (): number => 50

export const clients: Readonly<Record<string, (port: number, login?: Login) => Connected>> = {
  'ioredis 6': (port, login) => ofIoredis(new Redis({ port, ...login, retryStrategy: again })),
  'ioredis 5': (port, login) => ofIoredis(new Redis5({ port, ...login, retryStrategy: again })),
  'redis 6': (port, login) => ofNodeRedis(createClient({ socket: { port, reconnectStrategy: again }, ...login })),
  'redis 5': (port, login) => ofNodeRedis(createClient5({ socket: { port, reconnectStrategy: again }, ...login })),
  'redis 4': (port, login) => ofNodeRedis(createClient4({ socket: { port, reconnectStrategy: again }, ...login })),
}

export const clusterClients: Readonly<Record<string, (nodes: readonly Address[]) => Connected>> = {
  'ioredis 6': (nodes) => ofIoredis(new Cluster([...nodes])),
  'ioredis 5': (nodes) => ofIoredis(new Cluster5([...nodes])),
  'redis 6': (nodes) => ofNodeRedis(createCluster({ rootNodes: nodes.map((socket) => ({ socket })), defaults: { socket: { reconnectStrategy: again } } })),
  'redis 5': (nodes) => ofNodeRedis(createCluster5({ rootNodes: nodes.map((socket) => ({ socket })), defaults: { socket: { reconnectStrategy: again } } })),
  'redis 4': (nodes) => ofNodeRedis(createCluster4({ rootNodes: nodes.map((socket) => ({ socket })), defaults: { socket: { reconnectStrategy: again } } })),
}

/** For tests of the scripts themselves. */
export function adapterOf(port: number): { readonly redis: Redis; readonly adapter: Adapter; end(): void } {
  const client = new Redis({ port, retryStrategy: again })
  client.on('error', () => undefined)
  return { redis: client, adapter: adapt(client), end: () => client.disconnect() }
}

interface IoredisUser {
  on(event: 'error', listener: (error: Error) => void): unknown
  disconnect(): void
}

function ofIoredis<C extends RedisClient & IoredisUser>(client: C): Connected {
  const errors: Error[] = []
  client.on('error', (error) => void errors.push(error))
  return { client, errors, end: () => client.disconnect() }
}

interface NodeRedisUser {
  on(event: 'error', listener: (error: Error) => void): unknown
  connect(): Promise<unknown>
  disconnect(): unknown
  destroy?(): unknown
}

function ofNodeRedis<C extends RedisClient & NodeRedisUser>(client: C): Connected {
  const errors: Error[] = []
  client.on('error', (error) => void errors.push(error))
  client.connect().catch((error: Error) => void errors.push(error))
  return {
    client,
    errors,
    end: () => {
      // Of what never was open there is nothing to end.
      Promise.resolve().then(() => client.destroy === undefined ? client.disconnect() : client.destroy()).catch(() => undefined)
    },
  }
}
