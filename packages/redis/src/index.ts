import '@inmesh/pipeline/node-version'

// For users.
export { redis } from './redis.ts'
export type { RedisEngine } from './engine.ts'
export type { RedisOptions } from './options.ts'
export type { IoredisClient } from './clients/ioredis.ts'
export type { NodeRedisClient, NodeRedisCluster, NodeRedisSingle } from './clients/node-redis.ts'
export type { RedisClient } from './clients/adapt.ts'

// For tests of whoever decides the same elsewhere: what is asked and what it answers, over one client.
export { adapt, type Adapter } from './clients/adapt.ts'
export { grantScript, runGrant, type GrantRun } from './scripts/grant.ts'
export { runSlots, slotsScript, type SlotsRun } from './scripts/slots.ts'
