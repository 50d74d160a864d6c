import { z } from 'zod'
import { LeastLoaded } from './balance/two-choices.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'

/** Finagle's `Balancers.p2c`, nothing around it. Unlike Envoy's it never draws one endpoint twice. */
export const finagleP2cLeastLoaded: PeerEntry = definePeer({
  schema: z.strictObject(common),
  source: 'Finagle, LeastLoaded.scala and P2CPick.scala (twitter/finagle, finagle-core loadbalancer)',
  differs: [...COMMON_DIFFERENCES, 'no endpoint is ever closed or busy, so status never decides between two'],
  verified: 'H1, Buoyant 2016 "Beyond Round Robin": 99 % success, p99 near 205 ms',
  parts: ({ timeout }, env) => ({ balancer: new LeastLoaded(env.random), timeout })
})
