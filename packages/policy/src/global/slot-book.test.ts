import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import type { SlotsAsk } from './grant.ts'
import { SlotBook } from './slot-book.ts'

const lease = 2000

function asking(want: number, inUse = 0, terms: Partial<SlotsAsk> = {}): SlotsAsk {
  return { max: 40, want, inUse, lease, weight: 1, ...terms }
}

/** Everybody asks in turn and has given back by then what it was not granted, until nothing changes. */
function settled(book: SlotBook, wants: readonly Partial<SlotsAsk>[], now = 0): number[] {
  const slots = wants.map(() => 0)
  for (let round = 0; round < 8; round++) {
    wants.forEach((terms, i) => {
      slots[i] = book.ask(`p${i}`, asking(0, slots[i], terms), now).slots
    })
  }
  return slots
}

const same = (count: number, terms: Partial<SlotsAsk>): Partial<SlotsAsk>[] => Array.from({ length: count }, () => terms)

describe('a book of slots', () => {
  it('gives everybody what he wants while there is enough', () => {
    expect(settled(new SlotBook(), [{ want: 10 }, { want: 25 }, { want: 5 }])).toEqual([10, 25, 5])
  })

  it('shares what is not enough, and gives what light ones do not want to the others', () => {
    expect(settled(new SlotBook(), [{ want: 40 }, { want: 40 }, { want: 4 }])).toEqual([18, 18, 4])
  })

  it('shares by weight', () => {
    expect(settled(new SlotBook(), [{ want: 40, weight: 3 }, { want: 40, weight: 1 }])).toEqual([30, 10])
  })

  it('gives nobody less than one where there are enough for that, whatever the weights', () => {
    expect(settled(new SlotBook(), [{ want: 40, weight: 1000 }, { want: 40, weight: 0.001 }])).toEqual([39, 1])
  })

  it('gives all that there is where shares are not whole, and nobody two more than another', () => {
    const slots = settled(new SlotBook(), same(30, { want: 9 }))
    expect([slots.reduce((sum, n) => sum + n), Math.min(...slots), Math.max(...slots)]).toEqual([40, 1, 2])
  })

  it('rounds shares up in turn, so that in the long run they are equal', () => {
    const sums = [0, 0, 0]
    for (let turn = 0; turn < 6; turn++) settled(new SlotBook(), same(3, { want: 9, max: 5 }), turn * 4 * lease).forEach((slots, i) => { sums[i]! += slots })
    expect(sums).toEqual([10, 10, 10])
  })

  it('of fewer slots than processes gives some one each for a lease, and then those behind them', () => {
    const turns = [0, 1, 2, 3, 4].map((turn) => settled(new SlotBook(), same(5, { want: 2, max: 2 }), turn * lease).join(''))
    expect(turns).toEqual(['11000', '00110', '10001', '01100', '00011'])
  })

  it('grants a newcomer what others hold above their share only when they say that they have given it back', () => {
    const book = new SlotBook()
    expect(book.ask('old', asking(40, 0), 0).slots).toBe(40)
    expect(book.ask('new', asking(40, 0), 1)).toEqual({ slots: 0, taken: 40, processes: 2 })
    expect(book.ask('old', asking(40, 40), 2)).toEqual({ slots: 20, taken: 40, processes: 2 })
    expect(book.ask('new', asking(40, 0), 3).slots).toBe(0)
    expect(book.ask('old', asking(40, 33), 4)).toMatchObject({ slots: 20, taken: 33 })
    expect(book.ask('new', asking(40, 0), 5)).toMatchObject({ slots: 7, taken: 40 })
  })

  it('counts calls of a process that it does not know as far as there is room', () => {
    const book = new SlotBook()
    book.ask('a', asking(5), 0)
    expect(book.ask('b', asking(10, 38), 1)).toEqual({ slots: 10, taken: 40, processes: 2 })
  })

  it('counts calls that run where the limit was lowered, and grants nothing until there are fewer', () => {
    const book = new SlotBook()
    book.ask('a', asking(20), 0)
    book.ask('b', asking(20), 0)
    expect(book.ask('a', asking(20, 20, { max: 10 }), 1)).toEqual({ slots: 0, taken: 40, processes: 2 })
    expect(book.ask('b', asking(20, 3, { max: 10 }), 2)).toMatchObject({ slots: 0, taken: 23 })
    expect(book.ask('a', asking(20, 2, { max: 10 }), 3)).toMatchObject({ slots: 5, taken: 8 })
  })

  it('forgets a process at the end of its lease, not before, and one that leaves at once', () => {
    const book = new SlotBook()
    book.ask('killed', asking(30), 0)
    expect(book.ask('b', asking(40), lease - 1).slots).toBe(10)
    expect(book.ask('b', asking(40, 10), lease).slots).toBe(40)
    book.leave('b')
    expect(book.taken).toBe(0)
  })

  it('remembers nobody who has none and wants none', () => {
    const book = new SlotBook()
    book.ask('a', asking(1), 0)
    book.ask('a', asking(0), 1)
    expect(book.ask('b', asking(1), 2).processes).toBe(1)
  })
})

const member = fc.record({ want: fc.nat(60), weight: fc.constantFrom(0.1, 1, 1, 1, 2, 7, 300) })

describe('whoever asks in what order, a book of slots', () => {
  const step = fc.record({
    who: fc.nat(7),
    what: fc.constantFrom('ask', 'ask', 'ask', 'ask', 'lost', 'leave'),
    want: fc.nat(60),
    /** Of what a process holds, so much is in use as it asks. */
    used: fc.double({ min: 0, max: 1, noNaN: true }),
    pass: fc.constantFrom(0, 1, 50, 500, 2500),
    weight: fc.constantFrom(1, 1, 3, 0.2),
  })

  it('never counts more than there are, nor less than the processes may have in flight', () => {
    expect(counterexample(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.array(step, { maxLength: 120 })), ([max, steps]) => {
      const book = new SlotBook()
      /** What each may have in flight by what it knows: the larger of what it was granted and what has not ended. */
      const mayHave = new Map<number, { slots: number; until: number }>()
      let now = 0
      for (const { who, what, want, used, pass, weight } of steps) {
        now += pass
        const own = mayHave.get(who)
        const slots = own === undefined || own.until <= now ? 0 : own.slots
        if (what === 'leave') {
          mayHave.delete(who)
          book.leave(`${who}`)
          continue
        }
        // It gives up what it does not want before it says so, but for what is in flight.
        const inUse = Math.max(Math.min(slots, want), Math.floor(slots * used))
        const grant = book.ask(`${who}`, { max, want, inUse, lease, weight }, now)
        if (grant.slots > want || grant.taken > max) return false
        if (what === 'ask') mayHave.set(who, { slots: Math.max(grant.slots, inUse), until: now + lease })
        else mayHave.set(who, { slots: inUse, until: own?.until ?? 0 })
        const sum = [...mayHave.values()].reduce((total, one) => total + (one.until > now ? one.slots : 0), 0)
        if (sum > max || sum > book.taken) return false
      }
      return true
    }, 500)).toBeUndefined()
  })

  it('comes to the max-min fair shares, each of them rounded up or down, or to one each in turn, and leaves nothing unused', () => {
    expect(counterexample(fc.tuple(fc.integer({ min: 1, max: 80 }), fc.array(member, { minLength: 1, maxLength: 25 })), ([max, members]) => {
      const slots = settled(new SlotBook(), members.map((terms) => ({ max, ...terms })))
      const wants = members.reduce((sum, { want }) => sum + want, 0)
      const fair = fairShares(max, members)
      const all = slots.reduce((sum, n) => sum + n, 0) === Math.min(max, wants)
      if (members.filter(({ want }) => want > 0).length > max) return all && slots.every((n, i) => n <= Math.min(1, members[i]!.want))
      return all && slots.every((n, i) => n >= Math.floor(fair[i]! + 1e-6) && n <= Math.ceil(fair[i]! - 1e-6))
    }, 500)).toBeUndefined()
  })
})

/** By halving, which needs no idea of how to get there faster. */
function fairShares(max: number, members: readonly { want: number; weight: number }[]): number[] {
  const shares = (level: number): number[] => members.map(({ want, weight }) => Math.min(want, Math.max(level * weight, 1)))
  if (members.reduce((sum, { want }) => sum + want, 0) <= max) return members.map(({ want }) => want)
  let [low, high] = [0, 1e6]
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (shares(middle).reduce((sum, n) => sum + n, 0) > max) high = middle
    else low = middle
  }
  return shares(low)
}
