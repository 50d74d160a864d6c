import type { Failure } from '@inmesh/policy'
import { describe, expect, it, vi } from 'vitest'
import { BUSY, Fleet } from './fleet.test-support.ts'
import { WindowedPercentile } from './hedge/windowed-percentile.ts'
import { peers } from './index.ts'
import { TokenBudget } from './retry/token-budget.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

describe("Finagle's retry budget", () => {
  it('has 100 in reserve: 10 a second for 10 s', () => {
    const budget = new TokenBudget(0.2, 10, 10_000, 0)
    expect(budget.balance(0)).toBe(100)
    for (let retry = 0; retry < 100; retry++) expect(budget.withdraw(0)).toBe(true)
    expect(budget.withdraw(0)).toBe(false)
  })

  it('lets through a fifth of the calls besides', () => {
    const budget = new TokenBudget(0.2, 0, 10_000, 0)
    for (let call = 0; call < 50; call++) budget.deposit(call)
    expect(budget.balance(50)).toBe(10)
  })

  it('forgets deposits after 10 s, and withdrawals too', () => {
    const budget = new TokenBudget(0.2, 10, 10_000, 500)
    for (let call = 0; call < 500; call++) budget.deposit(500)
    for (let retry = 0; retry < 150; retry++) budget.withdraw(500)
    expect([budget.balance(10_400), budget.balance(10_600)]).toEqual([50, 100])
    expect(budget.balance(1e9)).toBe(100)
  })
})

describe('the windowed percentile', () => {
  it('reads full buckets only, and forgets each after three', () => {
    const window = new WindowedPercentile(3, 2_000)
    for (let value = 1; value <= 100; value++) window.add(value)
    expect(window.percentile(0.99)).toBe(0)
    window.flush()
    expect([window.percentile(0.99), window.percentile(0.5)]).toEqual([99, 50])
    window.flush()
    window.flush()
    expect(window.percentile(0.99)).toBe(99)
    window.flush()
    expect(window.percentile(0.99)).toBe(0)
  })

  it('takes what is too long for the longest', () => {
    const window = new WindowedPercentile(3, 2_000)
    window.add(5_000)
    window.flush()
    expect(window.percentile(0.99)).toBe(2_000)
  })
})

/** 200 calls a second, one try in fifty 10 × slower. */
function hiccups(options: object, seconds: number, share = 0.02): Fleet {
  const fleet: Fleet = new Fleet({
    replicas: 10,
    serviceTime: ({ index }, replica) => {
      const time = 50 + 100 * fleet.draws.of(index, replica, 1)
      return fleet.draws.of(index, replica, 2) < share ? time * 10 : time
    }
  })
  fleet.every(fleet.client(peers['finagle-backup']!.make(options)), 5, seconds * 200)
  return fleet
}

describe("Finagle's backup requests", () => {
  it('are not sent in the first 3 s; then until the first bucket is full only their budget holds them back', () => {
    const backups = hiccups({}, 10).sent.filter(({ ordinal }) => ordinal > 0)
    expect(Math.min(...backups.map(({ at }) => at))).toBeGreaterThanOrEqual(3_000)
    expect(backups.length).toBeLessThanOrEqual(20)
  })

  it.each([0.01, 0.05])('cost no more than maxExtraLoad %f, and nearly that where so many are late', (maxExtraLoad) => {
    const fleet = hiccups({ maxExtraLoad, balance: 'least-loaded' }, 100, 0.1)
    const late = fleet.sent.filter(({ at }) => at > 30_000)
    const extra = late.filter(({ ordinal }) => ordinal > 0).length / late.filter(({ ordinal }) => ordinal === 0).length
    expect(extra).toBeLessThanOrEqual(maxExtraLoad * 1.02)
    expect(extra).toBeGreaterThan(maxExtraLoad * 0.8)
  })

  it('spare callers the hiccups, once there is a delay to go by', () => {
    const tail = (maxExtraLoad: number): number => {
      const settled = hiccups({ maxExtraLoad }, 60).ended.filter(({ call }) => call.due > 30_000)
      return Float64Array.from(settled, ({ latency }) => latency).sort()[Math.floor(0.99 * settled.length)]!
    }
    expect(tail(0)).toBeGreaterThan(700)
    expect(tail(0.05)).toBeLessThan(320)
  })

  it('wait for the first where the backup fails', () => {
    const failsBackups = (): Failure | undefined => ((fleet.sent.at(-1)?.ordinal ?? 0) > 0 ? BUSY : undefined)
    const fleet: Fleet = new Fleet({ replicas: 2, serviceTime: () => 50, failure: failsBackups })
    fleet.every(fleet.client(peers['finagle-backup']!.make({})), 5, 2_000)
    expect(fleet.sent.length).toBeGreaterThan(2_000)
    expect([fleet.success, fleet.quantile(1)]).toEqual([1, 50])
  })

  it('cancel the loser, or leave it alone where interrupts are off', () => {
    const busyWith = (sendInterrupts: boolean): number => {
      const first = (): boolean => (fleet.sent.at(-1)?.ordinal ?? 0) === 0
      const fleet: Fleet = new Fleet({
        replicas: 2, slots: 1, serviceTime: ({ index }) => (index === 3_000 && first() ? 400 : 2)
      })
      const client = fleet.client(peers['finagle-backup']!.make({ sendInterrupts, balance: 'least-loaded' }))
      fleet.every(client, 5, 3_000)
      fleet.call(client)
      fleet.agenda.run(fleet.agenda.now() + 20)
      expect(fleet.ended).toHaveLength(3_001)
      return Math.max(...fleet.replicas.map((replica) => replica.wait(fleet.agenda.now())))
    }
    expect(busyWith(true)).toBe(0)
    expect(busyWith(false)).toBe(380)
  })

  it('come to an end when every request takes longer than can be tracked', () => {
    const backups = (time: number): number => {
      const fleet = new Fleet({ replicas: 5, serviceTime: () => time })
      fleet.every(fleet.client(peers['finagle-backup']!.make({ maxExtraLoad: 0.1 })), 100, 600)
      return fleet.sent.filter(({ at, ordinal }) => at > 16_000 && ordinal > 0).length
    }
    expect(backups(3_000)).toBe(0)
    // Just below it all take alike: each is late at the percentile by less than a millisecond, so that the budget decides.
    expect(backups(1_500.5)).toBeGreaterThan(20)
  })
})

describe("Finagle's retries", () => {
  it('are two at most, at once', () => {
    const fleet = new Fleet({ replicas: 3, serviceTime: () => 1, failure: () => BUSY })
    fleet.call(fleet.client(peers['finagle-backup']!.make({})))
    fleet.agenda.run()
    expect([fleet.sent.length, fleet.latencies[0]]).toEqual([3, 0])
  })

  it('of a service that fails whole are a fifth and 10 a second', () => {
    const fleet = new Fleet({ replicas: 3, serviceTime: () => 1, failure: () => BUSY })
    fleet.every(fleet.client(peers['finagle-backup']!.make({})), 1, 60_000)
    expect((fleet.sent.length - 60_000) / 60_000).toBeCloseTo(0.21, 2)
  })
})
