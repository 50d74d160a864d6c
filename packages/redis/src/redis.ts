import { nodeClock, nodeRandom, type Clock } from '@inmesh/pipeline'
import type { Random } from '@inmesh/policy'
import { adapt, type RedisClient } from './clients/adapt.ts'
import { RunningEngine, type RedisEngine } from './engine.ts'
import { termsOf, type RedisOptions } from './options.ts'

/**
 * Counts limits of many processes in Redis 6.2 or later, or Valkey, over a client of yours: of `ioredis` or `redis`, single
 * or a cluster. Connecting, its errors and closing it stay yours. Throws a `TypeError` for what is no client, and one that
 * lists every mistake in `options`.
 */
export function redis(client: RedisClient, options: RedisOptions = {}): RedisEngine {
  return engineOver(client, options, nodeClock(), nodeRandom)
}

/** With time and chance handed in. */
export function engineOver(client: RedisClient, options: RedisOptions, clock: Clock, random: Random): RedisEngine {
  return new RunningEngine({ adapter: adapt(client), terms: termsOf(options), clock, random })
}
