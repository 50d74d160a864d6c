import { Cluster, Visited } from '@inmesh/policy'
import { describe, expect, it } from 'vitest'
import type { Upstream } from '../contract.ts'
import { hear } from './hear.ts'

const report = { rps: 100, eps: 10, utilization: 0.4, inFlight: 6 }

function heard(reports: boolean | undefined): unknown[] {
  const upstream: Upstream = { name: 'catalog-1', index: 0, reports, send: () => ({ cancel: () => {} }) }
  const cluster = new Cluster<Upstream>({ random: { next: () => 0 }, now: 0 })
  cluster.pool.update([{ key: 'catalog-1', target: upstream }], 0)
  const told: unknown[] = []
  cluster.reportInFlight = (_lease, inFlight) => void told.push(inFlight)
  cluster.reportWeight = (_endpoint, weight) => void told.push(weight)
  const stats = cluster.operations.get('GET /')
  const lease = cluster.pick({ stats, visited: new Visited<Upstream>(), mayExplore: false, mustDiffer: false, balanceOn: true, ejectOn: true }, 0)
  hear(cluster, lease!, upstream, report, 0)
  return told
}

describe('a reply in virtual time', () => {
  it('is heard as one over sockets: the try that it answers counts too, and the weight is that of its report', () => {
    expect(heard(true)).toEqual([7, 200])
  })

  it('is not heard where replicas do not tell, though there are reports for peers', () => {
    expect(heard(false)).toEqual([])
    expect(heard(undefined)).toEqual([])
  })
})
