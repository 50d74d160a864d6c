import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { serviceTimeAt } from '../../workload/service-time.ts'
import { Fleet, within } from './fleet.test-support.ts'
import { peers } from './index.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

const { quantiles: points } = JSON.parse(
  readFileSync(new URL('../../../data/finagle-latencies.json', import.meta.url), 'utf8')
) as { quantiles: [number, number][] }

/** Quantile by the thousandth: the distribution is drawn from 60,000 times. */
const LATENCY = Array.from({ length: 1_001 }, (_, at) => serviceTimeAt({ kind: 'quantiles', points }, at / 1_000))

const SLOW = { replica: 4, from: 15_000, to: 45_000, factor: 10 }

/** Jenson and Oanta, "Beyond Round Robin" (2016): 11 servers, one of them 10 × slower for half a minute, 1,000 a second. */
function beyondRoundRobin(peer: string): Fleet {
  const fleet: Fleet = new Fleet({
    replicas: 11,
    serviceTime: ({ index }, replica, now) => {
      const time = LATENCY[Math.floor(fleet.draws.of(index, replica, 1) * 1_000)]!
      return replica === SLOW.replica && now >= SLOW.from && now < SLOW.to ? time * SLOW.factor : time
    }
  })
  fleet.every(fleet.client(peers[peer]!.make({})), 1, 60_000)
  return fleet
}

describe('Beyond Round Robin', () => {
  it('round robin: 95 % within a second, p97 near 1,673 and p99 near 1,715 ms', () => {
    const fleet = beyondRoundRobin('round-robin')
    expect(Math.abs(fleet.answeredIn(1_000) - 0.9545)).toBeLessThan(0.001)
    expect(within(fleet.quantile(0.97), 1_673)).toBe(true)
    expect(within(fleet.quantile(0.99), 1_715)).toBe(true)
  })

  it('least loaded: 99 %, p99 near 205 and p99.9 near 1,723 ms', () => {
    const fleet = beyondRoundRobin('finagle-p2c-least-loaded')
    expect(Math.abs(fleet.answeredIn(1_000) - 0.994)).toBeLessThan(0.001)
    expect(within(fleet.quantile(0.99), 205)).toBe(true)
    expect(within(fleet.quantile(0.999), 1_723)).toBe(true)
  })

  it('peak EWMA: 99.9 %, p99.9 near 210 and p99.99 near 1,780 ms', () => {
    const fleet = beyondRoundRobin('finagle-p2c-ewma')
    expect(Math.abs(fleet.answeredIn(1_000) - 0.999)).toBeLessThan(0.001)
    expect(within(fleet.quantile(0.999), 210)).toBe(true)
    expect(within(fleet.quantile(0.9999), 1_780)).toBe(true)
  })
})
