import { Cluster, Visited } from '@inmesh/policy'
import { seededRandom } from '@inmesh/testing'
import type { Row } from '../report/result.ts'

const endpoints = 10_000
const success = { kind: 'success', code: 'OK', status: 200 } as const

/** What an endpoint weighs when it is known, and when it has been used. Keys and targets are the user's own and are not counted. */
export function statePerEndpoint(): Row[] {
  const specs = Array.from({ length: endpoints }, (_, i) => ({ key: `10.0.${i >> 8}.${i & 255}:8080`, target: undefined }))
  const random = seededRandom(1)
  const cluster = new Cluster<undefined>({ random, now: 0 })
  const stats = cluster.operations.get('GET')
  const empty = retained()
  cluster.pool.update(specs, 0)
  const known = retained() - empty
  let now = 0
  for (let i = 0; i < endpoints * 20; i++) {
    now += 0.01
    const request = { stats, visited: new Visited<undefined>(), mayExplore: true, mustDiffer: false, balanceOn: true, ejectOn: true }
    const lease = cluster.pick(request, now)
    if (lease === undefined) throw new Error('nobody to pick')
    cluster.head(lease, success, now + 1)
    cluster.end(lease, success, now + 1)
  }
  const used = retained() - empty
  if (cluster.pool.members.length !== endpoints) throw new Error('the pool is incomplete')
  return [row('inmesh', known), row('inmesh, in use', used)]
}

function row(contender: string, bytes: number): Row {
  const each = bytes / endpoints
  return { contender, metric: 'state-per-endpoint', unit: 'bytes', median: each, min: each, max: each, runs: 1 }
}

/** Typed arrays keep their bytes outside the heap. */
function retained(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
