import { describe, expect, it, vi } from 'vitest'
import { seededRandom } from '../../random.ts'
import type { VirtualCall } from '../contract.ts'
import { PeakEwma } from './balance/peak-ewma.ts'
import { PeerEndpoint } from './client/endpoint.ts'
import { Fleet } from './fleet.test-support.ts'
import { peers } from './index.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

const SERVERS = 100

/** Mean time in the system, in service times: single servers, exponential work, Poisson arrivals. */
function meanTime(peer: string, load: number, calls: number, servers = SERVERS, options: object = {}): number {
  const fleet: Fleet = new Fleet({ replicas: servers, slots: 1, serviceTime: (call, replica) => fleet.exponential(call, replica) })
  fleet.poisson(fleet.client(peers[peer]!.make(options)), load * servers, calls)
  expect(fleet.ended).toHaveLength(calls)
  return fleet.mean
}

/** Root of σ = (nλ ÷ (nλ + μ(1 − σ)))^n: G/M/1 with Erlang arrivals, what every n-th arrival of a Poisson stream is. */
function erlangQueue(load: number, n: number): number {
  let sigma = load
  for (let round = 0; round < 200; round++) sigma = ((n * load) / (n * load + 1 - sigma)) ** n
  return 1 / (1 - sigma)
}

describe('random', () => {
  it('is n queues M/M/1 of their own', () => {
    expect(meanTime('random', 0.7, 100_000) / (1 / 0.3)).toBeCloseTo(1, 1.3)
  })
})

describe('round robin', () => {
  it('is n queues E_n/M/1: arrivals of each server are regular, its work is not', () => {
    expect(meanTime('round-robin', 0.8, 100_000, 10) / erlangQueue(0.8, 10)).toBeCloseTo(1, 1.3)
  })

  it('goes through all of them before any comes again', () => {
    const fleet = new Fleet({ replicas: 5, serviceTime: () => 1 })
    fleet.every(fleet.client(peers['round-robin']!.make({})), 1, 100)
    for (let from = 0; from < 100; from += 5)
      expect(new Set(fleet.sent.slice(from, from + 5).map(({ replica }) => replica)).size).toBe(5)
  })
})

describe('least request', () => {
  it.each([
    [0.7, 1.6145],
    [0.9, 2.6141]
  ])('reaches what Mitzenmacher computed for two choices at a load of %f: %f', (load, published) => {
    // His own simulation of 100 servers lies 0.4 and 1.2 % above these limits for infinitely many.
    expect(Math.abs(meanTime('least-request', load, 100_000) / published - 1)).toBeLessThan(0.05)
  })

  it('does better with more choices', () => {
    expect(meanTime('least-request', 0.9, 40_000, SERVERS, { choiceCount: 5 })).toBeLessThan(2.1)
  })
})

describe.each(['finagle-p2c-least-loaded', 'finagle-p2c-ewma', 'least-request'])('%s', (peer) => {
  it('leaves a replica that hangs after the tries it takes to see it', () => {
    const fleet = new Fleet({ replicas: 5, serviceTime: (_, replica) => (replica === 2 ? Infinity : 10) })
    fleet.every(fleet.client(peers[peer]!.make({})), 10, 1_000)
    expect(fleet.sent.filter(({ replica }) => replica === 2).length).toBeLessThan(100)
  })
})

describe('peak EWMA', () => {
  it('sends one probe to an endpoint it knows nothing of, and no more until that has answered', () => {
    const fleet = new Fleet({ replicas: 3, serviceTime: (_, replica) => (replica === 1 ? 200 : 10) })
    fleet.every(fleet.client(peers['finagle-p2c-ewma']!.make({})), 5, 39)
    expect(fleet.sent.filter(({ replica, at }) => replica === 1 && at < 195)).toHaveLength(1)
  })

  it('goes up with one slow answer, however many quick ones came before', () => {
    const ewma = new PeakEwma(seededRandom(1), 10_000)
    const [one, other] = new Fleet({ replicas: 2, serviceTime: () => 1 }).replicas.map((each, id) => new PeerEndpoint(each, id))
    ewma.use([one!, other!])
    for (let at = 0; at < 1_000; at += 10) for (const each of [one!, other!]) ewma.ended(each, at, at + 10)
    ewma.ended(other!, 0, 1_010)
    const call = {} as VirtualCall
    expect(Array.from({ length: 50 }, () => ewma.pick(call, 1_011)).every((each) => each === one)).toBe(true)
    // Both are forgiven at the same pace: 1,010 ms against 10 stays what a hundred quick ones in flight weigh.
    one!.inFlight = 99
    expect(ewma.pick(call, 11_011) === one).toBe(true)
    one!.inFlight = 102
    expect(ewma.pick(call, 11_012) === other).toBe(true)
  })

  it('tries an endpoint again that was slow once, in time', () => {
    const fleet = new Fleet({ replicas: 2, serviceTime: (_, replica, now) => (replica === 0 && now < 100 ? 1_000 : 10) })
    fleet.every(fleet.client(peers['finagle-p2c-ewma']!.make({ decayTime: '1s' })), 20, 1_000)
    const after = fleet.sent.filter(({ at }) => at > 10_000)
    expect(after.filter(({ replica }) => replica === 0).length / after.length).toBeGreaterThan(0.3)
  })
})
