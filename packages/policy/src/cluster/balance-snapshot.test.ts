import { describe, expect, it } from 'vitest'
import { Bench } from './cluster.test-support.ts'

describe('what is told of balancing', () => {
  it('is what applies, and nothing else', () => {
    expect(new Bench(3).cluster.inspectBalance(0)).toEqual({ by: 'latency', panic: false })
    const all = { localZone: 'a', remoteCost: 2, loadFactor: 1.5, slowStart: 1_000, aggression: 2 }
    const told = (by: 'hash' | 'round-robin' | 'least-request', said = {}): object =>
      new Bench(3, { balance: { by, ...all, ...said } }).cluster.inspectBalance(0)
    expect(told('hash')).toEqual({ by: 'hash', ...all, panic: false })
    expect(told('hash', { loadFactor: Infinity })).not.toHaveProperty('loadFactor')
    expect(told('least-request')).not.toHaveProperty('loadFactor')
    expect(told('round-robin')).toEqual({ by: 'round-robin', panic: false })
  })

  it('has the priorities where there are several, as they are at that time', () => {
    const { cluster } = new Bench(0)
    cluster.pool.update([0, 0, 1].map((priority, i) => ({ key: `${i}`, target: '', priority, zone: 'x' })), 0)
    cluster.setUnreachable(cluster.pool.members[0]!, true)
    const { panic, priorities } = cluster.inspectBalance(0)
    expect([panic, priorities]).toEqual([false, [
      { priority: 0, members: 2, available: 1, share: 0.7, panic: false },
      { priority: 1, members: 1, available: 1, share: expect.closeTo(0.3), panic: false },
    ]])
    expect(cluster.inspect(0).map(({ zone, priority }) => [zone, priority])).toEqual([['x', 0], ['x', 0], ['x', 1]])
  })
})
