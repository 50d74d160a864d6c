import type { Adapter } from './adapter.ts'
import { watchErrors, type Emitter } from './errors.ts'
import { hasMethods } from './shape.ts'

interface Open extends Emitter {
  readonly isOpen: boolean
  /** Clusters before 6 and pools do not say. */
  readonly isReady?: boolean
}

/** What is used of a client or a pool of `redis` (node-redis) 4, 5 and 6. */
export interface NodeRedisSingle extends Open {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** What is used of a cluster of `redis` 4, 5 and 6. */
export interface NodeRedisCluster extends Open {
  readonly masters: readonly unknown[]
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>
}

export type NodeRedisClient = NodeRedisSingle | NodeRedisCluster

export function isNodeRedis(client: object): client is NodeRedisClient {
  return 'isOpen' in client && typeof client.isOpen === 'boolean' && (isCluster(client) || hasMethods(client, 'evalSha', 'eval'))
}

export function nodeRedis(client: NodeRedisClient): Adapter {
  return {
    client: 'redis',
    ready: () => client.isReady ?? client.isOpen,
    evalsha: isCluster(client)
      // Not `evalSha`: in 4 it takes the digest for the key, and sends every script to whatever node.
      ? async (sha, key, args) => client.sendCommand(key, false, ['EVALSHA', sha, '1', key, ...args])
      : async (sha, key, args) => client.evalSha(sha, { keys: [key], arguments: [...args] }),
    eval: isCluster(client)
      ? async (text, key, args) => client.sendCommand(key, false, ['EVAL', text, '1', key, ...args])
      : async (text, key, args) => client.eval(text, { keys: [key], arguments: [...args] }),
    watch: (hear) => watchErrors(client, hear),
  }
}

function isCluster(client: object): client is NodeRedisCluster {
  return 'masters' in client && Array.isArray(client.masters) && hasMethods(client, 'sendCommand')
}
