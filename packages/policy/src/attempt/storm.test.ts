import { describe, expect, it } from 'vitest'
import { seeded } from './chance.test-support.ts'
import { StormBreaker } from './storm.ts'

const EPSILON = 0.02

interface Load {
  readonly rps: number
  readonly hosts?: number
  /** The chance that a try to this host, at this time, is late. */
  readonly late: (host: number, now: number) => number
  readonly seconds?: number
  readonly seed?: number
}

/** Poisson-like arrivals on hosts at random; answers at which share of late tries the breaker was not closed. */
function run(load: Load, breaker = new StormBreaker({ maxExtraLoad: EPSILON })): { opened: number; breaker: StormBreaker } {
  const { rps, hosts = 10, seconds = 60 } = load
  const random = seeded(load.seed ?? 1)
  let late = 0
  let open = 0
  for (let now = 0; now < seconds * 1000; now += (-Math.log(1 - random.next()) * 1000) / rps) {
    const host = Math.floor(random.next() * hosts)
    breaker.armed(`h${host}`, now)
    if (random.next() >= load.late(host, now)) continue
    breaker.late(`h${host}`, now)
    late++
    if (breaker.share(now) < 1) open++
  }
  return { opened: late === 0 ? 0 : open / late, breaker }
}

describe('a storm breaker', () => {
  it('stays closed in good times', () => {
    for (const rps of [5, 50, 200, 2000]) expect(run({ rps, late: () => EPSILON }).opened).toBe(0)
  })

  it('stays closed when one host of ten is late with everything, from 200 calls a second on', () => {
    for (const rps of [200, 500, 2000]) {
      for (const seed of [1, 2, 3]) {
        expect(run({ rps, seed, late: (host) => (host === 3 ? 1 : EPSILON) }).opened).toBe(0)
      }
    }
  })

  it('opens when all hosts are late with a fifth, and stays open', () => {
    for (const rps of [200, 500, 2000]) expect(run({ rps, late: () => 0.2 }).opened).toBeGreaterThan(0.97)
  })

  it('needs eight late tries: fewer are chance', () => {
    const breaker = new StormBreaker({ maxExtraLoad: EPSILON })
    const times = Array.from({ length: 12 }, (_, i) => i * 10)
    const opensAt = times.find((now) => {
      breaker.armed(undefined, now)
      breaker.late(undefined, now)
      return breaker.share(now) === 0
    })
    expect(opensAt).toBe(70)
  })

  it('returns by 10, 25, 50 and 100 %, a second each, once the two seconds hold no storm', () => {
    const { breaker } = run({ rps: 500, late: () => 0.2, seconds: 10 })
    const shares: number[] = []
    for (let now = 10_000; now < 17_000; now += 2) {
      breaker.armed('h1', now)
      if (now % 500 === 0) shares.push(breaker.share(now))
    }
    expect(shares[0]).toBe(0)
    expect(shares.filter((share, i) => share !== shares[i - 1])).toEqual([0, 0.1, 0.25, 0.5, 1])
    for (const share of [0.1, 0.25, 0.5]) expect(shares.filter((s) => s === share)).toHaveLength(2)
  })

  it('stays on its step between calm and storm, and starts over with a new storm', () => {
    const breaker = new StormBreaker({ maxExtraLoad: EPSILON })
    const between = run({ rps: 4000, late: (_, now) => (now < 2000 ? 0.3 : now < 5500 ? 0.01 : 0.065), seconds: 20 }, breaker)
    const held = breaker.share(19_999)
    expect(held).toBeGreaterThan(0)
    expect(held).toBeLessThan(1)
    expect(between.opened).toBeGreaterThan(0.95)
    for (let i = 0; i < 400; i++) {
      breaker.armed(`h${i % 10}`, 20_000 + i)
      breaker.late(`h${i % 10}`, 20_000 + i)
    }
    expect(breaker.share(20_400)).toBe(0)
  })

  it('forgets after two seconds', () => {
    const { breaker } = run({ rps: 500, late: () => 0.2, seconds: 5 })
    expect(breaker.inspect(5000).late).toBeGreaterThan(100)
    expect(breaker.inspect(7001)).toMatchObject({ late: 0, armed: 0 })
    expect(breaker.share(60_000)).toBe(1)
  })

  it('sees a storm behind ten thousand endpoints that come and go', () => {
    const breaker = new StormBreaker({ maxExtraLoad: EPSILON })
    let open = 0
    for (let i = 0; i < 100_000; i++) {
      const now = i / 20
      const endpoint = `h${(i % 10_000) + Math.floor(i / 10_000) * 1000}`
      breaker.armed(endpoint, now)
      if (i % 2 === 0) breaker.late(endpoint, now)
      if (breaker.share(now) === 0) open++
    }
    expect(open).toBeGreaterThan(90_000)
  })

  it('keeps count when its table grows in the middle of a window', () => {
    const breaker = new StormBreaker({ maxExtraLoad: EPSILON })
    for (let i = 0; i < 1000; i++) breaker.armed(`h${i}`, i)
    for (let i = 0; i < 20; i++) breaker.late(`h${i * 50}`, 1000)
    expect(breaker.inspect(1000)).toEqual({ share: 1, late: 20, armed: 1000 })
  })

  it('still knows which endpoint was late after its table has grown', () => {
    const breaker = new StormBreaker({ maxExtraLoad: EPSILON })
    for (let i = 0; i < 20; i++) {
      breaker.armed('late', i)
      breaker.late('late', i)
    }
    for (let i = 0; i < 100; i++) breaker.armed(`h${i}`, 100 + i)
    breaker.late('h5', 200)
    expect(breaker.share(200)).toBe(1)
    for (let i = 0; i < 60; i++) breaker.late(`h${i}`, 201 + i)
    expect(breaker.share(260)).toBe(0)
  })
})
