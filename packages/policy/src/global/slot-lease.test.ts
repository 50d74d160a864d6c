import { describe, expect, it } from 'vitest'
import type { SlotsAsk, SlotsGrant } from './grant.ts'
import { SlotLease, type SlotDemand, type SlotLeaseOptions } from './slot-lease.ts'

const idle: SlotDemand = { inFlight: 0, waiting: 0, peak: 0, entered: 0 }
const busy = (inFlight: number, waiting = 0, entered = inFlight): SlotDemand => ({ inFlight, waiting, peak: inFlight + waiting, entered })
const grant = (slots: number, taken = slots, processes = 1): SlotsGrant => ({ slots, taken, processes })

function leaseOf(options: Partial<SlotLeaseOptions> = {}): SlotLease {
  return new SlotLease({ max: 40, ...options }, 0)
}

/** Asks at `now` and is answered a millisecond later. */
function renew(lease: SlotLease, demand: SlotDemand, now: number, answer: (ask: SlotsAsk) => SlotsGrant | undefined): SlotsAsk {
  const ask = lease.ask(demand, now)
  lease.answered(answer(ask), demand.waiting, now + 1)
  return ask
}

describe('a lease of slots', () => {
  it('holds from when its ask was sent, not from when it was answered', () => {
    const lease = leaseOf({ engineLost: 'closed' })
    const { want } = lease.ask(idle, 100)
    lease.answered(grant(want), 0, 900)
    expect([lease.until, lease.limit(2099), lease.limit(2100)]).toEqual([2100, 1, 0])
  })

  it('that was answered too late is none', () => {
    const lease = leaseOf({ engineLost: 'closed' })
    lease.ask(idle, 0)
    lease.answered(grant(1), 0, 2500)
    expect([lease.limit(2500), lease.due]).toEqual([0, 500])
  })

  it('is renewed four times while it holds, and by one ask at a time', () => {
    const lease = leaseOf()
    expect(lease.due).toBe(-Infinity)
    lease.ask(idle, 10)
    expect(lease.due).toBe(Infinity)
    lease.answered(grant(1), 0, 14)
    expect(lease.due).toBe(510)
  })

  it('stays as it is where there is no answer, and is asked for again soon, then less and less soon', () => {
    const lease = leaseOf()
    renew(lease, busy(5), 0, ({ want }) => grant(want))
    const gaps = [500, 700, 1000, 1500, 1800].map((at) => {
      renew(lease, busy(5), at, () => undefined)
      return lease.due - at - 1
    })
    expect([gaps, lease.limit(1999), lease.until]).toEqual([[50, 100, 200, 400, 500], 6, 2000])
  })

  it.each<SlotsGrant>([
    { slots: Number.NaN, taken: 1, processes: 1 },
    { slots: -1, taken: 1, processes: 1 },
    { slots: 1.5, taken: 1, processes: 1 },
    { slots: 1, taken: 1, processes: Infinity },
  ])('takes %o for no answer', (nonsense) => {
    const lease = leaseOf({ engineLost: 'closed' })
    renew(lease, busy(5), 0, () => nonsense)
    expect(lease.limit(1)).toBe(0)
  })

  it('never takes more than it asked for', () => {
    const lease = leaseOf()
    renew(lease, busy(5), 0, () => grant(1000))
    expect(lease.limit(1)).toBe(6)
  })
})

describe('a process wants', () => {
  it('what it needs and one more, never less than one and never more than there are', () => {
    expect(leaseOf().ask(idle, 0)).toEqual({ max: 40, want: 1, inUse: 1, lease: 2000, weight: 1 })
    expect(leaseOf({ weight: 3 }).ask(busy(7, 2), 0)).toMatchObject({ want: 10, weight: 3 })
    expect(leaseOf().ask(busy(39, 20), 0).want).toBe(40)
  })

  it('what it needed at once in the last renewal time, and forgets it after two', () => {
    const lease = leaseOf()
    const wants = [0, 500, 1000, 1500].map((at) => renew(lease, at === 0 ? { ...idle, peak: 9 } : idle, at, ({ want }) => grant(want)).want)
    expect(wants).toEqual([10, 10, 1, 1])
    const late = leaseOf()
    renew(late, { ...idle, peak: 9 }, 0, ({ want }) => grant(want))
    expect(late.ask(idle, 1100).want).toBe(1)
  })

  it('more by what it had to refuse: by all of a burst, and in proportion to what it let in', () => {
    const wantAfter = (entered: number, missed: number): number => {
      const lease = leaseOf()
      renew(lease, busy(5, 0, entered), 0, ({ want }) => grant(want))
      for (let i = 0; i < missed; i++) lease.missed(100)
      return lease.ask(busy(5, 0, 0), 100).want
    }
    expect(wantAfter(5, 9)).toBe(14)
    expect(wantAfter(500, 1)).toBe(6)
    expect(wantAfter(500, 1000)).toBe(15)
    expect(wantAfter(0, 3)).toBe(8)
    expect(wantAfter(1, 2)).toBe(7)
    expect(wantAfter(1, 1000)).toBe(40)
  })

  it('at once when a call finds none, unless it has just asked in vain', () => {
    const lease = leaseOf()
    renew(lease, busy(4), 0, ({ want }) => grant(want))
    lease.missed(100)
    expect(lease.due).toBe(100)
    renew(lease, busy(5), 100, () => grant(5, 40, 2))
    lease.missed(102)
    expect(lease.due).toBe(150)
    renew(lease, busy(5), 150, () => grant(5, 40, 2))
    lease.missed(152)
    expect(lease.due).toBe(250)
    renew(lease, busy(5, 3), 250, () => grant(6, 40, 2))
    lease.missed(252)
    expect(lease.due).toBe(300)
  })

  it('at once after the answer when a call found none meanwhile, so that a burst is two asks', () => {
    const lease = leaseOf()
    const { want } = lease.ask(idle, 0)
    for (let i = 0; i < 9; i++) lease.missed(1)
    expect(lease.due).toBe(Infinity)
    lease.answered(grant(want), 0, 2)
    expect(lease.due).toBe(2)
    expect(lease.ask(idle, 2).want).toBe(9)
  })

  it('no sooner than it is renewed where it has all that there are', () => {
    const lease = leaseOf()
    renew(lease, busy(40), 0, ({ want }) => grant(want))
    for (let i = 0; i < 9; i++) lease.missed(2)
    expect(lease.due).toBe(500)
  })

  it('no less often while it has none at all', () => {
    const lease = leaseOf()
    const gaps = [0, 100, 200, 300].map((at) => {
      renew(lease, idle, at, () => grant(0, 40, 9))
      lease.missed(at + 2)
      return lease.due - at
    })
    expect(gaps).toEqual([50, 50, 50, 50])
  })

  it('and asks again while calls wait', () => {
    const lease = leaseOf()
    renew(lease, busy(5, 3), 0, () => grant(6, 40, 2))
    expect(lease.due).toBe(51)
    renew(lease, busy(5, 3), 51, () => grant(9, 40, 2))
    expect(lease.due).toBe(551)
  })

  it('nothing after a lease without a call where calls can wait', () => {
    const lease = leaseOf({ patient: true })
    const wants = [0, 500, 1000, 1500, 2000].map((at) => renew(lease, idle, at, ({ want }) => grant(want)).want)
    expect(wants).toEqual([1, 1, 1, 1, 0])
  })

  it('none to spare where there are fewer slots than processes', () => {
    const lease = leaseOf({ max: 4 })
    renew(lease, idle, 0, () => grant(1, 4, 9))
    expect(lease.ask(idle, 500)).toMatchObject({ want: 0, inUse: 0 })
    const another = leaseOf({ max: 4 })
    another.fleet({ processes: 5, share: 0.2 })
    expect(another.ask(busy(1), 0).want).toBe(1)
  })
})

describe('what a process gives back', () => {
  it('is given up before it says so', () => {
    const lease = leaseOf()
    renew(lease, busy(20), 0, ({ want }) => grant(want))
    renew(lease, busy(2), 500, ({ want }) => grant(want))
    lease.ask(busy(2), 1000)
    expect(lease.limit(1000)).toBe(3)
    lease.answered(undefined, 0, 1100)
    expect(lease.limit(1100)).toBe(3)
  })

  it('is never what it has in flight, nor what it may have until it is answered', () => {
    const lease = leaseOf()
    renew(lease, busy(30), 0, () => grant(30))
    expect(lease.ask(busy(25), 500).inUse).toBe(30)
    lease.answered(grant(20), 0, 501)
    expect(lease.limit(501)).toBe(20)
    expect(lease.due).toBe(551)
    expect(lease.ask(busy(23), 551).inUse).toBe(23)
  })

  it('is told soon, and less and less soon while none of the calls ends that hold it', () => {
    const lease = leaseOf()
    renew(lease, busy(30), 0, () => grant(30))
    const gaps = [500, 600, 700, 900, 1300, 1900].map((at) => {
      renew(lease, busy(at < 1900 ? 30 : 29), at, () => grant(20))
      return lease.due - at - 1
    })
    expect(gaps).toEqual([50, 100, 200, 400, 500, 50])
  })
})

describe('without a lease a process has', () => {
  it('its share of four fifths by what is known of others', () => {
    const lease = leaseOf()
    expect(lease.limit(0)).toBe(32)
    lease.fleet({ processes: 4, share: 0.25 })
    expect(lease.limit(0)).toBe(8)
    lease.fleet({ processes: 4, share: 0.5 })
    expect(lease.limit(0)).toBe(16)
  })

  it('at most the share of one among minProcesses', () => {
    const lease = leaseOf({ minProcesses: 8 })
    expect(lease.limit(0)).toBe(4)
    lease.fleet({ processes: 2, share: 0.5 })
    expect(lease.limit(0)).toBe(4)
    lease.fleet({ processes: 16, share: 1 / 16 })
    expect(lease.limit(0)).toBe(2)
  })

  it('at least one while there are as many slots as processes', () => {
    const lease = leaseOf({ max: 10 })
    lease.fleet({ processes: 10, share: 0.1 })
    expect(lease.limit(0)).toBe(1)
    lease.fleet({ processes: 11, share: 1 / 11 })
    expect(lease.limit(0)).toBe(0)
  })

  it('all of them when open, and none when closed', () => {
    expect([leaseOf({ engineLost: 'open' }).limit(0), leaseOf({ engineLost: 'closed' }).limit(0)]).toEqual([40, 0])
  })

  it('what it had, until its lease ends', () => {
    const lease = leaseOf()
    lease.fleet({ processes: 4, share: 0.25 })
    renew(lease, busy(19), 0, () => grant(20))
    renew(lease, busy(19), 500, () => undefined)
    expect([lease.limit(1999), lease.limit(2000)]).toEqual([20, 8])
  })
})

it('new rules are asked for at once', () => {
  const lease = leaseOf()
  renew(lease, busy(30), 0, ({ want }) => grant(want))
  lease.configure({ max: 10 })
  expect(lease.due).toBe(-Infinity)
  expect(lease.ask(busy(30), 100)).toMatchObject({ max: 10, want: 10, inUse: 30 })
  expect(lease.limit(100)).toBe(10)
})
