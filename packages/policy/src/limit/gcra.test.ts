import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { Gcra } from './gcra.ts'
import { withinBound } from './bound.test-support.ts'

function admitted(limit: Gcra, now: number, most = 1000): number {
  let count = 0
  while (count < most && limit.admit(now) === 0) count++
  return count
}

describe('a rate limit', () => {
  it('admits its burst at once and then one per interval', () => {
    const limit = new Gcra({ rate: 10, burst: 3 })
    expect(admitted(limit, 0)).toBe(3)
    expect(admitted(limit, 99)).toBe(0)
    expect(admitted(limit, 100)).toBe(1)
    expect(admitted(limit, 10_000)).toBe(3)
  })

  it('tells how long to wait, takes nothing meanwhile, and admits then', () => {
    const limit = new Gcra({ rate: 10 })
    limit.admit(0)
    expect(limit.admit(30)).toBe(70)
    expect(limit.admit(30)).toBe(70)
    expect(limit.wait(30)).toBe(70)
    expect(limit.admit(100)).toBe(0)
  })

  it('counts a rate per any time', () => {
    const limit = new Gcra({ rate: 6, per: 60_000 })
    limit.admit(0)
    expect(limit.admit(0)).toBe(10_000)
  })

  it('charges what something costs, and never admits what costs more than the burst', () => {
    const limit = new Gcra({ rate: 10, burst: 4 })
    expect(limit.admit(0, 3)).toBe(0)
    expect(limit.admit(0, 3)).toBe(200)
    expect(limit.admit(0, 5)).toBe(Infinity)
    expect(limit.reserve(0, Infinity, 5)).toBe(-1)
  })

  it('with a rate of zero admits nothing', () => {
    const limit = new Gcra({ rate: 0, burst: 5 })
    expect(limit.admit(0)).toBe(Infinity)
    expect(limit.available(0)).toBe(0)
  })

  it('lines up those that may wait, and refuses whoever would wait too long', () => {
    const limit = new Gcra({ rate: 10 })
    expect([0, 1, 2, 3].map(() => limit.reserve(0, 250))).toEqual([0, 100, 200, -1])
    expect(limit.reserve(50, 250)).toBe(250)
  })

  it('gives the latest place in the line back, and only that one', () => {
    const limit = new Gcra({ rate: 10 })
    limit.reserve(0, 1000)
    limit.reserve(0, 1000)
    limit.reserve(0, 1000)
    expect(limit.cancel(100)).toBe(false)
    expect(limit.cancel(200)).toBe(true)
    expect(limit.cancel(200)).toBe(false)
    expect(limit.reserve(0, 1000)).toBe(200)
  })

  it('tells how many it would admit', () => {
    const limit = new Gcra({ rate: 10, burst: 5 })
    expect(limit.available(0)).toBe(5)
    limit.admit(0, 2)
    expect([limit.available(0), limit.available(150), limit.available(10_000)]).toEqual([3, 4, 5])
  })

  it('takes a new rate without giving back what was used', () => {
    const limit = new Gcra({ rate: 10, burst: 10 })
    limit.admit(0, 10)
    limit.configure({ rate: 100, burst: 10 }, 0)
    expect(limit.available(0)).toBe(0)
    expect(limit.admit(0)).toBe(10)
  })

  it('never admits more than rate · W + burst, however it is asked', () => {
    const ask = fc.record({ pass: fc.double({ min: 0, max: 500, noNaN: true }), maxWait: fc.constantFrom(0, 100, 1000), giveUp: fc.boolean() })
    const options = fc.record({ rate: fc.integer({ min: 1, max: 50 }), per: fc.constantFrom(1000, 777), burst: fc.integer({ min: 1, max: 8 }) })
    expect(counterexample(fc.tuple(options, fc.array(ask, { maxLength: 100 })), ([o, asks]) => {
      const limit = new Gcra(o)
      const at: number[] = []
      let now = 0
      for (const { pass, maxWait, giveUp } of asks) {
        now += pass
        const wait = limit.reserve(now, maxWait)
        if (wait >= 0 && !(wait > 0 && giveUp && limit.cancel(now + wait))) at.push(now + wait)
      }
      return withinBound(at.sort((a, b) => a - b), o.rate, o.per, o.burst)
    })).toBeUndefined()
  })

  it('admits the whole rate when asked without pause', () => {
    const limit = new Gcra({ rate: 7, burst: 2 })
    let count = 0
    for (let now = 0; now < 100_000; now++) if (limit.admit(now) === 0) count++
    expect(count).toBeGreaterThanOrEqual(695)
    expect(count).toBeLessThanOrEqual(702)
  })
})
