import { describe, expect, it } from 'vitest'
import { Claims } from './claims.ts'
import { SLOTS } from './ranks.ts'
import { weighted } from './strategies.test-support.ts'

describe.each([['equal', [1, 1, 1]], ['unequal', [0.3, 1, 5]]])('claims of %s weights', (_, weights) => {
  const claims = new Claims(weighted(...weights))
  const every = (i: number): number[] => Array.from({ length: SLOTS }, (_, slot) => claims.of(i, slot))

  it('below a level are found without looking at the others, and the others are not', () => {
    const level = claims.levelOf(0.2)
    for (let i = 0; i < 3; i++) {
      const found = new Map<number, number>()
      claims.slotsBelow(i, level, (slot, claim) => found.set(slot, claim))
      const expected = every(i).flatMap((claim, slot) => (claim < level ? [[slot, claim]] : []))
      expect([...found].toSorted(([a], [b]) => a - b)).toEqual(expected)
    }
  })

  it('lie below it as many to a slot as asked for', () => {
    const level = claims.levelOf(0.2)
    const below = [0, 1, 2].reduce((sum, i) => sum + every(i).filter((claim) => claim < level).length, 0)
    expect(Math.abs(below / SLOTS / 0.2 - 1)).toBeLessThan(0.15)
  })
})
