import { describe, expect, it } from 'vitest'
import { LeaseKeys } from './lease-keys.ts'
import { ASKING, COUNTS, DEBT, FROM, HELD, REFUSED, STATE, TIGHT, TIMES, USED } from './lease-rows.ts'

const TTL = 500

/** As many keys as there is room for, all called since the hand went past, at 1 000. */
function full(count: number): LeaseKeys {
  const keys = new LeaseKeys(count, 1)
  for (let i = 0; i < count; i++) mark(keys, keys.slotOf(`k${i}`, 1_000, TTL), USED)
  return keys
}

function mark(keys: LeaseKeys, slot: number, state: number): void {
  keys.rows.counts[slot * COUNTS + STATE]! |= state
}

function owe(keys: LeaseKeys, slot: number, debt: number): void {
  keys.rows.counts[slot * COUNTS + DEBT] = debt
}

function tighten(keys: LeaseKeys, slot: number, until: number): void {
  keys.rows.times[slot * TIMES + TIGHT] = until
}

function hold(keys: LeaseKeys, slot: number, from: number): void {
  keys.rows.counts[slot * COUNTS + HELD] = 3
  keys.rows.times[slot * TIMES + FROM] = from
}

describe('keys with a row', () => {
  it('keep it', () => {
    const keys = full(3)
    expect(['k0', 'k1', 'k2', 'k1'].map((key) => keys.slotOf(key, 1_000, TTL))).toEqual([0, 1, 2, 1])
  })

  it('make room when they were not called since the hand went past', () => {
    const keys = full(3)
    mark(keys, keys.slotOf('first', 1_001, TTL), USED)
    // It took the first, having gone past all.
    expect([keys.rows.find('k0'), keys.rows.find('first')]).toEqual([-1, 0])
    mark(keys, keys.slotOf('k1', 1_002, TTL), USED)
    keys.slotOf('second', 1_003, TTL)
    expect([keys.rows.find('first'), keys.rows.find('k1'), keys.rows.find('k2')]).toEqual([0, 1, -1])
  })

  it('rather make room when they are as good as unknown', () => {
    const keys = full(4)
    hold(keys, 0, 900)
    tighten(keys, 1, 1_050)
    keys.slotOf('first', 1_001, TTL)
    keys.slotOf('second', 1_001, TTL)
    expect(['k0', 'k1'].map((key) => keys.rows.find(key))).toEqual([0, 1])
  })

  it('are as good as unknown when their tokens have expired', () => {
    const keys = full(2)
    hold(keys, 0, 501)
    hold(keys, 1, 500)
    keys.slotOf('new', 1_000, TTL)
    expect(['k0', 'k1'].map((key) => keys.rows.find(key))).toEqual([0, -1])
  })

  it('stay while an ask is under way for them', () => {
    const keys = full(2)
    for (const slot of [0, 1]) mark(keys, slot, ASKING)
    expect([keys.slotOf('new', 1_000, TTL), keys.owing]).toEqual([-1, -1])
    expect(keys.rows.find('new')).toBe(-1)
    keys.rows.counts[COUNTS + STATE] = 0
    expect(keys.slotOf('new', 1_000, TTL)).toBe(1)
  })

  it('stay while they owe, and it is said who must settle', () => {
    const keys = full(2)
    owe(keys, 0, 1)
    mark(keys, 1, ASKING)
    expect([keys.slotOf('new', 1_000, TTL), keys.owing]).toEqual([-1, 0])
    owe(keys, 0, 0)
    expect([keys.slotOf('new', 1_000, TTL), keys.owing]).toEqual([0, -1])
  })

  it('come back without credit when they had none, but may ask', () => {
    const keys = full(1)
    tighten(keys, 0, 1_700)
    keys.slotOf('other', 1_000, TTL)
    const slot = keys.slotOf('k0', 1_001, TTL)
    expect([keys.rows.times[slot * TIMES + TIGHT], keys.rows.counts[slot * COUNTS + STATE]! & REFUSED]).toEqual([1_700, REFUSED])
  })

  it('come back afresh when that time is over', () => {
    const keys = full(1)
    tighten(keys, 0, 1_700)
    keys.slotOf('other', 1_000, TTL)
    const slot = keys.slotOf('k0', 1_700, TTL)
    expect([keys.rows.times[slot * TIMES + TIGHT], keys.rows.counts[slot * COUNTS + STATE]]).toEqual([-Infinity, 0])
  })
})
