import { describe, expect, it } from 'vitest'
import { Blame } from './blame.ts'

/** Turns of a loop: in each something else takes `others` ms, then `count` requests end that computed `each` ms one after the other. */
function turns(blame: Blame, number: number, others: number, count: number, each: number): number {
  let now = 0
  for (let turn = 0; turn < number; turn++) {
    now += others
    for (let at = 0; at < count; at++) blame.ended((now += each))
    blame.turnOver()
  }
  return now
}

function watching(): Blame {
  const blame = new Blame()
  blame.watch(true, 0)
  return blame
}

describe('who makes an event loop late', () => {
  it('is requests where they end one by one, as each has computed', () => {
    const blame = watching()
    expect(blame.verdict(turns(blame, 1, 0, 20, 10))).toBe('requests')
  })

  it('is something else where they end together behind a long turn, be they hundreds', () => {
    for (const count of [2, 10, 100]) {
      const blame = watching()
      expect(blame.verdict(turns(blame, 5, 50, count, 0.05))).toBe('others')
    }
  })

  it('is not known where one ends in each turn, and something else where some do together now and then', () => {
    const blame = watching()
    const now = turns(blame, 40, 50, 1, 0.05)
    expect(blame.verdict(now)).toBeUndefined()
    for (let turn = 1; turn <= 5; turn++) {
      blame.ended(now + turn * 50)
      blame.ended(now + turn * 50 + 0.1)
      blame.turnOver()
    }
    expect(blame.verdict(now + 251)).toBe('others')
  })

  it('is requests where each begins and ends in a turn, one alone', () => {
    const blame = watching()
    for (let at = 0; at < 5; at++) {
      blame.met(at * 30)
      blame.ended(at * 30 + 29)
      blame.turnOver()
    }
    expect(blame.verdict(150)).toBe('requests')
  })

  it('is requests that compute in four pieces, of which only the last ends something', () => {
    const blame = watching()
    let now = 0
    for (let turn = 0; turn < 4; turn++) {
      now += 60
      for (let at = 0; at < 4; at++) blame.ended((now += 5))
      blame.turnOver()
    }
    expect(blame.verdict(now)).toBe('requests')
  })

  it('is requests that compute in pieces, though only the last of them ends something', () => {
    const blame = watching()
    // Both pieces of all twenty: the first ones come before any answer.
    blame.ended(105)
    let now = 105
    for (let at = 1; at < 20; at++) blame.ended((now += 5))
    expect(blame.verdict(now)).toBe('requests')
  })

  it('is not known of few answers, in a moment, or of a loop that is not late', () => {
    const few = watching()
    expect(few.verdict(turns(few, 1, 200, 4, 10))).toBeUndefined()
    const short = watching()
    expect(short.verdict(turns(short, 1, 0, 9, 11))).toBeUndefined()
    const early = new Blame()
    expect(early.verdict(turns(early, 1, 0, 50, 10))).toBeUndefined()
  })

  it('is asked anew for each stretch, and does not count what passed before somebody came', () => {
    const blame = watching()
    const now = turns(blame, 1, 0, 20, 10)
    expect([blame.verdict(now), blame.verdict(now + 200)]).toEqual(['requests', undefined])
    for (let at = 1; at <= 20; at++) {
      blame.met(now + at * 20)
      blame.ended(now + at * 20 + 0.1)
    }
    expect(blame.verdict(now + 401)).toBe('others')
  })
})
