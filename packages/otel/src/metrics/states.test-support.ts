import type { SourceState } from '@inmesh/pipeline'

const endpoint = { weight: 1, priority: 0, awaiting: 0, open: 0, slow: 1, cost: 1, medianCost: 1, available: true, share: 1, ejections: 0, consecutiveFailures: 0 } as const
const shared = { engine: 'redis', state: 'up', processes: 3 } as const
const none = { CRITICAL_PLUS: 0, CRITICAL: 0, SHEDDABLE_PLUS: 0, SHEDDABLE: 0 }

/** What a mesh with a service and a server answers. */
export const states: SourceState = {
  services: [{
    service: 'catalog',
    endpoints: [{ ...endpoint, key: 'a', state: 'in', inFlight: 2, severity: 0 }, { ...endpoint, key: 'b', state: 'ejected', inFlight: 1, severity: 0.9, cost: 8, medianCost: 2 }],
    panic: true,
    attempts: { budget: 7, backupBudget: 0.5, storm: { share: 0.25, late: 0, armed: 0 } },
    breaker: { probability: 0.1, requests: 9, accepts: 8 },
    limit: { scope: 'global', rate: 9, per: 1000, burst: 1, keys: 1, admitted: 70, shared: { ...shared, id: 'catalog/limit', share: 0.5, refresh: 100, excess: 9, held: 1, asked: 1, granted: 1, refused: 0, unused: 0, alone: 0 } },
    concurrency: { scope: 'global', limit: 10, inFlight: 4, waiting: 1, shared: { ...shared, id: 'catalog/concurrency', max: 30, leased: 10, want: 10, taken: 20 } },
  }],
  servers: [{ name: 'shop', state: 'draining', inFlight: 5, waiting: 6, admission: { limit: 20, inFlight: 5, waiting: 6, delay: 1, overloaded: true, everywhere: false, admitted: none, refused: none }, limits: [{ name: 'tenant', admitted: 80 }] }],
  observerFaults: 3,
}
