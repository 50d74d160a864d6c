import { EngineModel, manualClock, testService, type ManualClock, type ModelEngine, type TestCall, type TestService } from '@inmesh/testing'
import type { Criticality } from '@inmesh/policy'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { interceptor } from '../bridge.ts'
import { compose, composeWith } from '../compose.ts'
import type { MeshEvent } from '../events.ts'
import { explain } from '../explain.ts'
import { limit } from '../policies.ts'
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

  test('lets the critical not wait behind those who give way to them', () => {
    const f = fleet(1, { rate: 100, burst: 10, byCriticality: true, maxWait: 300 })
    const [s] = f.all as [TestService]
    const critical: TestCall[] = []
    for (let at = 0; at < 5000; at++) {
      if (at % 5 === 0) s.call({ criticality: 'SHEDDABLE' })
      if (at % 20 === 0) critical.push(s.call({ criticality: 'CRITICAL' }))
      f.clock.advance(1)
    }
    f.clock.advance(300)
    expect(refused(critical)).toBe(0)
    expect(Math.max(...critical.map(({ latency }) => latency ?? Infinity))).toBeLessThan(50)
  })

  test('refuses at once who cannot have a turn in time, whoever else waits', () => {
    const f = fleet(1, { rate: 100, burst: 10, maxWait: 1000 })
    const [s] = f.all as [TestService]
    const calls: TestCall[] = []
    for (let at = 0; at < 5000; at++) {
      calls.push(s.call())
      f.clock.advance(1)
    }
    expect(calls.filter(({ outcome }) => outcome === undefined).length).toBeLessThan(160)
    f.clock.advance(1000)
    const turned = calls.filter(({ error }) => error !== undefined)
    expect(turned.filter(({ latency }) => latency === 0).length / turned.length).toBeGreaterThan(0.95)
    expect(calls.length - turned.length).toBeGreaterThanOrEqual(0.98 * 600)
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

  test('a call that was cancelled before it came to the line takes no turn in it', async () => {
    const clock = manualClock()
    const engine = new EngineModel({ clock }).connect()
    let held = Promise.resolve()
    const slow = interceptor('slow', async (_, next) => {
      await held
      return next()
    })
    const chain = composeWith({ clock }, [slow, limit({ rate: 1, burst: 1, maxWait: '10s', scope: 'global', engine })])
    const ran: string[] = []
    const query = chain.wrap(async (_, name: string) => void ran.push(`${name} ${Math.floor(clock.now() / 1000)}`))
    void query('a')
    void query('b')
    await clock.run(5)
    const controller = new AbortController()
    held = clock.run(1)
    const late = chain.wrap(async () => void ran.push('late'), { signal: controller.signal })()
    void query('c')
    controller.abort(new Error('gone'))
    await expect(late).rejects.toThrow('gone')
    await clock.run(10_000)
    expect(ran).toEqual(['a 0', 'b 0', 'c 2'])
    expect(clock.pendingHeld).toBe(0)
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

  test.each([
    ['a rate of one in a second', { rate: 60, per: 60_000, burst: 60 }, 'CRITICAL', 1000],
    ['a class that has nothing ahead', { rate: 100, burst: 1000, byCriticality: true }, 'SHEDDABLE', 10],
  ] as const)('%s comes back at its rate, though its burst has not filled again', (_, limit, criticality, interval) => {
    const f = fleet(1, limit)
    load(f, 100, [1], criticality)
    f.clock.advance(60_000)
    f.engines[0]?.lose('it is down')
    f.clock.advance(100)
    f.engines[0]?.reach()
    f.clock.advance(interval)
    const [back = 0] = admittedOf(load(f, 50 * interval, [interval / 10], criticality))
    expect(back).toBeGreaterThanOrEqual(40)
    expect(back).toBeLessThanOrEqual(52)
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

test('a limit of a chain that nobody named is shared with all such chains, which is said', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => void vi.restoreAllMocks())
  const engine = new EngineModel({ clock: manualClock() }).connect()
  composeWith({ name: 'database' }, [limit({ rate: 100, scope: 'global', engine })])
  compose(limit({ rate: 100 }))
  expect(warned).not.toHaveBeenCalled()
  compose(limit({ rate: 100, scope: 'global', engine }))
  expect(warned.mock.calls).toEqual([[expect.stringContaining('is shared with every chain that nobody named'), expect.anything()]])
})

describe('two limits in one chain', () => {
  test('are refused where both are of all processes together: the engine would know them by one name', () => {
    const engine = new EngineModel({ clock: manualClock() }).connect()
    const [second, day] = [limit({ rate: 100, scope: 'global', engine }), limit({ rate: 100_000, per: 86_400_000, scope: 'global', engine })]
    expect(() => compose(second, day)).toThrow('compose: got two limits with scope "global" (accepted: one, since all processes know it by the name of its chain, "client/limit"')
    expect(() => [compose(second), compose(second)]).not.toThrow()
  })

  test.each(['first', 'second'])('count each by itself where only the %s is, and that one hears what becomes of the engine', (place) => {
    const clock = manualClock()
    const engine = new EngineModel({ clock }).connect()
    const heard: unknown[] = []
    const observe = (event: MeshEvent): void => void (event.type === 'engine-changed' && heard.push(event.state))
    const layers = [limit({ rate: 100, scope: 'global', engine }), limit({ rate: 10 })]
    composeWith({ clock, observe }, place === 'first' ? layers : layers.toReversed())
    engine.lose()
    expect(heard).toEqual(['up', 'lost'])
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

  test.each([['weight', { weight: 1 }, { weight: 2 }], ['rate', { rate: 500 }, { rate: 499 }]])('is used also while its %s is changed ten times a second', (_, one: object, other: object) => {
    const f = fleet(1, { rate: 500 })
    const calls: TestCall[] = []
    for (let turn = 0; turn < 100; turn++) {
      f.all[0]?.service.configure({ limit: { scope: 'global', rate: 500, ...(turn % 2 === 0 ? other : one) } })
      calls.push(...load(f, 100, [1]).flat())
    }
    expect(admitted(calls)).toBeGreaterThan(0.95 * 5000)
    expect(admitted(calls)).toBeLessThanOrEqual(5000 + 50 + 75)
  })

  test('has its rate at once where it was one per day, and that was used up', () => {
    const f = fleet(1, { rate: 10, per: 86_400_000, burst: 10 })
    load(f, 1000, [1])
    f.all[0]?.service.configure({ limit: { scope: 'global', rate: 500 } })
    expect(sum(admittedOf(load(f, 2000, [1])))).toBeGreaterThan(0.9 * 1000)
  })

  test('is of the engine that is there now: with another it begins anew, and leaves the first', () => {
    const clock = manualClock()
    const [first, second] = [new EngineModel({ clock }).connect(), new EngineModel({ clock }).connect()]
    const watcher = testService({ limit: { scope: 'global', rate: 100 } }, { clock, engine: first, endpoints: 1 })
    const s = testService({ limit: { scope: 'global', rate: 100, engine: first } }, { clock, endpoints: 1 })
    expect(watcher.recorder.last('shares-changed')).toMatchObject({ processes: 2 })
    s.service.configure({ limit: { scope: 'global', rate: 100, engine: second } })
    expect(watcher.recorder.last('shares-changed')).toMatchObject({ processes: 1 })
    s.series(5, 1)
    expect([first.inspect().asked, second.inspect().asked > 0]).toEqual([0, true])
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
