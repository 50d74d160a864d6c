import { z } from 'zod'
import { duration } from '../../scenario/duration.ts'
import { RoundRobin } from './balance/round-robin.ts'
import { WeightedRoundRobin } from './balance/weighted-round-robin.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'
import { RetryThrottle, ThrottledRetries } from './retry/throttled-retries.ts'
import { weightedRoundRobinOptions } from './weighted-round-robin.ts'

const code = z.enum([
  'CANCELLED', 'UNKNOWN', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'ABORTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'
])

const retryPolicy = z.strictObject({
  maxAttempts: z.number().int().min(2).max(5).default(4).describe('First try included.'),
  initialBackoff: duration.default(100),
  maxBackoff: duration.default(1_000),
  backoffMultiplier: z.number().gt(0).default(2),
  retryableStatusCodes: z.array(code).min(1).default(['UNAVAILABLE'])
})

const retryThrottling = z.strictObject({
  maxTokens: z.number().gt(0).max(1_000).default(10),
  tokenRatio: z.number().gt(0).default(0.1)
})

const schema = z.strictObject({
  ...common,
  lb: z.enum(['round-robin', 'weighted-round-robin']).default('round-robin'),
  weights: z.strictObject(weightedRoundRobinOptions).prefault({}).describe('Of the weighted round robin.'),
  retryPolicy: retryPolicy.prefault({}),
  retryThrottling: retryThrottling.prefault({}).nullable().describe('null: without.')
})

/** A gRPC channel with a service config: round robin, retries, and the throttle that stops them. */
export const grpcRetry: PeerEntry = definePeer({
  schema,
  source: 'gRPC proposal A6, client retries (grpc/proposal), the values of its examples; backoff ± 20 % as it says today',
  differs: [
    ...COMMON_DIFFERENCES,
    'an unsent try counts against maxAttempts, where gRPC sends it again without limit',
    'no outlier detection (A50)',
    'a pushback below zero cannot be told by this world but as "do not retry"'
  ],
  verified: "A6's own arithmetic: from 10 tokens the fifth failure ends retries, ten successes at 0.1 bring them back",
  parts: ({ lb, weights, retryPolicy: policy, retryThrottling: throttling, timeout }, env) => {
    const throttle = throttling === null ? undefined : new RetryThrottle(throttling.maxTokens, throttling.tokenRatio)
    return {
      balancer: lb === 'round-robin' ? new RoundRobin(env.random) : new WeightedRoundRobin(env.random, weights),
      retries: new ThrottledRetries(env.random, policy, throttle),
      timeout
    }
  }
})
