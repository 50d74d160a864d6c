import { describe, expect, it } from 'vitest'
import { ClaimTable } from './claim-table.ts'
import { Claims } from './claims.ts'
import { SLOTS } from './ranks.ts'
import { weighted } from './strategies.test-support.ts'

function tableOf(claims: Claims<unknown>, steps = Infinity): ClaimTable {
  const table = new ClaimTable(claims)
  while (!table.complete) table.gather(steps)
  return table
}

/** The whole order of a slot. */
function order(claims: Claims<unknown>, slot: number): number[] {
  return Array.from({ length: claims.count }, (_, i) => i).sort((a, b) => claims.of(a, slot) - claims.of(b, slot))
}

function known(table: ClaimTable, slot: number): number[] {
  return [0, 1, 2, 3, 4].map((place) => table.at(slot, place)).filter((i) => i >= 0)
}

describe.each([['equal', () => 1], ['unequal', (i: number) => 1 + (i % 7)]])('a table of %s weights', (_, weightOf) => {
  const claims = new Claims(weighted(...Array.from({ length: 100 }, (__, i) => weightOf(i))))

  it('has the beginning of each slot’s order, mostly four of it', () => {
    const table = tableOf(claims)
    let kept = 0
    for (let slot = 0; slot < SLOTS; slot += 13) {
      const first = known(table, slot)
      kept += first.length
      expect(first).toEqual(order(claims, slot).slice(0, first.length))
    }
    expect(kept / (SLOTS / 13)).toBeGreaterThan(3.8)
    expect(kept / (SLOTS / 13)).toBeLessThanOrEqual(4.001)
  })

  it('is the same in small steps, of which each does what it was asked for and no more', () => {
    const table = new ClaimTable(claims)
    table.gather(1_000)
    expect(table.complete).toBe(false)
    const [inSteps, atOnce] = [tableOf(claims, 777), tableOf(claims)]
    for (let slot = 0; slot < SLOTS; slot += 101) expect(known(inSteps, slot)).toEqual(known(atOnce, slot))
  })
})
