import type { Operation} from '@inmesh/policy';
import { Cluster, Visited, type Lease, type PickRequest } from '@inmesh/policy'
import { seededRandom } from '@inmesh/testing'

const success = { kind: 'success', code: 'OK', status: 200 } as const
const inFlight = 16

/** A cluster as it is when it has been at work for a while, and one decision about it: a pick, and the report of an earlier one. */
export function pickAndReport(endpoints: number): () => void {
  const random = seededRandom(endpoints)
  const cluster = new Cluster<undefined>({ random, now: 0 })
  cluster.pool.update(Array.from({ length: endpoints }, (_, i) => ({ key: `10.0.${i >> 8}.${i & 255}:8080`, target: undefined })), 0)
  const stats = cluster.operations.get('GET')
  // Drawn beforehand: the clock's steps are the latencies' scatter, and drawing them is not what is measured.
  const steps = Float64Array.from({ length: 4096 }, () => -Math.log(1 - random.next()) * 0.1)
  const leases: (Lease<undefined> | undefined)[] = Array.from({ length: inFlight }, () => undefined)
  let now = 0
  let turn = 0
  const step = (): void => {
    now += steps[turn & 4095] as number
    const slot = turn++ % inFlight
    const earlier = leases[slot]
    if (earlier !== undefined) {
      cluster.head(earlier, success, now)
      cluster.end(earlier, success, now)
    }
    leases[slot] = cluster.pick(requestOf(stats), now)
  }
  for (let i = 0; i < endpoints * 20 + 20_000; i++) step()
  return step
}

function requestOf(stats: Operation): PickRequest<undefined> {
  return { stats, visited: new Visited<undefined>(), mayExplore: true, mustDiffer: false, balanceOn: true, ejectOn: true }
}
