import { describe, expect, it } from 'vitest'
import { GrantBook } from './grant-book.ts'
import type { Grant, ReserveAsk } from './grant.ts'
import type { LeaseTableOptions } from './lease-options.ts'
import { LeaseTable } from './lease-table.ts'
import { TestProcess } from './leases.test-support.ts'

/** 2,000 a second of which a quarter is its own: chunks of 37, again at 18, 18 on credit. */
const options: LeaseTableOptions = { interval: 0.5, burst: 200, ahead: 2 }
/** One a second, between two. */
const small: LeaseTableOptions = { interval: 1_000, burst: 1, ahead: 2 }

function process(part: Partial<LeaseTableOptions> = {}, share = 0.25, book = new GrantBook()): TestProcess {
  return new TestProcess(book, { ...options, ...part }, share)
}

function grant(part: Partial<Grant> = {}): Grant {
  return { tokens: 0, delay: 0, retryAfter: 0, keptFor: 100, lost: false, ...part }
}

/** A table in which the first call of `k` was admitted and settled. */
function begun(part: Partial<LeaseTableOptions> = {}, share = 0.25): LeaseTable {
  const table = new LeaseTable({ ...options, ...part })
  table.resize({ share, refresh: 100 })
  table.take('k', 0)
  table.ask(table.due, 0)
  table.granted(0, grant(), 1)
  return table
}

/** Calls, one each ms, until one makes an ask due. */
function untilDue(table: LeaseTable, from: number): number {
  for (let now = from; now < from + 1_000; now++) {
    table.take('k', now)
    if (table.due >= 0) return now
  }
  throw new Error('nothing became due')
}

describe('a key that is not known', () => {
  it('admits its first call at once and asks the engine to count it', () => {
    const table = new LeaseTable(options)
    expect([table.take('k', 0), table.due]).toEqual([0, 0])
    expect(table.ask(0, 0)).toEqual({
      key: 'k', interval: 0.5, burst: 200, settle: 1, want: 0, horizon: 200, floor: 0, floorHorizon: 200, burstUsed: 'never', longest: 10_400,
    })
  })

  it('is asked for as far ahead as its class may reserve, in times of the refresh', () => {
    const table = new LeaseTable({ ...options, ahead: 0, floor: 0.1, floorAhead: 2 })
    table.resize({ share: 0.25, refresh: 400 })
    table.take('k', 0)
    expect(table.ask(0, 0)).toMatchObject({ horizon: 0, floor: 0.1, floorHorizon: 800 })
    const own = new LeaseTable({ ...options, ahead: 0.5, floor: 0.1 })
    own.resize({ share: 0.25, refresh: 400 })
    own.take('k', 0)
    expect(own.ask(0, 0)).toMatchObject({ horizon: 200, floorHorizon: 200 })
  })

  it('admits no more than its credit before the engine has answered', () => {
    const own = process()
    expect(own.calls('k', 100, 0)).toBe(own.table.sizes.credit)
    expect(own.under).toHaveLength(1)
  })

  it('has its credit again when the answer is that there is room, and settles what was spent meanwhile without another call', () => {
    const own = process()
    own.calls('k', 100, 0)
    own.step(1)
    own.step(1)
    expect(own.under[0]?.ask).toMatchObject({ settle: 17, want: 37 })
    expect(own.calls('k', 100, 1)).toBe(1)
  })

  it('gets what the engine has within a few round trips when much is called for', () => {
    const own = process()
    for (let now = 0; now < 10; now++) {
      own.calls('k', 20, now)
      own.settle(now + 0.5)
    }
    // The burst of 200, and what it may spend before.
    expect(own.admitted.get('k')!.length).toBeGreaterThan(180)
  })
})

describe('a key with calls', () => {
  it('asks for what its calls need in one refresh, not for a whole chunk', () => {
    const table = begun()
    let now = untilDue(table, 10)
    now += 10
    table.granted(0, grant({ tokens: 0 }), now)
    // A call each 10 ms.
    const wants: number[] = []
    let most = 0
    for (let i = 0; i < 40; i++) {
      now += 10
      table.take('k', now)
      most = Math.max(most, table.inspect(now).held)
      if (table.due < 0) continue
      const { want } = table.ask(table.due, now)
      wants.push(want)
      table.granted(0, grant({ tokens: want }), now)
    }
    expect(wants.at(-1)).toBeGreaterThanOrEqual(9)
    expect(wants.at(-1)).toBeLessThanOrEqual(11)
    // Again when half of that is left, and not of a whole chunk.
    expect(most).toBeLessThanOrEqual(16)
  })

  it('asks for no more than twice what has come, since two calls that come together say little', () => {
    const table = begun({ interval: 0.05 })
    table.take('k', 200)
    table.ask(table.due, 200)
    table.take('k', 200.1)
    table.granted(0, grant(), 200.2)
    expect(table.ask(0, 200.2).want).toBe(2)
  })

  it('spends what it holds, and asks again when half of it is left', () => {
    const own = process()
    own.calls('k', 20, 0)
    own.settle(1)
    own.calls('k', 19, 1.1)
    expect(own.under).toHaveLength(1)
    own.settle(2)
    const { held } = own.table.inspect(2)
    expect(held).toBe(37 + 18)
    own.calls('k', held - 19, 3)
    expect(own.under).toHaveLength(0)
    own.calls('k', 1, 3)
    expect(own.under[0]!.ask).toMatchObject({ settle: 0, want: 37 })
  })

  it('has one ask under way and no more', () => {
    const table = begun()
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    for (let i = 0; i < 100; i++) {
      table.take('k', now)
      expect(table.due).toBe(-1)
    }
  })

  it('does not spend what was reserved before it starts, and says when that is', () => {
    const table = begun()
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 5, delay: 60 }), now + 2)
    expect(table.take('k', now + 2)).toBe(60)
    expect(table.take('k', now + 61)).toBe(1)
    expect([62, 62, 62, 62, 62, 62].map((at) => table.take('k', now + at) > 0)).toEqual([false, false, false, false, false, true])
  })

  it('spends first what starts first', () => {
    const table = begun()
    let now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 1, delay: 50 }), now)
    now += 1
    table.ask(0, now)
    table.granted(0, grant({ tokens: 1, delay: 10 }), now)
    expect([table.take('k', now), table.take('k', now + 10), table.take('k', now + 10), table.take('k', now + 49)]).toEqual([10, 0, 39, 0])
  })

  it('says about when an answer is due while it has nothing', () => {
    const table = begun({}, 0.001)
    const now = 600
    for (let i = 0; i < 3; i++) table.take('k', now)
    expect(table.take('k', now)).toBeCloseTo(1, 1)
  })

  it('learns how long answers take', () => {
    const table = begun({}, 0.001)
    for (let now = 1_000; now < 40_000; now += 2_000) {
      table.take('k', now)
      table.ask(table.due, now)
      table.granted(0, grant(), now + 40)
    }
    table.take('k', 50_000)
    table.ask(table.due, 50_000)
    expect(table.take('k', 50_010)).toBeCloseTo(30, 0)
    expect(table.take('k', 50_100)).toBeCloseTo(20, 0)
  })

  it('says so also in the call that makes an ask due', () => {
    const table = begun()
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 1, delay: 30 }), now)
    table.take('k', now + 30)
    table.granted(0, grant({ delay: 50 }), (table.ask(0, now + 30), now + 31))
    const wait = table.take('k', now + 32)
    expect(table.due).toBe(0)
    expect(wait).toBeLessThan(2)
  })
})

describe('a limit that is used up', () => {
  it('gives no credit until a refresh after its tokens have started', () => {
    const table = begun()
    let now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 1, delay: 30 }), now)
    now += 30
    expect(table.take('k', now)).toBe(0)
    expect(table.take('k', now + 99)).toBeGreaterThan(0)
    expect(table.take('k', now + 100)).toBe(0)
  })

  it('takes a delay of less than a microsecond for the rounding of the engine’s clock', () => {
    const table = begun()
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ delay: 0.0005 }), now)
    expect(table.take('k', now)).toBe(0)
  })

  it('is refused once, and asked again when it said, not with each call', () => {
    const table = begun(small, 0.5)
    let asks = 0
    for (let now = 10; now < 710; now += 10) {
      table.take('k', now)
      if (table.due < 0) continue
      asks++
      table.ask(table.due, now)
      table.granted(0, grant({ retryAfter: 700 }), now)
    }
    expect(asks).toBe(1)
    expect(table.take('k', 400)).toBe(310)
  })

  it('is not asked sooner than after a refresh, however soon the engine thinks that it is worth it', () => {
    const table = begun(small, 0.5)
    table.take('k', 10)
    table.ask(table.due, 10)
    table.granted(0, grant({ retryAfter: 2 }), 10)
    expect(table.take('k', 20)).toBe(90)
    expect(table.due).toBe(-1)
  })

  it('after a refusal admits nothing on credit before ten refreshes, and asks for one token instead', () => {
    const table = begun(small, 0.5)
    table.take('k', 10)
    table.ask(table.due, 10)
    table.granted(0, grant({ retryAfter: 300 }), 10)
    // Longer than a token would be held: else it would leave it to credit.
    table.resize({ share: 1, refresh: 100 })
    const later = 10 + 300 + 200 + 999
    expect(table.take('k', later)).toBeGreaterThan(0)
    expect(table.ask(table.due, later).want).toBe(1)
    table.granted(0, grant({ retryAfter: 300 }), later)
    expect(table.take('k', later + 300 + 200 + 1_000)).toBe(0)
  })

  it('leaves a key of few calls to its credit again when it was not refused the last time', () => {
    const table = begun({ ahead: 30 })
    table.take('k', 200)
    table.ask(0, 200)
    table.granted(0, grant({ retryAfter: 10 }), 201)
    table.ask(0, 300)
    table.granted(0, grant({ delay: 2_500 }), 301)
    expect(table.take('k', 1_000)).toBe(301 + 2_500 + 100 - 1_000)
    expect(table.due).toBe(-1)
  })
})

describe('a key of few calls', () => {
  it('holds no tokens that others could use: each of its calls is settled afterwards', () => {
    const own = process(small, 0.5)
    for (let now = 0; now < 60_000; now += 5_000) {
      expect(own.call('k', now)).toBe(0)
      own.settle(now + 1)
    }
    expect(own.table.inspect(60_000)).toMatchObject({ held: 0, debt: 0, tokens: 0, asked: 12 })
  })

  it('asks for the next ones with what it owes, where they come soon', () => {
    const own = process()
    for (let now = 0; now < 1_000; now += 50) {
      own.call('k', now)
      own.settle(now + 1)
    }
    expect(own.table.inspect(1_000).asked).toBeLessThanOrEqual(11)
    expect(own.admitted.get('k')).toHaveLength(20)
  })
})

describe('tokens that nobody came for', () => {
  it('expire, are not spent, and are given back with the next ask', () => {
    const table = begun()
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 9, delay: 10 }), now)
    expect(table.inspect(now + 509).held).toBe(9)
    expect(table.inspect(now + 510).held).toBe(0)
    expect(table.take('k', now + 510)).toBe(0)
    expect(table.inspect(now + 510)).toMatchObject({ unused: 9, debt: 1 })
    expect(table.ask(table.due, now + 510).settle).toBe(1 - 9)
  })

  it('expire chunk by chunk: a later one does not keep an earlier one alive', () => {
    const table = begun()
    let now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 2 }), now)
    table.ask(0, now + 400)
    table.granted(0, grant({ tokens: 3 }), now + 400)
    now += 500
    expect(table.inspect(now).held).toBe(3)
    expect([1, 2, 3].map(() => table.spend('k', now))).toEqual([true, true, true])
    expect(table.spend('k', now)).toBe(false)
  })

  it('are not counted as held when they have expired', () => {
    const table = begun()
    const now = untilDue(table, 10)
    for (const at of [now, now + 400]) {
      table.ask(0, at)
      table.granted(0, grant({ tokens: 3 }), at)
    }
    expect([499, 500, 899, 900].map((after) => table.inspect(now + after).held)).toEqual([6, 3, 3, 0])
  })

  it('are given back once', () => {
    const own = process()
    own.calls('k', 20, 0)
    own.settle(1)
    own.calls('k', 3, 2)
    own.settle(3)
    own.call('k', 20_000)
    const first = own.under[0]!.ask.settle
    own.settle(20_001)
    own.call('k', 40_000)
    expect(first).toBeLessThan(0)
    expect(own.under[0]!.ask.settle).toBe(1)
  })

  it('are held for longer where they are taken ahead for longer', () => {
    const table = begun()
    table.resize({ share: 0.25, refresh: 400 })
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 1 }), now)
    expect([table.inspect(now + 1_199).held, table.inspect(now + 1_200).held]).toEqual([1, 0])
  })

  it('are held for as long as it was told, where it was told', () => {
    const table = begun({ ttl: 50 })
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 9 }), now)
    expect([table.inspect(now + 49).held, table.inspect(now + 50).held]).toEqual([9, 0])
  })
})

describe('an ask without an answer', () => {
  it('leaves owed what was owed', () => {
    const own = process({}, 0.001)
    own.call('k', 0)
    own.lose(80)
    expect(own.call('k', 99)).toBeGreaterThan(0)
    own.call('k', 200)
    expect(own.under[0]!.ask.settle).toBe(1)
  })

  it('counts as given back what was given back', () => {
    const table = begun()
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 9 }), now)
    table.take('k', now + 600)
    expect(table.ask(table.due, now + 600).settle).toBe(-8)
    table.failed(0, now + 680)
    table.take('k', now + 800)
    expect(table.ask(table.due, now + 800).settle).toBeGreaterThan(0)
  })

  it('is followed by another no sooner than a refresh after it was sent', () => {
    const table = new LeaseTable(options)
    table.take('k', 0)
    table.ask(0, 0)
    table.failed(0, 5)
    table.take('k', 99)
    expect(table.due).toBe(-1)
    table.take('k', 100)
    expect(table.due).toBe(0)
    expect(table.inspect(100).failed).toBe(1)
  })
})

describe('a look at a key', () => {
  it('tells what a call would be told, and changes nothing', () => {
    const table = begun()
    expect([table.wait('k', 5), table.wait('new', 5)]).toEqual([0, 0])
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 1, delay: 60 }), now)
    const before = table.inspect(now)
    expect([table.wait('k', now), table.wait('k', now + 60)]).toEqual([60, 0])
    expect(table.take('k', now + 60)).toBe(0)
    expect(table.wait('k', now + 61)).toBeGreaterThan(0)
    expect(table.wait('k', now + 160)).toBe(0)
    expect(before.keys).toBe(1)
    expect(table.size).toBe(1)
  })

  it('tells of a key that made room without credit that it has none', () => {
    const table = new LeaseTable({ ...small, maxKeys: 1 })
    table.take('k', 0)
    table.granted(0, grant({ retryAfter: 400 }), (table.ask(0, 0), 1))
    table.take('other', 2)
    expect([table.wait('k', 3) > 0, table.wait('never seen', 3)]).toEqual([true, 0])
  })

  it('counts the tokens that may be spent now, of both chunks', () => {
    const table = begun()
    const now = untilDue(table, 10)
    for (const [tokens, delay] of [[3, 10], [4, 30]] as const) {
      table.ask(0, now)
      table.granted(0, grant({ tokens, delay }), now)
    }
    expect([0, 10, 30, 509, 510, 530].map((after) => table.held('k', now + after))).toEqual([0, 3, 7, 7, 4, 0])
    expect(table.held('never seen', now)).toBe(0)
  })
})

describe('how many calls would be admitted', () => {
  it('is what is held and what is left of the credit', () => {
    const table = new LeaseTable(options)
    table.resize({ share: 0.25, refresh: 100 })
    expect(table.available('k', 0)).toBe(18)
    for (let left = 17; left >= 0; left--) {
      expect(table.take('k', 0)).toBe(0)
      expect(table.available('k', 0)).toBe(left)
    }
    expect(table.take('k', 0)).toBeGreaterThan(0)
    table.ask(0, 0)
    table.granted(0, grant({ tokens: 5, delay: 10 }), 1)
    expect([5, 11].map((now) => table.available('k', now))).toEqual([0, 5])
  })
})

describe('a call that came to nothing', () => {
  it('leaves nothing owed for what was spent on credit', () => {
    const table = begun()
    table.take('k', 200)
    table.giveBack('k')
    expect(table.inspect(200).debt).toBe(0)
  })

  it('leaves its token to the next call', () => {
    const table = begun()
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 9 }), now)
    table.take('k', now)
    table.giveBack('k')
    expect(table.inspect(now).held).toBe(9)
  })

  it('leaves the last token to the next call too, for as long as one is held', () => {
    const table = begun({ burst: 1 })
    table.ask(0, 10)
    table.granted(0, grant({ tokens: 1, delay: 5 }), 10)
    expect(table.take('k', 20)).toBe(0)
    table.giveBack('k')
    expect([20, 519, 520].map((now) => table.held('k', now))).toEqual([1, 1, 0])
  })

  it('leaves what an ask has named already to the next call as well', () => {
    const table = new LeaseTable({ ...options, burst: 1 })
    table.take('k', 0)
    expect(table.ask(0, 0).settle).toBe(1)
    table.giveBack('k')
    table.granted(0, grant(), 1)
    expect(table.inspect(1)).toMatchObject({ debt: 0, held: 1 })
  })

  it('leaves one more than would be held without it, and no more', () => {
    const table = begun({ burst: 1 })
    table.ask(0, 10)
    table.granted(0, grant({ tokens: 1 }), 10)
    table.take('k', 11)
    expect(table.ask(0, 11).want).toBe(1)
    table.giveBack('k')
    table.giveBack('k')
    table.granted(0, grant({ tokens: 1 }), 12)
    expect(table.inspect(12).held).toBe(2)
  })

  it('of a key that is not known is nothing', () => {
    const table = new LeaseTable(options)
    table.giveBack('never seen')
    expect(table.size).toBe(0)
  })
})

describe('while the engine is lost', () => {
  it('what is held is spent, with no credit and nothing asked for', () => {
    const table = begun()
    const now = untilDue(table, 10)
    table.ask(table.due, now)
    table.granted(0, grant({ tokens: 2 }), now)
    expect([1, 2, 3].map(() => table.spend('k', now + 1))).toEqual([true, true, false])
    expect(table.spend('never seen', now)).toBe(false)
    expect(table.size).toBe(1)
  })

  it('the engine is told that it must know a key, as long as it must', () => {
    const table = begun()
    const burstUsed = (now: number): ReserveAsk['burstUsed'] => {
      const said = table.ask(0, now).burstUsed
      table.granted(0, grant({ keptFor: 100 }), now + 5)
      return said
    }
    // Asked at 0, and answered that it is kept for 100 ms.
    expect([burstUsed(99), burstUsed(199), burstUsed(200)]).toEqual(['if-lost', 'never', 'if-lost'])
  })

  it('the burst counts as used for who comes back from counting by itself', () => {
    expect(begun().ask(0, 50, 40).burstUsed).toBe(40)
  })
})

describe('many keys', () => {
  it('are kept up to their number', () => {
    const own = process({ maxKeys: 50 })
    for (let i = 0; i < 500; i++) {
      own.call(`k${i}`, i)
      own.settle(i)
    }
    expect(own.table.size).toBe(50)
  })

  it('keep what is theirs while the table grows', () => {
    const own = process()
    for (let i = 0; i < 300; i++) own.calls(`k${i}`, 1 + (i % 3), 0)
    expect(own.under.map(({ ask }) => ask.settle)).toEqual(Array.from({ length: 300 }, () => 1))
    expect(own.under.map(({ ask }) => ask.key)).toEqual(Array.from({ length: 300 }, (_, i) => `k${i}`))
    expect(own.table.inspect(1)).toMatchObject({ keys: 300, debt: 600 })
    own.settle(1)
    expect(own.table.inspect(1)).toMatchObject({ keys: 300, debt: 0 })
  })

  it('settle also while they are refused, and ask for nothing with it', () => {
    const table = new LeaseTable({ ...options, maxKeys: 1 })
    table.take('k', 0)
    table.ask(0, 0)
    table.take('k', 0)
    table.granted(0, grant({ retryAfter: 400 }), 1)
    expect(table.take('k', 2)).toBe(399)
    expect(table.due).toBe(0)
    expect(table.ask(0, 2)).toMatchObject({ settle: 1, want: 0 })
  })

  it('are asked for by their own names, in whatever order that is done', () => {
    const table = new LeaseTable({ ...options, maxKeys: 2 })
    table.take('a', 0)
    table.take('b', 0)
    expect([table.ask(0, 0).key, table.ask(1, 0).key]).toEqual(['a', 'b'])
    table.take('a', 0)
    table.granted(1, grant(), 1)
    table.take('b', 1)
    expect(table.due).toBe(1)
    table.granted(0, grant(), 1)
    expect([table.due, table.ask(0, 1).key]).toEqual([0, 'a'])
    table.failed(0, 2)
    table.take('b', 2)
    table.ask(1, 2)
    table.take('c', 2)
    expect([table.due, table.ask(0, 2).key]).toEqual([0, 'a'])
  })

  it('never push out who has an ask under way: then there is no room for a while', () => {
    const own = process({ maxKeys: 2 })
    own.call('a', 0)
    own.call('b', 0)
    expect(own.call('c', 0)).toBeCloseTo(1, 1)
    expect(own.under.map(({ ask }) => ask.key)).toEqual(['a', 'b'])
    own.settle(1)
    expect(own.call('c', 1)).toBe(0)
  })

  it('settle what they owe before they make room', () => {
    const own = process({ maxKeys: 1 }, 0.001)
    own.call('a', 0)
    own.lose(80)
    expect(own.call('b', 200)).toBeGreaterThan(0)
    expect(own.under[0]!.ask).toMatchObject({ key: 'a', settle: 1, want: 0 })
    own.settle(201)
    expect(own.call('b', 201)).toBe(0)
  })

  it('do not begin afresh by pushing themselves out', () => {
    const own = process({ ...small, maxKeys: 1 }, 1)
    let admitted = 0
    for (let now = 0; now < 10_000; now += 10) {
      if (own.call('greedy', now) === 0) admitted++
      own.settle(now + 1)
      own.call(`filler${now}`, now + 2)
      own.settle(now + 3)
    }
    // Ten seconds of one each, the burst, and what it may hold.
    expect(admitted).toBeLessThanOrEqual(10 + 1 + own.table.hold)
  })
})

describe('another share', () => {
  it('makes other sizes, and leaves what is held', () => {
    const own = process()
    own.calls('k', 20, 0)
    own.settle(1)
    const { held } = own.table.inspect(1)
    own.table.resize({ share: 0.01, refresh: 100 })
    expect(own.table.sizes).toEqual({ chunk: 1, mark: 0, credit: 1 })
    expect(own.table.hold).toBe(2)
    expect(own.table.inspect(1).held).toBe(held)
    own.calls('k', held - 1, 1)
    expect(own.under).toHaveLength(0)
  })
})
