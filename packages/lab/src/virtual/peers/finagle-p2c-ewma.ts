import { z } from 'zod'
import { duration } from '../../scenario/duration.ts'
import { PeakEwma } from './balance/peak-ewma.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'

const schema = z.strictObject({
  ...common,
  decayTime: duration.default(10_000).describe('How slowly a peak is forgotten: to 37 % in this time.')
})

/** Finagle's `Balancers.p2cPeakEwma`, nothing around it. */
export const finagleP2cEwma: PeerEntry = definePeer({
  schema,
  source: 'Finagle, PeakEwma.scala and P2CPick.scala (twitter/finagle, finagle-core loadbalancer), decay time 10 s',
  differs: [...COMMON_DIFFERENCES, 'no endpoint is ever closed or busy, so status never decides between two'],
  verified: 'H1, Buoyant 2016 "Beyond Round Robin": 99.9 % success, p99.9 near 210 ms',
  parts: ({ timeout, decayTime }, env) => ({ balancer: new PeakEwma(env.random, decayTime), timeout })
})
