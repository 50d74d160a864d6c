import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { CRITICALITIES } from '../deadline/criticality.ts'
import { Turns } from './turns.ts'

const everybody = (): boolean => true

function starts(turns: Turns, count: number, waits: (rank: number) => boolean = everybody): number[] {
  const each = CRITICALITIES.map(() => 0)
  for (let at = 0; at < count; at++) {
    const rank = turns.next(waits)
    if (rank === -1) break
    each[rank]! += 1
    turns.started(rank, waits)
  }
  return each
}

describe('turns', () => {
  it('are strictly by criticality where nothing is promised', () => {
    expect(starts(new Turns({}), 100)).toEqual([100, 0, 0, 0])
    expect(starts(new Turns({}), 100, (rank) => rank > 1)).toEqual([0, 0, 100, 0])
    expect(new Turns({}).next(() => false)).toBe(-1)
  })

  it('give a class what it was promised, and the rest to the most critical', () => {
    const [plus, critical, none, sheddable] = starts(new Turns({ SHEDDABLE: 0.1, CRITICAL: 0.25 }), 1_000)
    expect([none, Math.abs(critical! - 250) <= 1, Math.abs(sheddable! - 100) <= 1, plus! + critical! + sheddable!]).toEqual([0, true, true, 1_000])
  })

  it('leave to the others what nobody waits for, and owe nothing for it afterwards', () => {
    const turns = new Turns({ SHEDDABLE: 0.5 })
    expect(starts(turns, 100, (rank) => rank < 3)).toEqual([100, 0, 0, 0])
    expect(starts(turns, 10)[3]).toBeLessThanOrEqual(5)
  })

  it('bring shares of more than all down to all', () => {
    expect(starts(new Turns({ CRITICAL_PLUS: 0.5, SHEDDABLE: 1.5 }), 1_000)[3]).toBeCloseTo(750, -1)
  })

  it('keep every promise to whoever waits all the time, whatever the others do', () => {
    const share = fc.double({ min: 0, max: 0.33, noNaN: true })
    const input = fc.record({ CRITICAL: share, SHEDDABLE_PLUS: share, SHEDDABLE: share, who: fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }) })
    expect(counterexample(input, ({ who, ...shares }) => {
      const turns = new Turns(shares)
      let lowest = 0
      who.forEach((comes) => {
        const waits = (rank: number): boolean => rank === 3 || comes
        const rank = turns.next(waits)
        if (rank === 3) lowest += 1
        turns.started(rank, waits)
      })
      // Of two that are owed one at a time the more critical goes first: it may be late by the others, and by rounding.
      return lowest >= Math.floor(shares.SHEDDABLE * 200) - 4
    })).toBeUndefined()
  })
})
