import { EngineModel, manualClock, testService, type ManualClock, type ModelEngine, type TestCall, type TestService } from '@inmesh/testing'
import type { Criticality } from '@inmesh/policy'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { explain } from '../explain.ts'
import type { LimitOptions } from './limit.ts'

const refused = (calls: readonly TestCall[]): number => calls.filter(({ error }) => explain(error)?.code === 'INMESH_RATE_LIMITED').length
const admitted = (calls: readonly TestCall[]): number => calls.length - refused(calls)

interface Fleet {
  readonly clock: ManualClock
  readonly model: EngineModel
  readonly engines: readonly ModelEngine[]
  readonly all: readonly TestService[]
}

/** Processes that have one limit together. */
function fleet(processes: number, limit: LimitOptions, weights: readonly number[] = []): Fleet {
  const clock = manualClock()
  const model = new EngineModel({ clock })
  const engines = Array.from({ length: processes }, () => model.connect())
  const all = engines.map((engine, i) => testService({ limit: { scope: 'global', weight: weights[i] ?? 1, ...limit } }, { clock, engine, endpoints: 1 }))
  return { clock, model, engines, all }
}

/** Calls of each process, `gap` ms apart, for `ms`; answers those of each. */
function load({ clock, all }: Fleet, ms: number, gaps: readonly number[], criticality: Criticality = 'CRITICAL'): TestCall[][] {
  const calls = all.map((): TestCall[] => [])
  for (let at = 1; at <= ms; at++) {
    for (const [i, s] of all.entries()) if (at % (gaps[i % gaps.length] ?? 1) === 0) calls[i]?.push(s.call({ criticality }))
    clock.advance(1)
  }
  return calls
}

const admittedOf = (calls: readonly TestCall[][]): number[] => calls.map(admitted)
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

describe('a rate limit of all processes together', () => {
  test('admits its rate once, not once for each of them, and the same to each', () => {
    const f = fleet(4, { rate: 200, burst: 20 })
    const each = admittedOf(load(f, 10_000, [10]))
    expect(sum(each)).toBeGreaterThanOrEqual(0.98 * 2000)
    expect(sum(each)).toBeLessThanOrEqual(2000 + 20 + 4 * 8)
    expect(Math.max(...each) / Math.min(...each)).toBeLessThan(1.05)
  })

  test('gives to those who ask what others leave', () => {
    const each = admittedOf(load(fleet(4, { rate: 200 }), 10_000, [5, 200, 200, 200]))
    expect(each.slice(1)).toEqual([50, 50, 50])
    expect(each[0]).toBeGreaterThan(1800)
  })

  test('shares by weight what is not enough', () => {
    const [light = 0, heavy = 0] = admittedOf(load(fleet(2, { rate: 500 }, [1, 3]), 10_000, [1]))
    expect(heavy / light).toBeGreaterThan(2.7)
    expect(heavy / light).toBeLessThan(3.3)
  })

  test('asks far less often than calls come, and never holds one up', () => {
    const f = fleet(2, { rate: 1000, burst: 100 })
    const calls = load(f, 5000, [1])
    expect(calls.flat().every(({ error, latency }) => error === undefined || latency === 0)).toBe(true)
    expect(sum(f.engines.map((engine) => engine.inspect().asked)) / sum(admittedOf(calls))).toBeLessThan(0.05)
  })

  test('holds for each key by itself', () => {
    const f = fleet(2, { rate: 10, burst: 1, key: (call) => call.affinity ?? '' })
    const [one] = f.all
    f.clock.advance(10)
    const calls = [one?.call({ affinity: 'u1' }), one?.call({ affinity: 'u2' }), one?.call({ affinity: 'u1' })] as TestCall[]
    f.clock.advance(10)
    expect(calls.map((call) => refused([call]))).toEqual([0, 0, 1])
  })

  test('tells whom it refuses by what number, and when to ask again', () => {
    const f = fleet(1, { rate: 10, burst: 1 })
    const [s] = f.all as [TestService]
    s.series(5, 1)
    f.clock.advance(10)
    const call = s.call()
    expect(call.outcome).toMatchObject({ kind: 'failure', code: 'RESOURCE_EXHAUSTED', reach: 'unsent' })
    expect(call.error).toMatchObject({ policy: 'limit', numbers: { rate: 10, perMs: 1000 } })
    expect(Number(explain(call.error)?.numbers?.['retryAfterMs'])).toBeGreaterThan(0)
  })

  test('under contention serves the critical first, and leaves the lowest class its floor', () => {
    const both = (byCriticality: LimitOptions['byCriticality'] & {}): number[] => {
      const f = fleet(2, { rate: 200, byCriticality })
      const [one, other] = f.all as [TestService, TestService]
      const counts = [0, 0]
      const calls: TestCall[][] = [[], []]
      for (let at = 0; at < 10_000; at++) {
        if (at % 5 === 0) calls[0]?.push(one.call({ criticality: 'CRITICAL' }))
        if (at % 5 === 0) calls[1]?.push(other.call({ criticality: 'SHEDDABLE' }))
        f.clock.advance(1)
      }
      return counts.map((_, i) => admitted(calls[i] ?? []))
    }
    const [critical = 0, sheddable = 0] = both(true)
    expect(critical).toBeGreaterThan(1900)
    expect(sheddable).toBeLessThan(100)
    const [, floor = 0] = both({ floor: 0.1 })
    expect(floor).toBeGreaterThan(160)
    expect(floor).toBeLessThan(300)
  })

  test('lets calls wait for their turn as long as they may, first come first', () => {
    const f = fleet(1, { rate: 10, burst: 1, maxWait: 450 })
    const [s] = f.all as [TestService]
    s.series(3, 1)
    f.clock.advance(300)
    const calls = s.series(8, 0)
    f.clock.advance(1000)
    const served = calls.filter(({ error }) => error === undefined)
    expect(served.length).toBeGreaterThanOrEqual(4)
    expect(served).toEqual(calls.slice(0, served.length))
    for (const { latency } of calls) expect(latency).toBeLessThanOrEqual(460)
  })

  test('a call that is cancelled while it waits leaves the line', () => {
    const f = fleet(1, { rate: 1, burst: 1, maxWait: 5000 })
    const [s] = f.all as [TestService]
    s.series(2, 0)
    f.clock.advance(50)
    const call = s.call()
    f.clock.advance(50)
    call.giveUp()
    f.clock.advance(10_000)
    expect(call.outcome?.kind).toBe('ignored')
    s.assertReleased()
  })
})

describe('a key', () => {
  test('that throws limits nobody, and is told of', () => {
    const f = fleet(1, { rate: 1, key: () => { throw new Error('on purpose') } })
    const [s] = f.all as [TestService]
    expect(refused(s.series(5, 1))).toBe(0)
    expect(s.recorder.of('interceptor-failed')).toHaveLength(5)
  })

  test('that is no text is made one', () => {
    const f = fleet(1, { rate: 1, burst: 1, key: (() => 7) as unknown as () => string })
    const [s] = f.all as [TestService]
    expect(refused(s.series(20, 1))).toBeGreaterThan(15)
    expect(s.recorder.last('lease-asked')).toMatchObject({ key: '7' })
  })
})

describe('while its engine is lost', () => {
  const lost = (engineLost: LimitOptions['engineLost'] & {}, processes = 4): number => {
    const f = fleet(processes, { rate: 400, burst: 40, engineLost })
    load(f, 1000, [5])
    for (const engine of f.engines) engine.lose('it is down')
    load(f, 1000, [5])
    return sum(admittedOf(load(f, 2000, [5]))) / 2000 / 0.4
  }

  test('each process admits eight tenths of its share', () => {
    expect(lost('local-share')).toBeGreaterThan(0.75)
    expect(lost('local-share')).toBeLessThan(0.85)
  })

  test('open admits all, closed none', () => {
    expect(lost('open')).toBe(2)
    expect(lost('closed')).toBe(0)
  })

  test('says so once, and when it is back, and comes back without a burst', () => {
    const f = fleet(2, { rate: 200, burst: 100 })
    load(f, 1000, [2])
    for (const engine of f.engines) engine.lose('it is down')
    f.model.forget()
    load(f, 2000, [2])
    for (const engine of f.engines) engine.reach()
    const first = sum(admittedOf(load(f, 500, [2])))
    expect(first).toBeLessThanOrEqual(0.2 * 500 + 30 + 10)
    expect(sum(admittedOf(load(f, 2000, [2])))).toBeGreaterThanOrEqual(0.98 * 400)
    expect(f.all[0]?.recorder.of('engine-changed').map(({ state, why }) => [state, why])).toEqual([['up', undefined], ['lost', 'it is down'], ['up', undefined]])
  })

  test('a process that never reached it counts by the least number of processes that there are', () => {
    const clock = manualClock()
    const engine = new EngineModel({ clock }).connect()
    engine.lose()
    const s = testService({ limit: { scope: 'global', rate: 100, minProcesses: 10 } }, { clock, engine, endpoints: 1 })
    expect(admitted(s.series(1000, 2))).toBeLessThanOrEqual(0.8 * 10 * 2 + 2)
  })
})

describe('without an engine', () => {
  const warned: string[] = []
  beforeEach(() => {
    warned.length = 0
    vi.spyOn(process, 'emitWarning').mockImplementation((message) => void warned.push(String(message)))
  })
  afterEach(() => void vi.restoreAllMocks())

  test('it counts within the process, and says so once', () => {
    const s = testService({ limit: { scope: 'global', rate: 10, burst: 1 } }, { endpoints: 1 })
    expect(admitted(s.series(1000, 2))).toBeLessThanOrEqual(21)
    s.service.configure({ limit: { scope: 'global', rate: 10, burst: 1 }, retry: false })
    expect(warned).toEqual([expect.stringMatching(/^test: limit\.scope is "global" and there is no engine/)])
  })
})

describe('its share', () => {
  test('is given up when the policy is taken out, and when the service is closed', () => {
    const f = fleet(2, { rate: 100 })
    const [one, other] = f.all as [TestService, TestService]
    const processes = (s: TestService): number | undefined => s.recorder.last('shares-changed')?.processes
    expect(processes(one)).toBe(2)
    other.service.configure({})
    expect(processes(one)).toBe(1)
    other.service.configure({ limit: { scope: 'global', rate: 100 } })
    expect(processes(one)).toBe(2)
    other.service.close()
    expect(processes(one)).toBe(1)
  })

  test('stays over a change of policy that leaves it as it is', () => {
    const f = fleet(1, { rate: 10, burst: 1 })
    const [s] = f.all as [TestService]
    s.series(3, 1)
    f.clock.advance(5)
    s.service.configure({ limit: { scope: 'global', weight: 1, rate: 10, burst: 1 }, retry: false })
    expect(refused([s.call()])).toBe(1)
  })
})
