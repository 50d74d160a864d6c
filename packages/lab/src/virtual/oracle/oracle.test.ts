import { describe, expect, it, vi } from 'vitest'
import { BUSY, Fleet } from '../peers/fleet.test-support.ts'
import type { FleetOptions } from '../peers/fleet.test-support.ts'
import { peers } from '../peers/index.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

function run(peer: string, options: FleetOptions, rate: number, calls: number, seed = 1): Fleet {
  const fleet = new Fleet(options, seed)
  fleet.poisson(fleet.client(peers[peer]!.make({})), rate, calls)
  return fleet
}

/** Mean time in M/M/c (Erlang C), in service times. */
function erlangC(servers: number, load: number): number {
  let blocked = 1
  for (let n = 1; n <= servers; n++) blocked = (load * servers * blocked) / (n + load * servers * blocked)
  const waits = blocked / (1 - load * (1 - blocked))
  return 1 + waits / (servers * (1 - load))
}

describe('the oracle', () => {
  it('makes of many queues one where a call takes equally long everywhere: M/M/c', () => {
    const fleet: Fleet = new Fleet({ replicas: 10, slots: 1, serviceTime: (call) => fleet.exponential(call, 0) })
    fleet.poisson(fleet.client(peers['oracle']!.make({})), 8, 60_000)
    expect(Math.abs(fleet.mean / erlangC(10, 0.8) - 1)).toBeLessThan(0.05)
  })

  it('takes the least of all service times while there is no queue: exponential mean 1 ÷ n', () => {
    const fleet: Fleet = new Fleet({ replicas: 10, serviceTime: (call, replica) => fleet.exponential(call, replica) })
    fleet.every(fleet.client(peers['oracle']!.make({})), 1, 20_000)
    expect(Math.abs(fleet.mean * 10 - 1)).toBeLessThan(0.03)
  })

  it('sends nothing to a replica that fails or hangs, and what is worth it to a slow one', () => {
    const fleet = run(
      'oracle',
      {
        replicas: 4, slots: 1,
        serviceTime: (_, replica) => [1, Infinity, 1, 3][replica]!,
        failure: (_, replica) => (replica === 0 ? BUSY : undefined)
      },
      1, 5_000
    )
    const [failing, hanging, healthy, slow] = fleet.shares()
    expect([failing, hanging]).toEqual([0, 0])
    expect(fleet.success).toBe(1)
    expect(healthy).toBeGreaterThan(0.5)
    expect(slow).toBeGreaterThan(0.1)
  })

  it('is ahead of every peer in the mean, whatever is wrong with the fleet', () => {
    const draws = new Fleet({ replicas: 1, serviceTime: () => 0 }).draws
    const options: FleetOptions = {
      replicas: 8, slots: 2,
      serviceTime: ({ index }, replica) => -Math.log(draws.of(index, replica, 1)) * (replica === 3 ? 10 : 1)
    }
    const best = run('oracle', options, 9, 8_000).mean
    for (const peer of Object.keys(peers)) expect(run(peer, options, 9, 8_000).mean, peer).toBeGreaterThanOrEqual(best)
  })

  it('still sends somewhere when all fail', () => {
    const fleet = run('oracle', { replicas: 3, serviceTime: () => 1, failure: () => BUSY }, 1, 100)
    expect([fleet.sent.length, fleet.success]).toEqual([100, 0])
  })
})
