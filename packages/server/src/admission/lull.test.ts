import { describe, expect, it } from 'vitest'
import { Lull } from './lull.ts'

/** One that is asked at an instant, with somebody come before or not. */
function lull(): { readonly lull: Lull; readonly flooded: (now: number) => boolean } {
  const own = new Lull()
  const flooded = (now: number): boolean => {
    own.arrived()
    return own.reached(now)
  }
  return { lull: own, flooded }
}

describe('a lull', () => {
  it('is reached once two turns have brought nothing, and must be reached anew for the next', () => {
    const { lull: own, flooded } = lull()
    expect([flooded(0), own.reached(0), own.reached(0)]).toEqual([false, false, true])
    expect([own.reached(0), own.reached(0)]).toEqual([false, true])
  })

  it('is put off by whatever comes, since behind one connection there may be another', () => {
    const { lull: own, flooded } = lull()
    expect([own.reached(0), flooded(0), own.reached(0), flooded(0), own.reached(0), own.reached(0)]).toEqual([false, false, false, false, false, true])
  })

  it('is not waited for longer than was computed before, nor than 10 ms', () => {
    const { lull: own, flooded } = lull()
    expect([0, 4, 8, 10].map(flooded)).toEqual([false, false, false, true])
    own.began(10)
    // Computed for 3 ms.
    expect([13, 14, 16].map(flooded)).toEqual([false, false, true])
    own.began(16)
    // For 40.
    expect([56, 60, 66].map(flooded)).toEqual([false, false, true])
  })

  it('is reached at once in a flood where nothing is computed', () => {
    const { lull: own, flooded } = lull()
    own.began(5)
    expect(flooded(5)).toBe(true)
  })
})
