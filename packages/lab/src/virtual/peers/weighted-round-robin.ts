import { z } from 'zod'
import { duration } from '../../scenario/duration.ts'
import { WeightedRoundRobin } from './balance/weighted-round-robin.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'

export const weightedRoundRobinOptions = {
  blackoutPeriod: duration.default(10_000).describe('How long an endpoint must have reported before it is believed.'),
  weightExpirationPeriod: duration.default(180_000).describe('How long a report is believed.'),
  weightUpdatePeriod: duration.default(1_000).describe('How often weights are computed anew; 100 ms at least.'),
  errorUtilizationPenalty: z.number().min(0).default(1).describe('What a share of errors adds to the utilization.')
}

/** gRPC's client-side weighted round robin: servers say what they can take. */
export const weightedRoundRobin: PeerEntry = definePeer({
  schema: z.strictObject({ ...common, ...weightedRoundRobinOptions }),
  source: 'gRPC proposal A58, client-side weighted round robin (grpc/proposal), with load reports per call (A51)',
  differs: [
    ...COMMON_DIFFERENCES,
    'weights are computed at the first pick of a period, not by a timer between picks',
    'utilization is the busy share of slots, there being no CPU'
  ],
  verified: "A58's own arithmetic: traffic in proportion to qps ÷ (utilization + eps ÷ qps), after the blackout",
  parts: ({ timeout, ...options }, env) => ({ balancer: new WeightedRoundRobin(env.random, options), timeout })
})
