import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { GrantBook } from './grant-book.ts'
import type { Grant, ReserveAsk } from './grant.ts'
import { mostBeyond } from './leases.test-support.ts'

function ask(part: Partial<ReserveAsk> = {}): ReserveAsk {
  return { key: 'k', interval: 10, burst: 5, settle: 0, want: 1, horizon: 200, floor: 0, floorHorizon: 200, burstUsed: 'never', longest: Infinity, ...part }
}

function outcome({ tokens, delay, retryAfter }: Grant): string {
  return tokens > 0 ? `${tokens} after ${delay}` : `none for ${retryAfter}`
}

describe('an engine’s book', () => {
  it('grants the burst at once, and what is beyond it as late as it is due', () => {
    const book = new GrantBook()
    expect([5, 3, 2].map((want) => outcome(book.reserve(ask({ want }), 1_000)))).toEqual(['5 after 0', '3 after 30', '2 after 50'])
    expect(outcome(book.reserve(ask({ want: 1 }), 1_055))).toBe('1 after 5')
  })

  it('grants all or nothing, and says when it is worth asking again', () => {
    const book = new GrantBook()
    book.reserve(ask({ want: 5 }), 0)
    expect(outcome(book.reserve(ask({ want: 4, horizon: 30 }), 0))).toBe('none for 10')
    expect(outcome(book.reserve(ask({ want: 4, horizon: 30 }), 10))).toBe('4 after 30')
  })

  it('refuses who has the shorter horizon first', () => {
    const book = new GrantBook()
    book.reserve(ask({ want: 5 }), 0)
    book.reserve(ask({ want: 5 }), 0)
    expect(outcome(book.reserve(ask({ want: 1, horizon: 50 }), 0))).toBe('none for 10')
    expect(outcome(book.reserve(ask({ want: 1, horizon: 200 }), 0))).toBe('1 after 60')
  })

  it('grants what is exactly due, whatever the fractions', () => {
    const book = new GrantBook()
    const third = ask({ interval: 1 / 3, burst: 1, horizon: 0 })
    let granted = 0
    for (let i = 0; i < 3_000; i++) granted += book.reserve(third, 1e6 + i / 3).tokens
    expect(granted).toBe(3_000)
  })

  it('charges what was spent before it was granted, even without anything being asked for', () => {
    const book = new GrantBook()
    expect(outcome(book.reserve(ask({ settle: 9, want: 0 }), 0))).toBe('none for 0')
    expect(outcome(book.reserve(ask(), 0))).toBe('1 after 50')
  })

  it('settles also where it then refuses', () => {
    const book = new GrantBook()
    expect(outcome(book.reserve(ask({ settle: 30 }), 0))).toBe('none for 60')
    expect(outcome(book.reserve(ask(), 0))).toBe('none for 60')
  })

  it('takes back what was left over, but never makes more than a burst of it', () => {
    const book = new GrantBook()
    book.reserve(ask({ want: 5 }), 0)
    book.reserve(ask({ want: 5 }), 0)
    expect(outcome(book.reserve(ask({ settle: -5, want: 2 }), 0))).toBe('2 after 20')
    expect(outcome(book.reserve(ask({ settle: -100, want: 5 }), 0))).toBe('5 after 0')
    expect(outcome(book.reserve(ask({ want: 1 }), 0))).toBe('1 after 10')
  })

  it('charges from now on what is settled of an idle key', () => {
    const book = new GrantBook()
    book.reserve(ask(), 0)
    book.reserve(ask({ settle: 5, want: 0 }), 900)
    expect(outcome(book.reserve(ask(), 900))).toBe('1 after 10')
  })

  it('counts each key by itself', () => {
    const book = new GrantBook()
    book.reserve(ask({ want: 5 }), 0)
    expect(outcome(book.reserve(ask({ key: 'other', want: 5 }), 0))).toBe('5 after 0')
  })

  it('keeps the backlog as it is when its clock was set back', () => {
    const book = new GrantBook()
    book.reserve(ask({ want: 5 }), 10_000)
    book.reserve(ask({ want: 5 }), 10_000)
    expect(outcome(book.reserve(ask(), 0))).toBe('1 after 60')
    expect(outcome(book.reserve(ask(), 10))).toBe('1 after 60')
  })

  it('says how long it must remember a key', () => {
    const book = new GrantBook()
    expect(book.reserve(ask({ want: 3 }), 0).keptFor).toBe(30)
    expect(book.reserve(ask({ want: 0 }), 500).keptFor).toBe(0)
  })

  it('takes the burst for used where a key is gone that must be there, and says so', () => {
    const book = new GrantBook()
    expect(book.reserve(ask({ burstUsed: 'if-lost' }), 0)).toMatchObject({ lost: true, tokens: 1, delay: 10 })
    expect(book.reserve(ask({ burstUsed: 'if-lost' }), 0)).toMatchObject({ lost: false, delay: 20 })
    expect(book.reserve(ask({ key: 'new' }), 0)).toMatchObject({ lost: false, delay: 0 })
  })

  it('takes the burst for used where somebody comes back who has counted by himself', () => {
    const book = new GrantBook()
    expect(book.reserve(ask({ burstUsed: 50 }), 0)).toMatchObject({ lost: false, delay: 10 })
    expect(book.reserve(ask({ burstUsed: 50 }), 0)).toMatchObject({ lost: false, delay: 20 })
  })

  it('fills the burst of who comes back as time passes, also for who may have nothing ahead', () => {
    const book = new GrantBook()
    const granted = Array.from({ length: 50 }, (_, now) => book.reserve(ask({ horizon: 0, burstUsed: 50 - now }), now).tokens)
    expect(granted.flatMap((tokens, now) => (tokens > 0 ? [now] : []))).toEqual([10, 20, 30, 40])
  })

  it('takes the burst for used, and no more, where other terms have left what these cannot come to', () => {
    const book = new GrantBook()
    book.reserve(ask({ interval: 3_600_000, want: 5 }), 0)
    expect(outcome(book.reserve(ask({ longest: 1_000 }), 0))).toBe('1 after 10')
    book.reserve(ask({ settle: 100, want: 0 }), 0)
    expect(outcome(book.reserve(ask({ longest: 1_060 }), 0))).toBe('none for 820')
  })

  it('knows nothing any more when it has lost its state', () => {
    const book = new GrantBook()
    book.reserve(ask({ want: 5 }), 0)
    book.forget()
    expect([book.size, outcome(book.reserve(ask({ want: 5 }), 0))]).toEqual([0, '5 after 0'])
  })

  it('forgets keys that are as good as new, but not at once', () => {
    const book = new GrantBook()
    for (let i = 0; i < 100; i++) book.reserve(ask({ key: `k${i}`, want: 5 }), 0)
    for (let i = 0; i < 100; i++) book.reserve(ask({ key: 'busy' }), 900 + i)
    expect(book.size).toBe(101)
    for (let i = 0; i < 200; i++) book.reserve(ask({ key: 'busy' }), 1_100 + i)
    expect(book.size).toBe(1)
  })
})

describe('the floor of a class that gives way', () => {
  const low = ask({ horizon: 0, floor: 0.1, floorHorizon: 200 })

  it('is a share of the rate that it gets however much the others take', () => {
    const book = new GrantBook()
    let granted = 0
    for (let now = 0; now < 10_000; now++) {
      for (let i = 0; i < 3; i++) book.reserve(ask({ horizon: 100 }), now)
      granted += book.reserve(low, now).tokens
    }
    // A tenth of 100 a second, for ten seconds.
    expect(granted).toBeGreaterThanOrEqual(99)
    expect(granted).toBeLessThanOrEqual(102)
  })

  it('is not more than that', () => {
    const book = new GrantBook()
    book.reserve(ask({ want: 5 }), 0)
    expect(outcome(book.reserve(low, 0))).toBe('1 after 10')
    expect(outcome(book.reserve(low, 0))).toBe('none for 20')
    expect(outcome(book.reserve({ ...low, horizon: 5 }, 0))).toBe('none for 15')
    // By then its own share has another one, if somebody else has been faster once more.
    for (let i = 0; i < 8; i++) book.reserve(ask(), 0)
    expect(outcome(book.reserve(low, 0))).toBe('none for 100')
  })

  it('has a horizon too', () => {
    const book = new GrantBook()
    for (let i = 0; i < 6; i++) book.reserve(ask({ want: 5, horizon: 1_000 }), 0)
    expect(outcome(book.reserve(low, 0))).toBe('none for 60')
  })

  it('stays as far away as it is when the clock was set back', () => {
    const book = new GrantBook()
    book.reserve(ask({ want: 5 }), 10_000)
    book.reserve(low, 10_000)
    for (let i = 0; i < 12; i++) book.reserve(ask(), 10_000)
    expect(outcome(book.reserve(low, 0))).toBe('none for 100')
  })
})

describe('the starts of what a book grants', () => {
  const step = fc.record({ pass: fc.double({ min: 0, max: 60, noNaN: true }), want: fc.integer({ min: 0, max: 5 }), horizon: fc.constantFrom(0, 40, 500), floor: fc.constantFrom(0, 0.2) })

  it('keep to rate · W + burst in every window', () => {
    expect(counterexample(fc.array(step, { maxLength: 120 }), (steps) => {
      const book = new GrantBook()
      const starts: number[] = []
      let now = 0
      for (const { pass, want, horizon, floor } of steps) {
        now += pass
        const { tokens, delay } = book.reserve(ask({ want, horizon, floor }), now)
        for (let i = 0; i < tokens; i++) starts.push(now + delay)
      }
      return mostBeyond(starts.sort((a, b) => a - b), 10) <= 5 + 1e-6
    }, 500)).toBeUndefined()
  })
})
