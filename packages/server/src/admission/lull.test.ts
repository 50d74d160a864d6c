import { describe, expect, it } from 'vitest'
import { Lull } from './lull.ts'

describe('a lull', () => {
  it('is reached once two turns have brought nothing, and must be reached anew for the next', () => {
    const lull = new Lull()
    lull.arrived()
    expect([0, 0, 0].map((now) => lull.reached(now))).toEqual([false, false, true])
    expect([0, 0].map((now) => lull.reached(now))).toEqual([false, true])
  })

  it('is put off by whatever comes, since behind one connection there may be another', () => {
    const lull = new Lull()
    const seen = [false, true, false, true, false, false].map((comes) => {
      if (comes) lull.arrived()
      return lull.reached(0)
    })
    expect(seen).toEqual([false, false, false, false, false, true])
  })

  it('is not waited for longer than 10 ms, or than what was computed before took', () => {
    const lull = new Lull()
    const reached = (now: number): boolean => {
      lull.arrived()
      return lull.reached(now)
    }
    expect([0, 4, 8, 12].map(reached)).toEqual([false, false, false, true])
    lull.began(12)
    // Computed until 52.
    expect([52, 60, 70, 80, 91, 92].map(reached)).toEqual([false, false, false, false, false, true])
  })
})
