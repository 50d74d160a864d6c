import pc from 'picocolors'
import { describe, expect, it, vi } from 'vitest'
import { seededRandom } from '../random.ts'
import { BUSY, Fleet } from '../virtual/peers/fleet.test-support.ts'
import { peers } from '../virtual/peers/index.ts'
import { contend } from './contended-row.ts'
import { deviation, experiments, isReproduced, renderReproduction, reproduce } from './index.ts'
import type { Figure } from './index.ts'
import { atRate, play, scenarioOf } from './play.ts'
import { throttled } from './throttled-client.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

/** The quick ones; the others take from five seconds to half a minute each. */
const QUICK = ['backoff-and-jitter', 'retry-layers']

describe('reproduce', () => {
  it.each(QUICK)('%s: every published figure within a tenth', (name) => {
    const [{ figures } = { figures: [] }] = reproduce([name])
    expect(figures.length).toBeGreaterThan(4)
    expect(figures.filter((each) => isReproduced(each) === false)).toEqual([])
  })

  it('says of each experiment who published it and what differs', () => {
    for (const [name, { title, source, differs }] of Object.entries(experiments)) {
      for (const text of [title, source, ...differs]) expect(text.length, name).toBeGreaterThan(10)
      expect(differs.length, name).toBeGreaterThan(0)
    }
  })

  it('lists what there is when asked for what there is not', () => {
    expect(() => reproduce(['fan-out', 'nonsense'])).toThrow(/got nonsense; accepted: beyond-round-robin, .*fan-out/)
  })

  it('tells whoever shows it what it is at', () => {
    const told: string[] = []
    reproduce(['retry-layers'], {
      begin: (name) => told.push(`begin ${name}`), note: () => told.push('note'), end: ({ name }) => told.push(`end ${name}`)
    })
    expect([told[0], told[1], told.at(-1)]).toEqual(['begin retry-layers', 'note', 'end retry-layers'])
  })
})

describe('a figure', () => {
  const figure = (ours: number, published?: number): Figure => ({ what: 'p99', published, ours, unit: 'ms' })

  it.each([[109, true], [91, true], [111, false], [89, false]])('of %f against 100 is reproduced: %s', (ours, is) => {
    expect(isReproduced(figure(ours, 100))).toBe(is)
    expect(deviation(figure(ours, 100))).toBeCloseTo(ours / 100 - 1, 12)
  })

  it('of which nothing was published is neither', () => {
    expect([isReproduced(figure(5)), deviation(figure(5))]).toEqual([undefined, undefined])
  })

  it('stands in a table with how far it is off, and below what differs', () => {
    const text = renderReproduction(
      { name: 'x', title: 'Title', source: 'Somebody', differs: ['less of it'], figures: [figure(1_060, 1_000), figure(5)] },
      pc.createColors(false)
    )
    expect(text).toMatch(/p99 +│ +1,000 ms │ +1,060 ms │ \+6\.0 % │/)
    expect(text).toMatch(/p99 +│ +– │ +5 ms │ +– │/)
    expect(text).toContain('· less of it')
  })
})

describe('a scenario that is played', () => {
  const { quantile, ...counted } = ((): { calls: number; tries: number; quantile: number } => {
    const played = play(atRate(scenarioOf('send-everything-twice'), 100), 'twice')
    return { calls: played.calls, tries: played.tries, quantile: played.quantile(0.5) }
  })()

  it('counts measured calls and the tries that belong to them', () => {
    expect(Math.abs(counted.calls - 6_000)).toBeLessThan(300)
    expect(counted.tries).toBe(2 * counted.calls)
    // The faster of two: half the mean, 10 ms, times ln 2.
    expect(quantile).toBeCloseTo(5 * Math.LN2, 0)
  })

  it('must have the contender', () => {
    expect(() => play(scenarioOf('fan-out-100'), 'nobody')).toThrow('no contender nobody')
  })
})

describe('contention for a row', () => {
  it('of one client takes four ways of the network and one write', () => {
    const { completion, writes } = contend(1, () => 0, seededRandom(1))
    expect(writes).toBe(1)
    expect(completion).toBeGreaterThan(28)
    expect(completion).toBeLessThan(52)
  })

  it('of many lets one through in each round, so that writes grow with the square', () => {
    const writes = [10, 20, 40].map((clients) => contend(clients, () => 0, seededRandom(2)).writes)
    expect(writes[1]! / writes[0]!).toBeGreaterThan(2)
    expect(writes[2]! / writes[1]!).toBeGreaterThan(2)
  })
})

describe('a throttled client', () => {
  const make = throttled(peers['round-robin']!.make({}), { k: 2 })

  it('lets everything through while it is accepted', () => {
    const fleet = new Fleet({ replicas: 2, serviceTime: () => 5 })
    fleet.every(fleet.client(make), 10, 3_000)
    expect(fleet.sent).toHaveLength(3_000)
  })

  it('sends K times what is accepted when the rest is rejected', () => {
    let served = -Infinity
    const busy = (now: number): boolean => now - served < 20 || (served = now) < 0
    const fleet: Fleet = new Fleet({ replicas: 1, serviceTime: () => 1, failure: (_, __, now) => (busy(now) ? BUSY : undefined) })
    fleet.every(fleet.client(make), 5, 80_000)
    const late = fleet.ended.filter(({ call }) => call.due > 200_000)
    const accepted = late.filter(({ outcome }) => outcome.kind === 'success').length
    expect(fleet.sent.filter(({ at }) => at > 200_000).length / accepted).toBeCloseTo(2, 1)
    expect(accepted).toBeGreaterThan(5_000)
  })
})
