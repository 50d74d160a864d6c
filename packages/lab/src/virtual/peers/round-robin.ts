import { z } from 'zod'
import { RoundRobin } from './balance/round-robin.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'

/** Every endpoint in turn: where the "share of the way" begins. */
export const roundRobin: PeerEntry = definePeer({
  schema: z.strictObject(common),
  source: 'gRPC, "Load Balancing Policies": round_robin; Envoy, "Supported load balancers": weighted round robin',
  differs: [...COMMON_DIFFERENCES, 'all endpoints weigh the same'],
  verified: 'H1, Buoyant 2016 "Beyond Round Robin": 95 % success; E_n/M/1: each server sees every n-th arrival',
  parts: ({ timeout }, env) => ({ balancer: new RoundRobin(env.random), timeout })
})
