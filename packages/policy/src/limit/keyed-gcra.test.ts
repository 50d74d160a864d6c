import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { withinBound } from './bound.test-support.ts'
import { KeyedGcra } from './keyed-gcra.ts'

describe('a rate limit per key', () => {
  it('limits each key by itself', () => {
    const limit = new KeyedGcra({ rate: 10 })
    expect(limit.admit('a', 0)).toBe(0)
    expect(limit.admit('b', 0)).toBe(0)
    expect(limit.admit('a', 0)).toBe(100)
    expect(limit.wait('b', 40)).toBe(60)
    expect(limit.wait('c', 40)).toBe(0)
  })

  it('keeps no more keys than it may', () => {
    const limit = new KeyedGcra({ rate: 1, maxKeys: 100 })
    for (let i = 0; i < 10_000; i++) limit.admit(`k${i}`, i)
    expect(limit.size).toBe(100)
  })

  it('forgets the least recently used first', () => {
    const limit = new KeyedGcra({ rate: 1, burst: 2, maxKeys: 2 })
    limit.admit('a', 0)
    limit.admit('b', 0)
    limit.admit('a', 1)
    limit.admit('c', 2)
    // Only what is kept can be given back.
    expect([limit.cancel('a', 1), limit.cancel('b', 0), limit.cancel('c', 2)]).toEqual([true, false, true])
  })

  it('forgets one that has had its time before one that is live', () => {
    const limit = new KeyedGcra({ rate: 1, burst: 5, maxKeys: 2 })
    limit.admit('live', 0, 5)
    limit.admit('done', 0)
    limit.admit('new', 1500)
    expect(limit.wait('live', 1500, 5)).toBe(3500)
    expect(limit.wait('done', 1500, 5)).toBe(0)
  })

  it('does not let a key begin again by pushing itself out', () => {
    const limit = new KeyedGcra({ rate: 1, burst: 1, maxKeys: 10 })
    limit.admit('greedy', 0)
    for (let i = 0; i < 20; i++) limit.admit(`filler${i}`, 0)
    expect(limit.wait('greedy', 0)).toBe(1000)
  })

  it('lets most new keys start fresh while live ones are pushed out', () => {
    const limit = new KeyedGcra({ rate: 1, maxKeys: 10 })
    for (let i = 0; i < 110; i++) limit.admit(`k${i}`, 0)
    const fresh = Array.from({ length: 1000 }, (_, i) => limit.wait(`n${i}`, 0)).filter((wait) => wait === 0)
    expect(fresh.length).toBeGreaterThan(800)
  })

  it('gives a place back to the key that gives it up', () => {
    const limit = new KeyedGcra({ rate: 10 })
    limit.reserve('a', 0, 1000)
    limit.reserve('a', 0, 1000)
    expect(limit.cancel('b', 100)).toBe(false)
    expect(limit.cancel('a', 100)).toBe(true)
    expect(limit.reserve('a', 0, 1000)).toBe(100)
    expect(limit.reserve('a', 0, 100)).toBe(-1)
  })

  it('never admits more than rate · W + burst for any key, whichever keys come and go', () => {
    const ask = fc.record({ key: fc.nat(12), pass: fc.double({ min: 0, max: 300, noNaN: true }), maxWait: fc.constantFrom(0, 500) })
    const options = fc.record({ rate: fc.integer({ min: 1, max: 20 }), burst: fc.integer({ min: 1, max: 5 }), maxKeys: fc.integer({ min: 1, max: 4 }) })
    expect(counterexample(fc.tuple(options, fc.array(ask, { maxLength: 150 })), ([o, asks]) => {
      const limit = new KeyedGcra(o)
      const at = new Map<number, number[]>()
      let now = 0
      for (const { key, pass, maxWait } of asks) {
        now += pass
        const wait = limit.reserve(`k${key}`, now, maxWait)
        if (wait >= 0) at.set(key, [...(at.get(key) ?? []), now + wait])
      }
      return limit.size <= o.maxKeys && [...at.values()].every((times) => withinBound(times, o.rate, 1000, o.burst))
    })).toBeUndefined()
  })
})
