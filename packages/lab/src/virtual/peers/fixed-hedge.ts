import type { Random as Chance } from '@inmesh/policy'
import { z } from 'zod'
import { duration } from '../../scenario/duration.ts'
import { LeastRequest } from './balance/least-request.ts'
import { Random } from './balance/random.ts'
import { RoundRobin } from './balance/round-robin.ts'
import type { Balancer } from './client/parts.ts'
import { FixedDelay } from './hedge/fixed-delay.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'

const schema = z.strictObject({
  ...common,
  delay: duration.default(10).describe('From each copy to the next; 0: all at once.'),
  maxAttempts: z.number().int().min(2).max(5).default(2).describe('First try included.'),
  cancel: z.boolean().default(true).describe('Whether copies that nobody waits for any more are cancelled.'),
  lb: z.enum(['random', 'round-robin', 'least-request']).default('least-request'),
  choiceCount: z.number().int().min(2).default(2)
})

/** Draws of another endpoint before one that has a copy already is taken after all. */
const RESELECTIONS = 20

/** A copy to another replica once the first has not answered for so long: hedged requests in their plainest form. */
export const fixedHedge: PeerEntry = definePeer({
  schema,
  source: 'Dean and Barroso, "The Tail at Scale" (CACM 2013), hedged requests; details from gRPC proposal A6, hedgingPolicy',
  differs: [
    ...COMMON_DIFFERENCES,
    'no throttle: nothing but maxAttempts bounds the copies, which is what makes it the control',
    'the delay is given, not derived from the expected latency'
  ],
  verified: 'M/M/1 with everything sent twice, without cancelling: better in the mean only below ρ = 1/3',
  parts: ({ lb, choiceCount, timeout, ...options }, { random }) => ({
    balancer: balancerOf(lb, choiceCount, random),
    hedging: new FixedDelay(options),
    reselections: RESELECTIONS,
    timeout
  })
})

function balancerOf(lb: z.output<typeof schema>['lb'], choices: number, random: Chance): Balancer {
  if (lb === 'random') return new Random(random)
  return lb === 'round-robin' ? new RoundRobin(random) : new LeastRequest(random, choices)
}
