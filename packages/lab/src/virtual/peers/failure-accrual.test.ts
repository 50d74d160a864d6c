import { describe, expect, it, vi } from 'vitest'
import { BUSY, Fleet } from './fleet.test-support.ts'
import { peers } from './index.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

const plain = { maxExtraLoad: 0, maxRetries: 0, balance: 'least-loaded' }

/** Ten replicas, called 100 times a second; the first fails what it is told to. */
function run(seconds: number, fails: (now: number, call: number) => boolean, options: object = {}, replicas = 10): Fleet {
  const fleet = new Fleet({
    replicas, serviceTime: () => 5, failure: ({ index }, replica, now) => (replica === 0 && fails(now, index) ? BUSY : undefined)
  })
  fleet.every(fleet.client(peers['finagle-backup']!.make({ ...plain, ...options })), 10, seconds * 100)
  return fleet
}

const toFirst = (fleet: Fleet): number[] => fleet.sent.filter(({ replica }) => replica === 0).map(({ at }) => at)

describe("Finagle's failure accrual", () => {
  it('marks dead after five failures in a row', () => {
    expect(toFirst(run(4, () => true)).filter((at) => at < 2_400)).toHaveLength(5)
  })

  it('then sends one probe at a time, after 2.5 to 5 s, twice that, and so on to 150 to 300 s', () => {
    const at = toFirst(run(2_000, () => true))
    const gaps = at.slice(4).map((one, index) => at[index + 5]! - one).slice(0, -1)
    for (const [times, base] of [5, 10, 20, 40, 80, 160, 300, 300].entries()) {
      expect(gaps[times]!, `gap ${times}`).toBeGreaterThanOrEqual(base * 500)
      // The next call after the time is up, and the one that happens to draw it.
      expect(gaps[times]!, `gap ${times}`).toBeLessThan(base * 1_000 + 1_000)
    }
  })

  it('lets it in again when a probe succeeds', () => {
    const at = toFirst(run(60, (now) => now < 10_000))
    const share = at.filter((one) => one > 40_000).length / 2_000
    expect(share).toBeCloseTo(0.1, 1)
  })

  it('marks dead one that fails a third of its requests, once it has done so for 30 s; a lucky probe lets it in again', () => {
    const at = toFirst(run(120, (_, call) => call % 3 === 0))
    const pauses = at.slice(1).flatMap((one, index) => (one - at[index]! >= 2_000 ? [at[index]!] : []))
    expect(pauses[0]!).toBeGreaterThanOrEqual(30_000)
    expect(pauses[0]!).toBeLessThan(31_000)
    expect(pauses.length).toBeGreaterThan(1)
  })

  it('leaves one alone that fails a tenth, and anything where it is switched off', () => {
    expect(toFirst(run(100, (_, call) => call % 10 === 0)).length).toBeGreaterThan(800)
    expect(toFirst(run(20, () => true, { failureAccrual: null })).length).toBeGreaterThan(150)
  })

  it('uses all when none is left', () => {
    const fleet = new Fleet({ replicas: 3, serviceTime: () => 5, failure: () => BUSY })
    fleet.every(fleet.client(peers['finagle-backup']!.make(plain)), 10, 300)
    expect([fleet.sent.length, new Set(fleet.sent.slice(100).map(({ replica }) => replica)).size]).toEqual([300, 3])
  })
})
