import { z } from 'zod'
import { common, definePeer } from '../peers/peer.ts'
import type { PeerEntry } from '../peers/peer.ts'
import { Assigner } from './assigner.ts'

/** The clairvoyant assigner as a contender: how far balancing could go at all. It never needs a retry. */
export const oracle: PeerEntry = definePeer({
  schema: z.strictObject(common),
  source: 'clairvoyant replica choice, as the oracle of absim (lalithsuresh/absim, the simulator of "C3", NSDI 2015)',
  differs: [
    'knows service times and queues at the instant of each call, not the future: greedy, so a strong yardstick and no proven bound',
    'where service times are drawn for each replica anew it takes the luckiest of n draws, which nobody could follow: see the service’s option for times that belong to the call',
    'looks at the replicas as they are when it sends; what the network delays in between it does not know'
  ],
  verified: 'M/M/c (Erlang C) where a call takes equally long everywhere; the least of n exponential times, 1 ÷ n of the mean, where there is no queue',
  parts: ({ timeout }, env) => ({ balancer: new Assigner(env.clairvoyance), timeout })
})
