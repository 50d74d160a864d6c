import { describe, expect, it } from 'vitest'
import { Slab } from './slab.ts'

describe('Slab', () => {
  it('keeps what is in its rows while it grows', () => {
    const slab = new Slab(3, 1)
    const rows = Array.from({ length: 50 }, (_, i) => {
      const at = slab.take()
      slab.numbers.fill(i, at, at + 3)
      return at
    })
    expect(rows.every((at, i) => slab.numbers.subarray(at, at + 3).every((value) => value === i))).toBe(true)
  })

  it('gives a returned row to the next one, empty', () => {
    const slab = new Slab(2, 1)
    const row = slab.take()
    slab.numbers[row] = 5
    slab.give(row)
    expect([slab.take() === row, slab.numbers[row]]).toEqual([true, 0])
  })
})
