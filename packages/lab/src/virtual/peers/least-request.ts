import { z } from 'zod'
import { LeastRequest } from './balance/least-request.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'

const schema = z.strictObject({
  ...common,
  choiceCount: z.number().int().min(2).default(2).describe("Endpoints drawn for each pick (Envoy's choice_count).")
})

/** Envoy's least request for endpoints of one weight: the power of two choices over what is in flight. */
export const leastRequest: PeerEntry = definePeer({
  schema,
  source: 'Envoy, "Supported load balancers": weighted least request; choice_count 2 (cluster.proto LeastRequestLbConfig)',
  differs: [...COMMON_DIFFERENCES, 'all endpoints weigh the same, so active_request_bias has nothing to act on'],
  verified: 'Mitzenmacher 2001, supermarket model, two choices: mean time Σ ρ^(2^i − 2) service times (2.61 at ρ = 0.9)',
  parts: ({ timeout, choiceCount }, env) => ({ balancer: new LeastRequest(env.random, choiceCount), timeout })
})
