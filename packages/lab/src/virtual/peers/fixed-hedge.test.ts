import { describe, expect, it, vi } from 'vitest'
import { BUSY, Fleet } from './fleet.test-support.ts'
import { peers } from './index.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

describe('a hedged call', () => {
  /** Two replicas, of which the one that is asked first is slow. */
  const slowFirst = (options: object): Fleet => {
    const time = (replica: number): number => (replica === fleet.sent[0]!.replica ? 100 : 5)
    const fleet: Fleet = new Fleet({ replicas: 2, slots: 1, serviceTime: (_, replica) => time(replica) })
    fleet.call(fleet.client(peers['fixed-hedge']!.make({ delay: 10, lb: 'round-robin', ...options })))
    return fleet
  }

  it('is answered by whichever copy is first; the other is cancelled', () => {
    const fleet = slowFirst({})
    fleet.agenda.run(15)
    expect(fleet.latencies).toEqual([15])
    expect(fleet.replicas.map((replica) => replica.wait(15))).toEqual([0, 0])
  })

  it('leaves the other to its end where it does not cancel', () => {
    const fleet = slowFirst({ cancel: false })
    fleet.agenda.run(15)
    expect(fleet.latencies).toEqual([15])
    expect(Math.max(...fleet.replicas.map((replica) => replica.wait(15)))).toBe(85)
    fleet.agenda.run()
    expect(fleet.ended).toHaveLength(1)
  })

  it('sends its copies a delay apart, each to a replica of its own', () => {
    const fleet = new Fleet({ replicas: 4, serviceTime: () => 100 })
    fleet.call(fleet.client(peers['fixed-hedge']!.make({ delay: 10, maxAttempts: 4 })))
    fleet.agenda.run()
    expect(fleet.sent.map(({ at }) => at)).toEqual([0, 10, 20, 30])
    expect(new Set(fleet.sent.map(({ replica }) => replica)).size).toBe(4)
  })

  it('sends the next copy at once when one fails, and the one behind it a delay later', () => {
    const fleet = new Fleet({ replicas: 4, serviceTime: () => 100, failure: () => (fleet.sent.length === 1 ? BUSY : undefined) })
    fleet.call(fleet.client(peers['fixed-hedge']!.make({ delay: 10, maxAttempts: 3 })))
    fleet.agenda.run()
    expect(fleet.sent.map(({ at }) => at)).toEqual([0, 0, 10])
    expect(fleet.success).toBe(1)
  })

  it('fails when every copy has', () => {
    const fleet = new Fleet({ replicas: 4, serviceTime: () => 100, failure: () => BUSY })
    fleet.call(fleet.client(peers['fixed-hedge']!.make({ delay: 10, maxAttempts: 3 })))
    fleet.agenda.run()
    expect([fleet.sent.length, fleet.success]).toEqual([3, 0])
  })
})

describe('everything sent twice on M/M/1, nothing cancelled', () => {
  const SERVERS = 100
  const mean = (load: number, calls: number): number => {
    const fleet: Fleet = new Fleet({ replicas: SERVERS, slots: 1, serviceTime: (call, replica) => fleet.exponential(call, replica) })
    const twice = { delay: 0, lb: 'random', cancel: false }
    fleet.poisson(fleet.client(peers['fixed-hedge']!.make(twice)), load * SERVERS, calls)
    return fleet.mean
  }

  it.each([0.2, 0.3, 0.4])('at a load of %f takes 1 ÷ (2 (1 − 2ρ)) in the mean: less than once only below ρ = 1/3', (load) => {
    const twice = mean(load, 40_000)
    expect(Math.abs(twice * 2 * (1 - 2 * load) - 1)).toBeLessThan(0.1)
    expect(twice < 1 / (1 - load)).toBe(load < 1 / 3)
  })
})
