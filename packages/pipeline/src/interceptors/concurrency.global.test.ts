import type { Millis, SlotsAsk } from '@inmesh/policy'
import { EngineModel, manualClock, testService, type ManualClock, type ModelEngine, type TestCall, type TestService } from '@inmesh/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Engine, Seat } from '../engine.ts'
import { explain } from '../explain.ts'
import type { ServicePolicy } from '../service-policy.ts'
import type { ConcurrencyOptions } from '../shared/concurrency-options.ts'
import type { ConcurrencyState } from '../shared/concurrency-state.ts'
import type { ConcurrencyLimitSnapshot } from '../shared/limit-snapshot.ts'

const limit = 'test/concurrency'
const plain: ServicePolicy = { retry: false, backup: false, rescue: false, eject: false }

let clock: ManualClock
let model: EngineModel
/** What one process has of it. */
let engine: ModelEngine
let latency: Millis
/** What was asked and reached it. */
let asks: SlotsAsk[]
beforeEach(() => {
  clock = manualClock(1000)
  latency = 1
  model = new EngineModel({ clock, latency: () => latency })
  engine = model.connect()
  asks = []
  const { lease } = model
  vi.spyOn(model, 'lease').mockImplementation((limit, seat, ask) => {
    asks.push(ask)
    return lease.call(model, limit, seat, ask)
  })
})
afterEach(() => vi.restoreAllMocks())

/** One process: a service whose calls take 10 ms. */
function processOf(concurrency: ConcurrencyOptions = {}, through: Engine = engine): TestService {
  const s = testService({ ...plain, concurrency: { max: 8, scope: 'global', ...concurrency } }, { clock, engine: through, endpoints: 1 })
  s.backend.on().reply(200, { after: 10 })
  return s
}

function stateOf(s: TestService): ConcurrencyState {
  const state = s.service.stateOf<ConcurrencyState>('concurrency')
  if (state === undefined) throw new Error('there is no limit')
  return state
}

const snapshot = (s: TestService): ConcurrencyLimitSnapshot => stateOf(s).inspect(clock.now())
const limits = (...services: readonly TestService[]): number[] => services.map((s) => stateOf(s).slots.limit)
const inFlight = (...services: readonly TestService[]): number => services.reduce((sum, s) => sum + stateOf(s).slots.inFlight, 0)
const calls = (s: TestService, count: number): TestCall[] => Array.from({ length: count }, () => s.call())
const refused = (of: readonly TestCall[]): number => of.filter(({ error }) => explain(error)?.code === 'INMESH_CONCURRENCY_LIMITED').length

/** Keeps as many calls in flight as each may have, for so long; answers the most there were in all at once. */
function busy(ms: number, ...services: readonly TestService[]): number {
  let most = 0
  for (let i = 0; i < ms; i++) {
    for (const s of services) calls(s, Math.max(1, stateOf(s).slots.limit - stateOf(s).slots.inFlight + 1))
    most = Math.max(most, inFlight(...services))
    clock.advance(1)
  }
  return most
}

/** Takes its limit out and lets its calls end, after which nothing of it may be left. */
function end(...services: readonly TestService[]): void {
  for (const s of services) s.service.close()
  clock.advance(20)
  for (const s of services) s.assertReleased()
  expect([model.taken(limit), model.members(limit)]).toEqual([0, 0])
}

describe('a concurrency limit of all processes', () => {
  test('is shared by need, equally where there is not enough, and never more', () => {
    const [a, b] = [processOf(), processOf()]
    clock.advance(5)
    busy(2500, a)
    expect(limits(a, b)).toEqual([7, 1])
    expect(busy(2500, a, b)).toBe(8)
    expect(limits(a, b)).toEqual([4, 4])
    busy(2500, b)
    expect(limits(a, b)).toEqual([1, 7])
    end(a, b)
  })

  test('is shared by weight where there is not enough', () => {
    const [a, b] = [processOf({ weight: 3 }), processOf()]
    clock.advance(5)
    busy(2500, a, b)
    expect(limits(a, b)).toEqual([6, 2])
    end(a, b)
  })

  test('decides each call at once, and asks beside it', () => {
    const s = processOf()
    clock.advance(5)
    expect(stateOf(s).slots.limit).toBe(1)
    const made = calls(s, 3)
    expect([refused(made), engine.inspect().asked]).toEqual([2, 2])
    clock.advance(2)
    expect(stateOf(s).slots.limit).toBe(3)
    expect(refused(calls(s, 3))).toBe(1)
    end(s)
  })

  test('makes calls wait for the engine only where they may wait', () => {
    const s = processOf({ queue: 9 })
    clock.advance(5)
    const made = calls(s, 5)
    clock.advance(20)
    expect(refused(made)).toBe(0)
    expect(made.map(({ latency }) => latency)).toEqual([10, 11, 11, 12, 12])
    end(s)
  })

  test('gives up what it does not need before it says so', () => {
    const s = processOf()
    clock.advance(5)
    busy(1500, s)
    expect(stateOf(s).slots.limit).toBeGreaterThan(5)
    latency = 100
    for (let i = 0; i < 3000 && asks.at(-1)?.want !== 1; i++) clock.advance(1)
    expect([stateOf(s).slots.limit, asks.at(-1)]).toMatchObject([1, { want: 1, inUse: 1 }])
    latency = 1
    clock.advance(100)
    end(s)
  })

  test('keeps one to spare for a first call, and none after two seconds where that could wait', () => {
    const [a, b] = [processOf(), processOf({ queue: 5 })]
    clock.advance(2600)
    expect(limits(a, b)).toEqual([1, 0])
    const [first] = calls(b, 1)
    clock.advance(20)
    expect(first?.latency).toBe(11)
    end(a, b)
  })

  test('holds no process that has nothing else to do', () => {
    const s = processOf()
    clock.advance(5)
    expect([clock.pending > 0, clock.pendingHeld]).toEqual([true, 0])
    end(s)
  })

  test('can be given its own engine, where there is no mesh', () => {
    const s = testService({ ...plain, concurrency: { max: 8, scope: 'global', engine } }, { clock })
    clock.advance(5)
    expect([snapshot(s).scope, engine.inspect().asked]).toEqual(['global', 1])
    end(s)
  })

  test('says on what numbers it refused', () => {
    const [a, b] = [processOf(), processOf()]
    clock.advance(5)
    busy(2500, a, b)
    const over = calls(a, 5).at(-1)
    const { message, numbers, advice } = explain(over?.error) ?? {}
    expect(message).toBe('test: 4 calls in flight, the limit is 4 of 8 in all processes, 0 wait: there is no room (concurrency)')
    expect(numbers).toEqual({ limit: 4, inFlight: 4, waiting: 0, why: 'full', max: 8 })
    expect(advice).toContain('All processes share concurrency.max')
    end(a, b)
  })

  test('cuts no call where a process has to give slots back', () => {
    const [a, b] = [processOf(), processOf()]
    a.backend.on().reply(200, { after: 1500 })
    clock.advance(5)
    calls(a, 9)
    clock.advance(5)
    const running = calls(a, 7)
    expect(inFlight(a)).toBe(7)
    busy(1200, b)
    expect([...limits(a, b), inFlight(a), refused(calls(a, 1))]).toEqual([4, 1, 7, 1])
    busy(1200, b)
    expect([running.slice(0, 6).every(({ reply }) => reply?.status === 200), stateOf(b).slots.limit]).toEqual([true, 4])
    end(a, b)
  })

  test('learns nothing from losses', () => {
    const s = processOf({ max: 4 })
    s.backend.on().reply(503, { after: 10 })
    clock.advance(5)
    busy(1000, s)
    expect([stateOf(s).slots.limit, s.recorder.of('concurrency')]).toEqual([4, []])
    end(s)
  })

  test('is held by what runs when it is taken out, and by nothing then', () => {
    const s = processOf()
    clock.advance(5)
    calls(s, 4)
    clock.advance(2)
    calls(s, 3)
    expect(inFlight(s)).toBe(4)
    const { slots } = stateOf(s)
    s.service.configure(plain)
    clock.advance(5)
    expect([model.taken(limit) > 0, model.members(limit)]).toEqual([true, 1])
    clock.advance(10)
    expect([model.taken(limit), model.members(limit), slots.inFlight, clock.pending]).toEqual([0, 0, 0, 0])
    s.assertReleased()
  })

  test('lets those that wait when it is taken out go on as they would', () => {
    const s = processOf({ max: 1, queue: 5 })
    clock.advance(5)
    const made = calls(s, 3)
    s.service.configure(plain)
    clock.advance(50)
    expect(made.map(({ latency }) => latency)).toEqual([10, 20, 30])
    expect(model.members(limit)).toBe(0)
    s.assertReleased()
  })

  test('goes on under another max, and begins anew under another weight or scope', () => {
    const joins = vi.spyOn(engine, 'join')
    const s = processOf()
    clock.advance(5)
    busy(1500, s)
    s.service.configure({ ...plain, concurrency: { max: 3, scope: 'global' } })
    busy(1000, s)
    expect([stateOf(s).slots.limit, joins.mock.calls.length]).toEqual([3, 1])
    s.service.configure({ ...plain, concurrency: { max: 3, scope: 'global', weight: 2 } })
    clock.advance(50)
    expect([joins.mock.calls.length, model.members(limit), asks.at(-1)?.weight]).toEqual([2, 1, 2])
    s.service.configure({ ...plain, concurrency: { min: 2, max: 2 } })
    expect(snapshot(s)).toEqual({ scope: 'process', limit: 2, inFlight: 0, waiting: 0 })
    clock.advance(50)
    expect(model.members(limit)).toBe(0)
    s.assertReleased()
  })

  test('that only observes lets all pass and counts them', () => {
    const s = processOf({ mode: 'observe' })
    clock.advance(5)
    expect(refused(calls(s, 5))).toBe(0)
    clock.advance(2)
    expect([inFlight(s), asks.at(-1)?.inUse, s.recorder.of('mode-differed').length]).toEqual([5, 5, 4])
    clock.advance(60)
    end(s)
  })
})

describe('a concurrency limit whose engine is lost', () => {
  test('keeps what it has until its lease ends, then has its share of four fifths', () => {
    const s = processOf({ max: 20 })
    const others = [1, 2, 3].map(() => processOf({ max: 20 }, model.connect()))
    clock.advance(5)
    busy(1000, s)
    expect(stateOf(s).slots.limit).toBeGreaterThan(15)
    const { asked } = engine.inspect()
    engine.lose('no answer within 100 ms')
    busy(1400, s)
    expect(stateOf(s).slots.limit).toBeGreaterThan(15)
    busy(700, s)
    expect([stateOf(s).slots.limit, engine.inspect().asked]).toEqual([4, asked])
    engine.reach()
    busy(1500, s)
    expect(stateOf(s).slots.limit).toBeGreaterThan(15)
    end(s, ...others)
  })

  test.each([['local-share', 6], ['open', 8], ['closed', 0]] as const)('with %s lets %i of 8 be in flight, also while it was never reached', (engineLost, many) => {
    engine.state = 'connecting'
    const s = processOf({ engineLost })
    expect([10 - refused(calls(s, 10)), engine.inspect().asked]).toEqual([many, 0])
    end(s)
  })

  test('that is said to be up and never answers falls back all the same, and is asked ever less often', () => {
    const s = processOf({ engineLost: 'closed' })
    clock.advance(5)
    latency = Infinity
    const { asked } = engine.inspect()
    clock.advance(10_000)
    expect(refused(calls(s, 1))).toBe(1)
    expect(engine.inspect().asked - asked).toBeLessThan(30)
    latency = 1
    clock.advance(100)
    end(s)
  })

  test('is noticed by the first call of a process that stood still, before any timer', () => {
    const s = processOf({ engineLost: 'closed' })
    clock.advance(5)
    latency = Infinity
    const state = stateOf(s)
    const { leased } = state
    if (leased === undefined) throw new Error('not shared')
    expect(state.slots.limit).toBe(1)
    // What was held up: the timers of the lease come later than a call.
    vi.spyOn(clock, 'schedule').mockImplementation(() => ({ cancel: () => {} }))
    clock.advance(4000)
    leased.lapsesAt = 2900
    state.slots.give(1)
    expect(refused(calls(s, 1))).toBe(1)
  })

  test('gives those who wait what it has again when it is back', () => {
    engine.state = 'lost'
    const s = processOf({ engineLost: 'closed', queue: 5 })
    const made = calls(s, 3)
    clock.advance(30)
    expect(inFlight(s)).toBe(0)
    engine.reach()
    clock.advance(20)
    expect(made.every(({ reply }) => reply?.status === 200)).toBe(true)
    end(s)
  })
})

describe('a concurrency limit of all processes tells', () => {
  test('what it may have, and how the engine is', () => {
    const s = processOf({ max: 20, engineLost: 'closed' })
    clock.advance(5)
    calls(s, 4)
    clock.advance(5)
    expect(s.recorder.of('slots-leased')).toEqual([
      { type: 'slots-leased', service: 'test', at: 1001, limit: 'test/concurrency', slots: 1, want: 1, taken: 1, processes: 1 },
      { type: 'slots-leased', service: 'test', at: 1006, limit: 'test/concurrency', slots: 2, want: 2, taken: 2, processes: 1 },
      { type: 'slots-leased', service: 'test', at: 1007, limit: 'test/concurrency', slots: 4, want: 4, taken: 4, processes: 1 },
    ])
    engine.lose('READONLY')
    engine.lose('READONLY once more')
    clock.advance(2500)
    expect(s.recorder.last('slots-leased')).toMatchObject({ slots: 0 })
    engine.reach()
    expect(s.recorder.of('engine-changed').slice(1)).toEqual([
      { type: 'engine-changed', service: 'test', at: 1010, limit: 'test/concurrency', engine: 'model', state: 'lost', why: 'READONLY' },
      { type: 'engine-changed', service: 'test', at: 3510, limit: 'test/concurrency', engine: 'model', state: 'up' },
    ])
    end(s)
  })

  test('in its snapshot who has what, as plain data', () => {
    const s = processOf({ max: 20 })
    clock.advance(5)
    calls(s, 2)
    const shown = { scope: 'global', limit: 1, inFlight: 1, waiting: 0, shared: { id: 'test/concurrency', engine: 'model', state: 'up', max: 20, leased: 1, want: 2, taken: 1, processes: 1 } }
    expect(JSON.parse(JSON.stringify(snapshot(s)))).toEqual(shown)
    engine.lose('OOM')
    expect(snapshot(s).shared).toMatchObject({ state: 'lost', why: 'OOM' })
    end(s)
  })
})

describe('a concurrency limit that is meant for all processes and has no engine', () => {
  test('holds this process to its max, and says so once', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const policy: ServicePolicy = { ...plain, concurrency: { max: 3, scope: 'global' } }
    const s = testService(policy, { clock })
    s.backend.on().reply(200, { after: 10 })
    expect(refused(calls(s, 5))).toBe(2)
    s.service.configure({ ...policy, retry: {} })
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      'test: concurrency.scope is "global" and there is no engine, so each process may have 3 calls in flight (give createMesh an engine, such as redis(client) of @inmesh/redis)',
    ])
    expect(snapshot(s)).toEqual({ scope: 'process', limit: 3, inFlight: 3, waiting: 0 })
    clock.advance(10)
    s.assertReleased()
  })
})

describe('an engine with bugs', () => {
  const broken = (what: Partial<Engine>): Engine => ({ name: 'broken', join: () => { throw new Error('bug') }, inspect: () => engine.inspect(), close: async () => {}, ...what })

  test('that throws on each ask but the first makes no call fail', () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    let asks = 0
    const seat: Seat = {
      reserve: () => {},
      slots: ({ want }, done) => {
        if (asks++ > 0) throw new Error('bug')
        clock.schedule(clock.now(), false, () => done({ slots: want, taken: want, processes: 1 }), undefined)
      },
      leave: () => { throw new Error('bug') },
    }
    const s = processOf({}, broken({ join: (limit) => { limit.state('up'); return seat } }))
    const made = s.series(60, 100)
    expect(made.every(({ reply }) => reply?.status === 200)).toBe(true)
    expect(s.recorder.of('compiled-out')).toHaveLength(1)
    clock.advance(5000)
    s.assertReleased()
  })

  test('that cannot be joined leaves each process to itself', () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const s = processOf({}, broken({}))
    expect(refused(calls(s, 10))).toBe(2)
    clock.advance(10)
    s.assertReleased()
  })
})
