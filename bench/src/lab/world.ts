import { parseScenario, type Scenario } from '@inmesh/lab'

/** Capacity of one replica: four slots of 5.65 ms in the mean (a lognormal of median 5 ms and p99 20 ms). */
const perReplica = (4 / 5.65) * 1_000
const utilization = 0.7

/** `clients` processes that call as many `servers`, each loaded to 70 %. */
export function world(clients: number, servers: number, calls: number): Scenario {
  const rate = servers * perReplica * utilization
  return parseScenario({
    version: 1,
    name: 'bench',
    services: { catalog: { replicas: servers, slots: 4, serviceTime: { kind: 'lognormal', median: '5ms', p99: '20ms' } } },
    clients: { processes: clients },
    load: { arrivals: 'poisson', rate, duration: (calls / rate) * 1_000, classes: [{ method: 'GET', path: '/items/:id' }] },
    contenders: [{ peer: 'inmesh' }],
    // A machine that is busy with something else makes it slow, not wrong.
    limits: { time: '1h' },
  })
}
