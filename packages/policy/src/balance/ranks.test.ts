import { describe, expect, it } from 'vitest'
import { Ranks, SLOTS } from './ranks.ts'

function ranks(count: number, seed = 0): Ranks {
  return new Ranks(Array.from({ length: count }, (_, i) => ({ key: `http://10.${seed}.0.${i + 1}:8080` })))
}

/** How many slots each is first for. */
function wins(count: number, seed = 0): number[] {
  const of = ranks(count, seed)
  const won = new Array<number>(count).fill(0)
  for (let slot = 0; slot < SLOTS; slot++) {
    let best = 0
    for (let i = 1; i < count; i++) if (of.of(i, slot) < of.of(best, slot)) best = i
    won[best]! += 1
  }
  return won
}

describe('ranks', () => {
  it('are a permutation of the slots for every key, and can be read backwards', () => {
    const of = ranks(5)
    for (let i = 0; i < 5; i++) {
      const seen = new Uint8Array(SLOTS)
      let backwards = 0
      for (let slot = 0; slot < SLOTS; slot++) {
        const rank = of.of(i, slot)
        seen[rank]! += 1
        if (of.slotAt(i, rank) === slot) backwards += 1
      }
      expect([seen.every((times) => times === 1), backwards]).toEqual([true, SLOTS])
    }
  })

  it('give everybody the same share of slots, in the smallest fleets too', () => {
    for (const count of [2, 3, 10]) {
      for (let seed = 0; seed < 5; seed++) {
        for (const won of wins(count, seed)) expect(Math.abs((won * count) / SLOTS - 1)).toBeLessThan(0.04)
      }
    }
  })

  it('are unlike for keys that differ in one digit', () => {
    const of = ranks(2)
    let nearly = 0
    for (let slot = 0; slot < SLOTS; slot++) if (Math.abs(of.of(0, slot) - of.of(1, slot)) < SLOTS / 100) nearly += 1
    expect(Math.abs(nearly / SLOTS / 0.0199 - 1)).toBeLessThan(0.15)
  })
})
