import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { keyHash } from './key-hash.ts'
import { ASKED_AT, COUNTS, DEBT, KNOWN, LeaseRows, STATE, TIGHT, TIMES } from './lease-rows.ts'

describe('the rows of keys', () => {
  it('are found by their keys, whatever characters and length these have', () => {
    const rows = new LeaseRows(100, 1)
    const keys = ['', 'a', 'ab', 'ba', 'tenant-00042', 'x'.repeat(20), 'x'.repeat(21), 'y'.repeat(300), 'ключ', '鍵🔑', '\u0000', '\u0000\u0000']
    const slots = keys.map((key) => rows.add(key))
    expect(keys.map((key) => rows.find(key))).toEqual(slots)
    expect(slots.map((slot) => rows.keyOf(slot))).toEqual(keys)
    expect(['b', 'x'.repeat(19), 'x'.repeat(22), 'y'.repeat(299) + 'z', 'tenant-00043'].map((key) => rows.find(key))).toEqual([-1, -1, -1, -1, -1])
  })

  it('keep what is in them while they become more', () => {
    const rows = new LeaseRows(500, 1)
    for (let i = 0; i < 500; i++) {
      const slot = rows.add(`k${i}`)
      rows.counts[slot * COUNTS + DEBT] = i
      rows.times[slot * TIMES + KNOWN] = i / 3
    }
    expect(rows.full).toBe(true)
    for (let i = 0; i < 500; i++) {
      const slot = rows.find(`k${i}`)
      expect([rows.counts[slot * COUNTS + DEBT], rows.times[slot * TIMES + KNOWN]]).toEqual([i, i / 3])
    }
  })

  it('begin as if nothing had been before, also in the place of another key', () => {
    const rows = new LeaseRows(1, 1)
    const slot = rows.add('a')
    rows.counts[slot * COUNTS + DEBT] = 3
    rows.counts[slot * COUNTS + STATE] = 7
    rows.times[slot * TIMES + TIGHT] = 5
    rows.times[slot * TIMES + ASKED_AT] = 5
    rows.replace(slot, 'b'.repeat(30))
    expect([rows.find('a'), rows.find('b'.repeat(30)), rows.keyOf(slot)]).toEqual([-1, slot, 'b'.repeat(30)])
    expect([rows.counts[slot * COUNTS + DEBT], rows.counts[slot * COUNTS + STATE]]).toEqual([0, 0])
    expect([rows.times[slot * TIMES + TIGHT], rows.times[slot * TIMES + ASKED_AT]]).toEqual([-Infinity, -Infinity])
  })

  it('are each a key’s own, also where two keys have one hash', () => {
    const seen = new Map<number, string>()
    let pair: [string, string] | undefined
    for (let i = 0; pair === undefined; i++) {
      const key = `k${100_000 + i}`
      const earlier = seen.get(keyHash(key, 1))
      if (earlier?.length === key.length) pair = [earlier, key]
      seen.set(keyHash(key, 1), key)
    }
    const rows = new LeaseRows(10, 1)
    const first = rows.add(pair[0])
    expect(rows.find(pair[1])).toBe(-1)
    const second = rows.add(pair[1])
    expect(pair.map((key) => rows.find(key))).toEqual([first, second])
    rows.replace(first, 'other')
    expect(pair.map((key) => rows.find(key))).toEqual([-1, second])
  })

  it('are found as in a map, whoever makes room for whom', () => {
    const steps = fc.array(fc.record({ key: fc.oneof(fc.nat(60).map(String), fc.string({ maxLength: 25 })), evict: fc.nat(30) }), { maxLength: 200 })
    expect(counterexample(fc.tuple(steps, fc.integer({ min: 1, max: 30 }), fc.integer()), ([all, most, seed]) => {
      const rows = new LeaseRows(most, seed)
      const model = new Map<string, number>()
      for (const { key, evict } of all) {
        if (rows.find(key) !== (model.get(key) ?? -1)) return false
        if (model.has(key)) continue
        if (!rows.full) model.set(key, rows.add(key))
        else {
          const slot = evict % most
          model.delete(rows.keyOf(slot))
          rows.replace(slot, key)
          model.set(key, slot)
        }
      }
      return [...model].every(([key, slot]) => rows.find(key) === slot && rows.keyOf(slot) === key)
    })).toBeUndefined()
  })
})

describe('the hash of a key', () => {
  it('spreads keys that look alike', () => {
    const places = new Set(Array.from({ length: 10_000 }, (_, i) => keyHash(`tenant-${i}`, 1) & 0xffff))
    // As many as ten thousand throws into 65,536 hit, but for chance.
    expect(places.size).toBeGreaterThan(9_200)
  })

  it('is another under another seed', () => {
    expect(keyHash('tenant-1', 1)).not.toBe(keyHash('tenant-1', 2))
    const first = Array.from({ length: 2_000 }, (_, i) => `k${i}`).filter((key) => (keyHash(key, 1) & 15) === 0)
    expect(new Set(first.map((key) => keyHash(key, 2) & 15)).size).toBe(16)
  })
})
