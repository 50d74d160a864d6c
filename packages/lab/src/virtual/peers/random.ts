import { z } from 'zod'
import { Random } from './balance/random.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'

/** Nothing is known of the endpoints, nothing is remembered: what balancing has to beat. */
export const random: PeerEntry = definePeer({
  schema: z.strictObject(common),
  source: 'Envoy, "Supported load balancers": random (envoyproxy.io/docs, intro/arch_overview/upstream/load_balancing)',
  differs: COMMON_DIFFERENCES,
  verified: 'M/M/1: each of n servers is a queue of its own, mean time in it 1 ÷ (1 − ρ) service times',
  parts: ({ timeout }, env) => ({ balancer: new Random(env.random), timeout })
})
