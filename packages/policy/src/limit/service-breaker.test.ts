import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { always, seeded } from '../attempt/chance.test-support.ts'
import { counterexample } from '../counterexample.test-support.ts'
import { Gcra } from './gcra.ts'
import { ServiceBreaker, type ServiceBreakerEvent, type ServiceBreakerOptions } from './service-breaker.ts'

/** `count` calls, `perSecond` of them a second from `from` on, all with one answer; answers when the last one was. */
function answered(breaker: ServiceBreaker, count: number, accepted: boolean, from = 0, perSecond = 100): number {
  for (let i = 0; i < count; i++) breaker.answered(accepted, from + (i * 1000) / perSecond)
  return from + ((count - 1) * 1000) / perSecond
}

describe('a service breaker', () => {
  it('refuses nothing while at least one of k calls is accepted', () => {
    const breaker = new ServiceBreaker()
    answered(breaker, 1000, true)
    const now = answered(breaker, 1000, false, 10_000)
    expect(breaker.probability(now)).toBe(0)
    breaker.answered(false, now)
    expect(breaker.probability(now)).toBeCloseTo(1 / 2002, 9)
  })

  it('refuses with (requests − k · accepts) / (requests + 1)', () => {
    const breaker = new ServiceBreaker({ k: 1.5 })
    answered(breaker, 200, true)
    const now = answered(breaker, 800, false, 2000)
    expect(breaker.inspect(now)).toEqual({ probability: (1000 - 1.5 * 200) / 1001, requests: 1000, accepts: 200 })
  })

  it('never refuses more than its most, however little is accepted', () => {
    const breaker = new ServiceBreaker()
    const now = answered(breaker, 10_000, false)
    expect(breaker.probability(now)).toBe(0.8)
    breaker.configure({ maxDrop: 7 })
    expect(breaker.probability(now)).toBe(10_000 / 10_001)
  })

  it('lets one call a second through whatever the dice say', () => {
    const breaker = new ServiceBreaker()
    const start = answered(breaker, 2000, false)
    breaker.sent(start)
    const out: number[] = []
    for (let now = start; now <= start + 5000; now += 10) {
      if (breaker.refuses(now, always(0))) {
        breaker.refused(now)
        continue
      }
      out.push(now - start)
      breaker.sent(now)
    }
    expect(out).toEqual([1000, 2000, 3000, 4000, 5000])
  })

  it('refuses nothing below its least rate, and nothing in the first moments of a busy process', () => {
    const slow = new ServiceBreaker()
    expect(slow.probability(answered(slow, 1000, false, 0, 4.9))).toBe(0)
    const busy = new ServiceBreaker()
    expect(busy.probability(answered(busy, 49, false, 0, 1000))).toBe(0)
    expect(busy.probability(answered(busy, 1, false, 50))).toBeGreaterThan(0.7)
  })

  it('draws from chance only while there is something to refuse', () => {
    const breaker = new ServiceBreaker()
    const now = answered(breaker, 1000, true)
    expect(breaker.refuses(now, { next: () => { throw new Error('drawn') } })).toBe(false)
  })

  it('forgets what is older than its window', () => {
    const breaker = new ServiceBreaker()
    const now = answered(breaker, 1000, false)
    expect(breaker.probability(now + 109_000)).toBeGreaterThan(0)
    expect(breaker.inspect(now + 121_000)).toEqual({ probability: 0, requests: 0, accepts: 0 })
  })

  it('takes new rules over what it has counted, and begins afresh with another window', () => {
    const breaker = new ServiceBreaker()
    const now = answered(breaker, 1000, false)
    breaker.configure({ maxDrop: 0.5 })
    expect(breaker.probability(now)).toBe(0.5)
    breaker.configure({ window: 60_000 })
    expect(breaker.inspect(now).requests).toBe(0)
  })

  it('tells when it crosses a step, either way, and not with every call', () => {
    const events: ServiceBreakerEvent[] = []
    const breaker = new ServiceBreaker({ notify: (event) => events.push(event) })
    const step = (accepted: boolean, from: number): void => {
      for (let i = 0; i < 1000; i++) {
        breaker.answered(accepted, from + i * 10)
        breaker.probability(from + i * 10)
      }
    }
    step(true, 0)
    expect(events).toEqual([])
    step(false, 10_000)
    step(false, 20_000)
    expect(events.map(({ probability }) => Math.round(probability * 100) / 100)).toEqual([0.01, 0.1, 0.25])
    step(true, 30_000)
    expect(events.at(-1)?.probability).toBeLessThan(0.01)
    expect(events).toHaveLength(6)
  })

  it('is never below 0, never above its most, and holds its tongue whenever requests do not exceed k · accepts', () => {
    const step = fc.record({ pass: fc.integer({ min: 0, max: 3000 }), accepted: fc.boolean(), times: fc.integer({ min: 1, max: 40 }) })
    const input = fc.record({ k: fc.double({ min: 1, max: 4, noNaN: true }), maxDrop: fc.double({ min: 0, max: 1, noNaN: true }), steps: fc.array(step, { maxLength: 60 }) })
    expect(counterexample(input, ({ k, maxDrop, steps }) => {
      const breaker = new ServiceBreaker({ k, maxDrop, minRate: 0 })
      let now = 0
      return steps.every(({ pass, accepted, times }) => {
        now += pass
        for (let i = 0; i < times; i++) breaker.answered(accepted, now)
        const { probability, requests, accepts } = breaker.inspect(now)
        return probability >= 0 && probability <= maxDrop && (requests > k * accepts || probability === 0)
      })
    })).toBeUndefined()
  })
})

/** A callee that serves `capacity` calls a second and rejects the rest, under `rate` calls a second for five minutes; the last two are counted. */
function overloaded(options: ServiceBreakerOptions, rate: number, capacity: number): { served: number; rejected: number; refused: number } {
  const breaker = new ServiceBreaker(options)
  const callee = new Gcra({ rate: capacity, burst: capacity / 20 })
  const random = seeded(7)
  const seen = { served: 0, rejected: 0, refused: 0 }
  for (let i = 0; i < rate * 300; i++) {
    const now = (i * 1000) / rate
    const counts = now > 180_000 ? 1 : 0
    if (breaker.refuses(now, random)) {
      breaker.refused(now)
      seen.refused += counts
      continue
    }
    const accepted = callee.admit(now) === 0
    breaker.sent(now)
    breaker.answered(accepted, now)
    seen[accepted ? 'served' : 'rejected'] += counts
  }
  return seen
}

describe('in front of an overloaded callee', () => {
  // SRE book, chapter 21: with K = 2 a backend rejects about one request for each that it serves, with 1.1 one for ten.
  it.each([[2, 1], [1.1, 0.1], [1.5, 0.5]])('with k = %s leaves it about %s to reject for each that it serves', (k, ratio) => {
    const { served, rejected, refused } = overloaded({ k }, 1000, 300)
    expect(served).toBeGreaterThan(0.98 * 300 * 120)
    expect(rejected / served).toBeGreaterThan(ratio * 0.95)
    expect(rejected / served).toBeLessThan(ratio * 1.05)
    expect(served + rejected + refused).toBeCloseTo(120_000, -2)
  })

  it('costs a callee nothing that serves all', () => {
    expect(overloaded({}, 200, 300)).toEqual({ served: 24_000 - 1, rejected: 0, refused: 0 })
  })
})
