import { describe, expect, it, vi } from 'vitest'
import { seededRandom } from '../../random.ts'
import type { LoadReport } from '../contract.ts'
import { EarliestDeadline } from './balance/earliest-deadline.ts'
import { EndpointWeight } from './balance/endpoint-weight.ts'
import { Fleet } from './fleet.test-support.ts'
import { peers } from './index.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

const rules = { blackoutPeriod: 10_000, weightExpirationPeriod: 180_000, errorUtilizationPenalty: 1 }
const report = (rps: number, utilization: number, eps = 0): LoadReport => ({ rps, utilization, eps, inFlight: 0 })

describe('a weight', () => {
  it.each([
    [report(100, 0.5), 200],
    [report(100, 0.5, 25), 100 / 0.75],
    [report(100, 0), 0],
    [report(0, 0.5), 0]
  ])('of %o is %f', (given, expected) => {
    const weight = new EndpointWeight()
    weight.update(given, { ...rules, blackoutPeriod: 0 }, 0)
    expect(weight.get({ ...rules, blackoutPeriod: 0 }, 0)).toBeCloseTo(expected, 9)
  })

  it('is not believed before 10 s of reports, nor 3 minutes after the last, and then anew only after 10 s', () => {
    const weight = new EndpointWeight()
    weight.update(report(10, 0.5), rules, 1_000)
    expect([weight.get(rules, 10_999), weight.get(rules, 11_000)]).toEqual([0, 20])
    expect([weight.get(rules, 180_999), weight.get(rules, 181_000)]).toEqual([20, 0])
    weight.update(report(10, 0.5), rules, 190_000)
    expect([weight.get(rules, 199_999), weight.get(rules, 200_000)]).toEqual([0, 20])
  })
})

describe('earliest deadline first', () => {
  it('picks in proportion to the weights, to one pick', () => {
    const scheduler = new EarliestDeadline([5, 3, 2], seededRandom(3))
    const counts = [0, 0, 0]
    for (let pick = 0; pick < 1_000; pick++) counts[scheduler.pick()]!++
    for (const [place, expected] of [500, 300, 200].entries())
      expect(Math.abs(counts[place]! - expected)).toBeLessThanOrEqual(2)
  })

  it('spreads the picks of each: never more than twice its distance apart', () => {
    const scheduler = new EarliestDeadline([1, 9], seededRandom(1))
    const picks = Array.from({ length: 200 }, () => scheduler.pick())
    const at = picks.flatMap((place, index) => (place === 0 ? [index] : []))
    for (const [next, place] of at.slice(1).entries()) expect(place - at[next]!).toBeLessThanOrEqual(11)
  })
})

describe('weighted round robin', () => {
  const capacities = [400, 200, 200, 100, 100]
  const run = (options: object, reporting = (_replica: number): boolean => true): Fleet => {
    const fleet = new Fleet({
      replicas: 5,
      serviceTime: () => 5,
      report: (replica) => (reporting(replica) ? report(50, 50 / capacities[replica]!) : undefined)
    })
    fleet.every(fleet.client(peers['weighted-round-robin']!.make(options)), 2, 15_000)
    return fleet
  }

  it('is round robin during the blackout, then sends what each can take', () => {
    const fleet = run({})
    const early = fleet.sent.filter(({ at }) => at < 9_000)
    for (let replica = 0; replica < 5; replica++)
      expect(early.filter((one) => one.replica === replica).length / early.length).toBeCloseTo(0.2, 2)
    for (const [replica, share] of fleet.shares(12_000).entries()) expect(share).toBeCloseTo(capacities[replica]! / 1_000, 2)
  })

  it('gives the mean weight to those that do not report', () => {
    const shares = run({ blackoutPeriod: 0 }, (replica) => replica < 4).shares(2_000)
    expect(shares[4]).toBeCloseTo(225 / 1_125, 2)
  })

  it('is round robin where fewer than two report', () => {
    for (const share of run({ blackoutPeriod: 0 }, (replica) => replica === 0).shares(2_000)) expect(share).toBeCloseTo(0.2, 3)
  })
})
