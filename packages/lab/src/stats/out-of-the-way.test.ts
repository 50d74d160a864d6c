import { describe, expect, it } from 'vitest'
import { outOfTheWay } from './out-of-the-way.ts'

/** 100 calls a second for 20 s; the fault lasts from 5 s to 15 s. */
const dueAt = Float64Array.from({ length: 2_000 }, (_, call) => call * 10)
const fault = { from: 5_000, to: 15_000 }
const hurtAt =
  (...times: readonly number[]) =>
  (call: number): boolean =>
    times.includes(call * 10)
const hurtBetween =
  (from: number, to: number) =>
  (call: number): boolean =>
    call * 10 >= from && call * 10 < to

describe('the time until a fault was out of the way', () => {
  it('is 0 when nobody was hurt', () => {
    expect(outOfTheWay(dueAt, () => false, fault)).toBe(0)
  })

  it('is 0 when fewer than 1 % of the calls of any 2 s were', () => {
    expect(outOfTheWay(dueAt, hurtAt(5_000, 7_000, 9_000, 11_000), fault)).toBe(0)
  })

  it('lasts as long as calls keep being hurt', () => {
    // The last two hurt calls are 1 % of the 2 s that follow the first of them; the last alone is not.
    expect(outOfTheWay(dueAt, hurtBetween(5_000, 6_500), fault)).toBe(1_480)
  })

  it('starts over when the fault comes back', () => {
    const both = (call: number): boolean => hurtBetween(5_000, 5_500)(call) || hurtBetween(9_000, 9_500)(call)
    expect(outOfTheWay(dueAt, both, fault)).toBeGreaterThan(4_400)
  })

  it('is never when calls are hurt to the end', () => {
    expect(outOfTheWay(dueAt, hurtBetween(5_000, 15_000), fault)).toBeUndefined()
    expect(outOfTheWay(dueAt, (call) => call % 40 === 0, fault)).toBeUndefined()
  })

  it('does not take one hurt call for many because the plan ends soon after', () => {
    expect(outOfTheWay(dueAt, hurtAt(19_900), { from: 10_000, to: 20_000 })).toBe(0)
  })

  it('leaves out what was hurt before or after', () => {
    expect(outOfTheWay(dueAt, (call) => call * 10 < 5_000 || call * 10 >= 15_000, fault)).toBe(0)
  })
})
