import { z } from 'zod'
import { duration } from '../../scenario/duration.ts'
import { LeastRequest } from './balance/least-request.ts'
import { RoundRobin } from './balance/round-robin.ts'
import { EnvoyOutliers } from './eject/envoy-outliers.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'
import { EnvoyRetries } from './retry/envoy-retries.ts'

const percent = z.number().min(0).max(100)
const count = z.number().int().min(0)

const outlierDetection = z.strictObject({
  consecutive5xx: z.number().int().min(1).default(5),
  enforcingConsecutive5xx: percent.default(100),
  interval: duration.default(10_000),
  baseEjectionTime: duration.default(30_000),
  maxEjectionTime: duration.default(300_000),
  maxEjectionPercent: percent.default(10).describe('Looked at before an ejection, so that one may always be out.'),
  enforcingSuccessRate: percent.default(100),
  successRateMinimumHosts: count.default(5),
  successRateRequestVolume: count.default(100),
  successRateStdevFactor: z.number().min(0).default(1.9),
  enforcingFailurePercentage: percent.default(0),
  failurePercentageMinimumHosts: count.default(5),
  failurePercentageRequestVolume: count.default(50),
  failurePercentageThreshold: percent.default(85)
})

const retryPolicy = z.strictObject({
  numRetries: count.default(1),
  baseInterval: duration.default(25),
  maxInterval: duration.default(250),
  budgetPercent: percent.default(20).describe('Of what is in flight; retries at one time at most.'),
  minRetryConcurrency: count.default(3),
  hostSelectionRetryMaxAttempts: count.default(3).describe('With the previous_hosts predicate; 0: without it.')
})

const schema = z.strictObject({
  ...common,
  lb: z.enum(['round-robin', 'least-request']).default('round-robin'),
  choiceCount: z.number().int().min(2).default(2),
  perTryTimeout: duration.optional(),
  panicThreshold: percent.default(50).describe('With fewer per cent left than this, ejection is ignored.'),
  outlierDetection: outlierDetection.prefault({}),
  retryPolicy: retryPolicy.prefault({})
})

/** Envoy's router and cluster: outlier detection, one retry elsewhere under a retry budget, round robin or least request. */
export const envoy: PeerEntry = definePeer({
  schema,
  source: 'Envoy, outlier_detection.proto, circuit_breaker.proto (RetryBudget), HTTP router filter, "Outlier detection" (envoyproxy.io)',
  differs: [
    ...COMMON_DIFFERENCES,
    'one worker thread: balancer and budget see all of a process',
    'no hedging on per-try timeout (off there by default), no gateway-failure rule (enforced 0 % there), no split of local errors',
    'tries in flight stand for active and pending requests in the retry budget',
    'ejected endpoints leave the turn of round robin at once, without a rebuild of its schedule'
  ],
  verified: 'its documented times: out 30 s × times ejected, at most 300 s, let in at the next 10 s sweep, 10 % or one at most',
  parts: (options, env) => {
    const { lb, choiceCount, panicThreshold, timeout, perTryTimeout, retryPolicy: retry } = options
    const rules = { ...options.outlierDetection, panicThreshold }
    return {
      balancer: lb === 'round-robin' ? new RoundRobin(env.random) : new LeastRequest(env.random, choiceCount),
      outliers: new EnvoyOutliers(env.random, rules, env.clock.now()),
      retries: new EnvoyRetries(env.random, retry),
      reselections: retry.hostSelectionRetryMaxAttempts,
      timeout,
      perTryTimeout
    }
  }
})
