import { GlobalLimiter, nodeClock, nodeRandom, Observers, type Engine } from '@inmesh/pipeline'

/** Grants on the spot: what Redis takes for its answer is on no call's path, and not what is measured. */
const generous: Engine = {
  name: 'generous',
  join: (limit) => {
    limit.state('up')
    return { reserve: ({ want }, done) => done({ tokens: want, delay: 0, retryAfter: 0, keptFor: 100, lost: false }), slots: (_, done) => done(undefined), leave: () => {} }
  },
  inspect: () => ({ name: 'generous', state: 'up', asked: 0, failed: 0, losses: 0 }),
  close: async () => {},
}

/** A decision as a call makes it: the limiter above the table, and a reading of the clock. */
export function wholeLimiter(): (key: string) => unknown {
  const clock = nodeClock()
  const terms = { id: 'bench/limit', rate: 1e8, per: 1000, burst: 1e7, maxKeys: 10_000, weight: 1, byCriticality: false, engineLost: 'local-share', minProcesses: 1 } as const
  const limiter = new GlobalLimiter(terms, generous, { service: 'bench', clock, observers: new Observers(), random: nodeRandom })
  return (key) => limiter.take(key, clock.now(), 'CRITICAL')
}
