import { describe, expect, it, vi } from 'vitest'
import { BUSY, Fleet } from './fleet.test-support.ts'
import { peers } from './index.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

const noRetries = { retryPolicy: { numRetries: 0 } }

/** Seconds in which a replica got tries. */
function secondsUsed(fleet: Fleet, replica: number): Set<number> {
  return new Set(fleet.sent.filter((one) => one.replica === replica).map(({ at }) => Math.floor(at / 1_000)))
}

/** A fleet whose first replica fails everything, called 100 times a second. */
function failing(options: object, seconds: number): Fleet {
  const fleet = new Fleet({
    replicas: 10,
    serviceTime: () => 1,
    failure: (_, replica) => (replica === 0 ? BUSY : undefined)
  })
  fleet.every(fleet.client(peers['envoy']!.make({ ...noRetries, ...options })), 10, seconds * 100)
  return fleet
}

describe("Envoy's outlier detection", () => {
  it('ejects after five failures in a row, not four', () => {
    const fleet = failing({}, 5)
    expect(fleet.sent.filter(({ replica }) => replica === 0)).toHaveLength(5)
  })

  it('lets it in again at the first sweep after 30 s, then 60, 90, 120 s', () => {
    const used = [...secondsUsed(failing({}, 400), 0)].sort((a, b) => a - b)
    // Out in second 0, in at the sweep at 40; again after 60, 90, 120 s and the sweep that follows.
    expect(used).toEqual([0, 40, 110, 210, 340])
  })

  it('keeps it out 300 s at most', () => {
    const used = [...secondsUsed(failing({ outlierDetection: { baseEjectionTime: '200s' } }, 1_000), 0)]
    expect(used).toEqual([0, 210, 520, 830])
  })

  it('forgets one ejection for each interval that it stayed in', () => {
    const second = (from: number): Set<number> => {
      const fails = (now: number): boolean => now < 1_000 || (now >= from && now < from + 2_000)
      const fleet = new Fleet({
        replicas: 10, serviceTime: () => 1, failure: (_, replica, now) => (replica === 0 && fails(now) ? BUSY : undefined)
      })
      fleet.every(fleet.client(peers['envoy']!.make(noRetries)), 10, 15_000)
      return secondsUsed(fleet, 0)
    }
    // In again at 40; at 50 its ejection is forgotten. Out before that it stays out for 60 s, after it for 30.
    expect([second(41_000).has(95), second(41_000).has(111)]).toEqual([false, true])
    expect([second(61_000).has(95), second(61_000).has(101)]).toEqual([false, true])
  })

  it('ejects one of any fleet, and no more than a tenth of a large one', () => {
    for (const [replicas, out] of [[2, 1], [10, 1], [20, 2], [30, 3]] as const) {
      const fleet = new Fleet({ replicas, serviceTime: () => 1, failure: (_, at) => (at < replicas / 2 ? BUSY : undefined) })
      fleet.every(fleet.client(peers['envoy']!.make(noRetries)), 10, 800)
      const late = new Set(fleet.sent.filter(({ at }) => at > 7_000).map(({ replica }) => replica))
      expect(late.size, `${replicas} replicas`).toBe(replicas - out)
    }
  })

  it('uses all of them again when fewer than half are left', () => {
    const all = { outlierDetection: { maxEjectionPercent: 100 } }
    for (const [failed, used] of [[5, 5], [6, 10]] as const) {
      const fleet = new Fleet({ replicas: 10, serviceTime: () => 1, failure: (_, at) => (at < failed ? BUSY : undefined) })
      fleet.every(fleet.client(peers['envoy']!.make({ ...noRetries, ...all })), 10, 800)
      expect(new Set(fleet.sent.filter(({ at }) => at > 4_000).map(({ replica }) => replica)).size).toBe(used)
    }
  })

  it('finds one that fails half of its requests by its success rate, and only with 5 others to compare', () => {
    const half = (replicas: number): number => {
      const fleet = new Fleet({
        replicas, serviceTime: () => 1, failure: ({ index }, at) => (at === 0 && index % 2 === 0 ? BUSY : undefined)
      })
      // An odd number of replicas, so that every second call of the replica is an even one.
      fleet.every(fleet.client(peers['envoy']!.make(noRetries)), 1, 15_000)
      return fleet.sent.filter(({ at, replica }) => replica === 0 && at > 10_100).length
    }
    expect(half(7)).toBe(0)
    expect(half(3)).toBeGreaterThan(1_000)
  })

  it('cannot tell a service that fails as a whole by its success rates', () => {
    const fleet = new Fleet({
      replicas: 7, serviceTime: () => 1, failure: ({ index }) => (Math.floor(index / 7) % 2 === 0 ? BUSY : undefined)
    })
    fleet.every(fleet.client(peers['envoy']!.make(noRetries)), 1, 15_000)
    expect(new Set(fleet.sent.filter(({ at }) => at > 10_100).map(({ replica }) => replica)).size).toBe(7)
  })

  it('counts a try that timed out', () => {
    const fleet = new Fleet({ replicas: 4, serviceTime: (_, replica) => (replica === 0 ? Infinity : 1) })
    fleet.every(fleet.client(peers['envoy']!.make({ ...noRetries, timeout: '50ms' })), 10, 400)
    expect(fleet.sent.filter(({ replica }) => replica === 0).length).toBeLessThan(10)
  })
})

describe("Envoy's retries", () => {
  it('go elsewhere, once, within 25 ms', () => {
    const fleet = failing({ retryPolicy: {} }, 1)
    expect(fleet.success).toBe(1)
    expect(Math.max(...fleet.latencies)).toBeLessThan(27)
    expect(fleet.sent).toHaveLength(105)
  })

  it('are a fifth of what is in flight at most, three at least', () => {
    const fleet = new Fleet({ replicas: 10, serviceTime: () => 1_000, failure: ({ index }) => (index >= 100 ? BUSY : undefined) })
    const detection = { outlierDetection: { enforcingConsecutive5xx: 0 } }
    const client = fleet.client(peers['envoy']!.make({ ...detection, retryPolicy: { baseInterval: 500, maxInterval: 500 } }))
    for (let call = 0; call < 150; call++) fleet.call(client)
    fleet.agenda.run()
    // 100 in flight leave room for 20 retries; of the other 50 calls each has at most one.
    expect(fleet.sent.length - 150).toBeGreaterThanOrEqual(20)
    expect(fleet.sent.length - 150).toBeLessThanOrEqual(31)

    const idle = new Fleet({ replicas: 10, serviceTime: () => 1, failure: () => BUSY })
    const few = idle.client(peers['envoy']!.make(detection))
    for (let call = 0; call < 50; call++) idle.call(few)
    idle.agenda.run(0)
    idle.agenda.run()
    expect(idle.sent.length - 50).toBeLessThanOrEqual(12)
  })
})
