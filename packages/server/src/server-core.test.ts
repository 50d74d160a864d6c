import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import fc from 'fast-check'
import { ambient, Observers, type Mode } from '@inmesh/pipeline'
import { EngineModel, manualClock, type ManualClock } from '@inmesh/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { testServer, type TestCall, type TestServer } from './call.test-support.ts'
import { isTaken } from './node/node-call.ts'
import type { ServerOptions } from './options.ts'
import { ServerCore } from './server-core.ts'

const deadline = (ms: number): Record<string, string> => ({ 'x-envoy-expected-rq-timeout-ms': String(ms) })

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a request', () => {
  it('begins in a context that calls beneath inherit: what is left less the reserve, criticality, no extra tries', () => {
    const { send } = testServer()
    const call = send({ ...deadline(300), 'inmesh-criticality': 'SHEDDABLE', 'inmesh-attempt': 'retry;after=overload' })
    expect(call).toMatchObject({ began: true, inContext: true, deadline: 1_295, criticality: 'SHEDDABLE', noRetry: true })
    expect(call.current.remaining()).toBe(295)
  })

  it('inherits nothing that nobody said: each service keeps its own default', () => {
    const { send } = testServer()
    expect(send()).toMatchObject({ deadline: Infinity, criticality: undefined, noRetry: false, importance: 'CRITICAL' })
    expect(send({ 'inmesh-attempt': 'retry' })).toMatchObject({ noRetry: false, attempt: 1 })
  })

  it('is as critical as it may say: the top class only from the trusted', () => {
    const untrusted = testServer()
    expect(untrusted.send({ 'inmesh-criticality': 'CRITICAL_PLUS' }).importance).toBe('CRITICAL')
    expect(untrusted.core.inspect().ignored).toEqual({ 'inmesh-criticality': 1 })
    expect(testServer({ trust: ['10.0.0.0/8'] }).send({ 'inmesh-criticality': 'CRITICAL_PLUS' }).importance).toBe('CRITICAL_PLUS')
    const capped = testServer({ maxCriticality: 'SHEDDABLE_PLUS' })
    expect(capped.send()).toMatchObject({ importance: 'SHEDDABLE_PLUS', criticality: 'SHEDDABLE_PLUS' })
    expect(testServer({ criticality: 'SHEDDABLE' }).send()).toMatchObject({ importance: 'SHEDDABLE', criticality: 'SHEDDABLE' })
  })

  it('whose time is up when it comes, or while it waits, is answered 504 before its handler', () => {
    const { core, clock, send, turn } = testServer({ admission: { min: 1, max: 1, maxWait: '1m', targetDelay: '1m' } })
    expect(send({ 'grpc-timeout': '0m' }).refusal).toMatchObject({ status: 504, why: 'arrived' })
    send()
    const waits = send(deadline(50))
    turn()
    clock.advance(60)
    turn()
    expect(waits).toMatchObject({ began: false, refusal: { status: 504, policy: 'deadline', why: 'queued' } })
    expect(core.inspect()).toMatchObject({ waiting: 0, requests: { dead: 2 } })
  })

  it('whose protocol says that its time is up while it waits leaves the line as one that is dead', () => {
    const { core, send } = testServer({ admission: { min: 1, max: 1, maxWait: '1m', targetDelay: '1m' } })
    send()
    const waits = send(deadline(50))
    core.timeUp(waits)
    core.timeUp(waits)
    expect(waits).toMatchObject({ began: false, refusal: { status: 504, policy: 'deadline', why: 'queued' } })
    expect(core.inspect()).toMatchObject({ waiting: 0, inFlight: 1, requests: { dead: 1, refused: { admission: 0 } }, admission: { waiting: 0 } })
  })

  it('that has less left than the reserve still runs: it may need nobody', () => {
    const { send } = testServer()
    const call = send(deadline(3))
    expect(call.began).toBe(true)
    expect(call.current.remaining()).toBe(0)
  })

  it('that overruns is told once, and counts as dropped, not as an answer in time', () => {
    const { core, clock, events, send } = testServer()
    const call = send(deadline(300))
    const { signal } = call
    clock.advance(295)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED' })
    call.closed(true, 200)
    expect(core.inspect().requests).toMatchObject({ overran: 1, ended: 1 })
    expect(events.types()).toEqual(['request-began', 'request-overran', 'request-ended'])
  })

  it('that streams is bounded by its head only, unless the deadline is for the whole', () => {
    for (const [bounds, overran] of [['head', false], ['whole', true]] as const) {
      const { clock, send } = testServer({ deadline: { bounds } })
      const call = send(deadline(300))
      call.headSent = true
      clock.advance(1_000)
      expect(call.overran).toBe(overran)
      expect(call.current.remaining()).toBe(overran ? 0 : Infinity)
    }
  })

  it('tells its caller not to try again when it fails with what failed below, and only then', () => {
    const replyOf = (status: number, fails: boolean): string | undefined => {
      const call = testServer().send({}, '/items', () => {
        const below = ambient()?.below
        if (below !== undefined) below.failed = fails
      })
      call.answer(status)
      return call.reply.get('inmesh-do-not-retry')
    }
    expect([replyOf(503, true), replyOf(500, true), replyOf(200, true), replyOf(404, true), replyOf(503, false)]).toEqual(['1', '1', undefined, undefined, undefined])
  })

  it('gives its slot back once its reply streams, and is still there to be drained', () => {
    const { core, late, send } = testServer({ admission: { min: 1, max: 1, queue: 0 } })
    const stream = send()
    expect(send().refusal).toMatchObject({ status: 503 })
    stream.headSent = true
    late(0)
    expect(core.inspect()).toMatchObject({ inFlight: 1, admission: { inFlight: 0 } })
    expect(send().began).toBe(true)
    stream.closed(true, 200)
    expect(core.inspect()).toMatchObject({ inFlight: 1, admission: { inFlight: 1 } })
  })

  it('whose caller was gone before it came takes no slot, and its handler has nobody to answer', () => {
    const { core, events, send, sendLate } = testServer({ admission: { min: 1, max: 1, queue: 0 } })
    for (let i = 0; i < 5; i++) expect(sendLate()).toMatchObject({ began: false, refusal: undefined })
    expect(core.inspect()).toMatchObject({ inFlight: 0, waiting: 0, admission: { inFlight: 0 }, requests: { began: 0, hungUp: 5 } })
    expect(events.of('request-hung-up')[0]).toMatchObject({ began: false, after: 0 })
    expect(send().began).toBe(true)
  })

  it('whose caller was gone goes on where inmesh is off or observes, or is a health check, and is not under way for ever', () => {
    for (const [mode, path] of [['off', '/items'], ['observe', '/items'], ['on', '/healthz']] as const) {
      const { core, sendLate } = testServer({ mode })
      expect(sendLate({}, path).began).toBe(true)
      expect(core.inspect()).toMatchObject({ inFlight: 0, admission: { inFlight: 0 } })
    }
  })

  it('leaves no timer behind when it ends', () => {
    const { clock, send } = testServer()
    send(deadline(300)).closed(true, 200)
    send(deadline(300)).closed(false, 200)
    expect(clock.pending).toBe(0)
  })

  it('tells a signal that is first read after the caller has gone', () => {
    const { send } = testServer()
    const call = send()
    call.closed(false, 200)
    expect(call.signal.aborted).toBe(true)
  })
})

describe('admission', () => {
  it('that nobody has set tells whom it would have let wait or refused, and lets everybody in', () => {
    const told: string[] = []
    const { core, send } = testServer({ observers: [(event) => event.type === 'mode-differed' && told.push(event.policy)] })
    const calls = Array.from({ length: 200 }, () => send())
    expect(calls.every(({ began }) => began)).toBe(true)
    expect(told.filter((policy) => policy === 'admission').length).toBeGreaterThan(0)
    for (const call of calls) call.closed(true, 200)
    expect(core.inspect()).toMatchObject({ inFlight: 0, waiting: 0, requests: { refused: { admission: 0 } } })
  })

  it('starts those who wait when a slot is free, in a turn of its own', () => {
    const { core, send, turn } = testServer({ admission: { min: 1, max: 1 } })
    const [first, second] = [send(), send()]
    expect([first.began, second.began]).toEqual([true, false])
    turn()
    first.closed(true, 200)
    expect(second.began).toBe(false)
    turn()
    expect(second).toMatchObject({ began: true, inContext: true })
    second.closed(true, 200)
    expect(core.inspect()).toMatchObject({ inFlight: 0, waiting: 0 })
  })

  it('lets those who waited go on in the async context in which they came, and those behind a handler that throws, too', () => {
    const store = new AsyncLocalStorage<string>()
    const { core, send, turn } = testServer({ admission: { min: 3, max: 3, maxWait: '1s' } })
    const seen: (string | undefined)[] = []
    const holders = [send(), send(), send()]
    store.run('first', () => send({}, '/items', () => {
      seen.push(store.getStore())
      throw new Error('on purpose')
    }))
    store.run('second', () => send({}, '/items', () => void seen.push(store.getStore())))
    turn()
    for (const holder of holders) holder.closed(true, 200)
    expect(() => turn()).toThrow('on purpose')
    turn()
    expect(seen).toEqual(['first', 'second'])
    expect(core.inspect()).toMatchObject({ inFlight: 2, waiting: 0 })
  })

  it('starts one that computes in a turn while the loop is late, and those together that do not; before each two turns must have brought nobody', () => {
    const { clock, late, send, turn } = testServer({ admission: { min: 10, max: 10, maxWait: '1s' } })
    late(100)
    const calls = Array.from({ length: 4 }, (_, at) => send({}, '/items', () => { if (at < 2) clock.advance(5) }))
    const begun = (): number => calls.filter(({ began }) => began).length
    const seen = Array.from({ length: 8 }, () => {
      turn()
      return begun()
    })
    expect(seen).toEqual([0, 0, 1, 1, 2, 2, 4, 4])
  })

  it('starts no more in a turn than fit into a millisecond, be it promises that they compute in', () => {
    const { clock, late, send, turn } = testServer({ admission: { min: 100, max: 100, maxWait: '1s' } })
    late(100)
    const calls = Array.from({ length: 10 }, () => send({}, '/items', () => clock.advance(0.3)))
    turn()
    turn()
    turn()
    expect(calls.filter(({ began }) => began)).toHaveLength(4)
  })

  it('starts those who wait in the first turn that others have made long, for half as long as they took, and turns nobody away for it', () => {
    const { clock, late, send, turn } = testServer({ admission: { min: 10, max: 10, maxWait: '80ms' } })
    late(100)
    const calls = Array.from({ length: 4 }, () => send({}, '/items', () => clock.advance(12)))
    const begun = (): number => calls.filter(({ began }) => began).length
    const seen = Array.from({ length: 4 }, () => {
      turn()
      clock.advance(50)
      return begun()
    })
    expect(seen).toEqual([0, 3, 4, 4])
    expect(calls.some(({ refusal }) => refusal !== undefined)).toBe(false)
  })

  it('turns nobody away beside a job that makes the loop late, be it after turns in each of which one alone has ended', () => {
    const { core, clock, late, send, turn } = testServer({ admission: {} })
    const calls: TestCall[] = []
    const turns = (count: number, each: number): void => {
      for (let at = 0; at < count; at++) {
        clock.advance(50)
        for (const call of calls) {
          if (!call.began || call.phase !== 'running' || call.arrived > clock.now() - 200) continue
          clock.advance(0.06)
          core.ended(call, 200)
        }
        for (let come = 0; come < each; come++) calls.push(send())
        late(25)
        turn()
        turn()
      }
    }
    turns(40, 1)
    turns(40, 20)
    expect(calls.filter(({ refusal }) => refusal !== undefined)).toHaveLength(0)
    expect(core.inspect()).toMatchObject({ admission: { overloaded: false } })
  })

  it('waits for those behind a connection that has just been made, while the loop is late', () => {
    const { core, late, send, turn } = testServer({ admission: { min: 10, max: 10, maxWait: '1s' } })
    const door = new Door()
    core.exits.saw(door)
    core.exits.saw(door)
    late(100)
    const call = send()
    for (let turns = 0; turns < 5; turns++) {
      door.emit('connection')
      turn()
    }
    expect(call.began).toBe(false)
    turn()
    turn()
    expect(call.began).toBe(true)
    core.close()
    expect(door.listenerCount('connection')).toBe(0)
  })

  it('turns away who has waited long enough, also when nothing else happens', () => {
    const { clock, send, turn } = testServer({ admission: { min: 1, max: 1, maxWait: '80ms', targetDelay: '1s' } })
    send()
    const waits = send()
    turn()
    clock.advance(80)
    turn()
    expect(waits.refusal).toMatchObject({ status: 503, policy: 'admission', why: 'waited' })
    expect(clock.pending).toBe(0)
  })

  it('under a mode that acts for a share: nobody is displaced by one that is let pass anyway', () => {
    const { core, send, turn } = testServer({ admission: { min: 1, max: 1, queue: 1, mode: { enforce: 0.3 } } })
    const sheddable = Array.from({ length: 20 }, () => send({ 'inmesh-criticality': 'SHEDDABLE' }))
    turn()
    const waits = sheddable.filter(({ began, refusal }) => !began && refusal === undefined)
    expect(waits.length).toBe(1)
    let passed = 0
    for (let call = send(); call.began; call = send()) {
      passed += 1
      expect(core.inspect().admission).toMatchObject({ waiting: 1 })
    }
    expect(passed).toBeGreaterThan(0)
    turn()
    expect(waits[0]!.refusal).toMatchObject({ why: 'displaced' })
  })

  it('begins nobody whose deadline has passed while the one before computed in the same turn', () => {
    const { clock, send, turn } = testServer({ admission: { min: 2, max: 2 } })
    const holders = [send(), send()]
    send({}, '/items', () => clock.advance(50))
    const late = send({ 'grpc-timeout': '30m' })
    for (const holder of holders) holder.closed(true, 200)
    turn()
    turn()
    expect(late).toMatchObject({ began: false, refusal: { status: 504 } })
  })

  it('lets everybody begin who waits when it is closed, also those behind a handler that throws', () => {
    const { core, send, turn } = testServer({ admission: { min: 1, max: 1, maxWait: '1m' } })
    const calls = [send(), send({}, '/items', () => { throw new Error('on purpose') }), send()]
    expect(calls.map(({ began }) => began)).toEqual([true, false, false])
    core.close()
    expect(calls.map(({ began }) => began)).toEqual([true, true, true])
    expect(() => turn()).toThrow('on purpose')
    for (const call of calls) call.closed(true, 200)
    expect(core.inspect()).toMatchObject({ inFlight: 0, waiting: 0, admission: { inFlight: 0, waiting: 0 } })
  })

  it('never keeps a health check out, and counts none', () => {
    const { core, send } = testServer({ admission: { min: 1, max: 1, queue: 0 } })
    send()
    const checks = ['/healthz', '/readyz', '/livez', '/health'].map((path) => send({ 'grpc-timeout': '0m' }, path))
    expect(checks.every(({ began, refusal }) => began && refusal === undefined)).toBe(true)
    expect(core.inspect().requests.began).toBe(1)
    expect(send({}, '/healthz/more').refusal).toMatchObject({ status: 503 })
  })
})

describe('rate limits', () => {
  it('are taken all or none: who is refused by the second has not used up the first', () => {
    const { core, send } = testServer({ limits: [{ rate: 2, burst: 2, per: '1m', name: 'first' }, { rate: 1, per: '1m', key: 'tenant' }] })
    const tenant = (name: string): TestCall => send({ 'x-tenant-id': name })
    expect(tenant('a').began).toBe(true)
    expect(tenant('a').refusal).toMatchObject({ status: 429, why: 'tenant' })
    expect(tenant('b').began).toBe(true)
    expect(tenant('c').refusal).toMatchObject({ status: 429, why: 'first' })
    expect(core.inspect().limits.map(({ refused }) => refused)).toEqual([1, 1])
    expect(core.inspect().limits.map(({ admitted }) => admitted)).toEqual([2, 2])
  })

  it('do not count a request without a key, nor one whose key threw', () => {
    const { send } = testServer({ limits: [{ rate: 1, per: '1m', key: ({ headers }) => headers['x-plan'] as string | undefined }] })
    expect([send(), send(), send({ 'x-plan': 'free' }), send({ 'x-plan': 'free' })].map(({ began }) => began)).toEqual([true, true, true, false])
    const broken = testServer({ limits: [{ rate: 1, per: '1m', key: () => { throw new Error('on purpose') } }] })
    expect([broken.send(), broken.send()].map(({ began }) => began)).toEqual([true, true])
  })

  it('ask for a key once, however many rules there are', () => {
    const key = vi.fn<() => string>(() => 'one')
    testServer({ limits: [{ rate: 3, per: '1m', key, tell: 'always' }, { rate: 3, per: '1m', tell: 'always' }] }).send()
    testServer({ limits: [{ rate: 3, per: '1m', key, tell: 'always' }] }).send()
    expect(key).toHaveBeenCalledTimes(2)
  })

  it('tell what is left on every reply only where they are asked to', () => {
    const { send } = testServer({ limits: [{ rate: 3, burst: 3, per: '1m', tell: 'always' }] })
    expect(send().reply.get('ratelimit')).toBe('"all";r=2')
  })
})

describe('rate limits of all replicas together', () => {
  const replicas = (limits: ServerOptions['limits'] & {}): { readonly clock: ManualClock; readonly servers: readonly TestServer[] } => {
    const clock = manualClock(1_000)
    const model = new EngineModel({ clock })
    const servers = [0, 1].map(() => {
      const engine = model.connect()
      return testServer({ limits, name: 'shop' }, { host: { service: 'shop', clock, observers: new Observers(), mode: () => 'on', engine: () => engine } }, clock)
    })
    return { clock, servers }
  }

  it('give a tenant its rate once, whichever replica it comes to', () => {
    const { clock, servers } = replicas([{ rate: 100, key: 'tenant', scope: 'global' }])
    let began = 0
    for (let at = 0; at < 10_000; at += 5) {
      for (const { send } of servers) if (send({ 'x-tenant-id': 'acme' }).began) began += 1
      clock.advance(5)
    }
    expect(began).toBeGreaterThan(980)
    expect(began).toBeLessThan(1_030)
    expect(servers[0]?.core.inspect().limits[0]).toMatchObject({ scope: 'global', shared: { id: 'shop/limits.tenant', engine: 'model', state: 'up', processes: 2, share: 0.5 } })
  })

  it('are taken all or none: what another refused is given back', () => {
    const { clock, servers: [server] } = replicas([{ rate: 50, burst: 5, scope: 'global', name: 'all' }, { rate: 1, per: '1m', key: 'tenant' }])
    let began = 0
    for (let at = 0; at < 10_000; at += 5) {
      if (server?.send({ 'x-tenant-id': 'busy' }).began === true) began += 1
      if (at % 50 === 0 && server?.send({ 'x-tenant-id': `tenant-${at}` }).began === true) began += 1
      clock.advance(5)
    }
    expect(began).toBeGreaterThan(190)
  })

  it('leave when their server closes', () => {
    const { servers: [one, other] } = replicas([{ rate: 100, scope: 'global' }])
    other?.core.close()
    expect(one?.core.inspect().limits[0]?.shared?.processes).toBe(1)
  })

  it('of a server that nobody named are shared with all such servers, which is said', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const clock = manualClock(1_000)
    const model = new EngineModel({ clock })
    const made = (service: string | undefined, options: ServerOptions): void => void testServer(options, { host: { service, clock, observers: new Observers(), mode: () => 'on', engine: () => model.connect() } }, clock)
    made('shop', { limits: [{ rate: 1, scope: 'global' }] })
    made(undefined, { name: 'shop', limits: [{ rate: 1, scope: 'global' }] })
    made(undefined, { limits: [{ rate: 1 }] })
    expect(warned).not.toHaveBeenCalled()
    made(undefined, { limits: [{ rate: 1, scope: 'global' }] })
    expect(warned.mock.calls).toEqual([[expect.stringContaining('its limits are shared with every server that nobody named'), expect.anything()]])
    warned.mockRestore()
  })

  it('count by themselves without an engine, and say so', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { core, send } = testServer({ limits: [{ rate: 1, per: '1m', scope: 'global' }] })
    expect([send(), send()].map(({ began }) => began)).toEqual([true, false])
    expect(core.inspect().limits[0]).toMatchObject({ scope: 'process' })
    expect(warned.mock.calls).toEqual([[expect.stringContaining('limits.all has scope "global" and there is no engine'), expect.anything()]])
    warned.mockRestore()
  })
})

describe('modes', () => {
  it('observe tells what it would have done, hands nothing on, and refuses nobody', () => {
    const { events, send } = testServer({ mode: 'observe', admission: { min: 1, max: 1, queue: 0 }, limits: [{ rate: 1, per: '1m' }] })
    expect(send({ 'grpc-timeout': '0m' })).toMatchObject({ began: true, deadline: Infinity })
    expect(send(deadline(300))).toMatchObject({ began: true, deadline: Infinity })
    expect(events.of('mode-differed').map(({ policy, would }) => `${policy} ${would}`)).toEqual(['deadline refuse', 'limits.all refuse', 'admission refuse'])
  })

  it('observe leaves the calls beneath and the reply as they would be: nothing inherited, nothing cancelled, no word about retries', () => {
    for (const mode of ['observe', { enforce: 0 }] as const) {
      const { core, events, send } = testServer({ mode, load: true, criticality: 'SHEDDABLE' })
      const call = send({ ...deadline(300), 'inmesh-criticality': 'SHEDDABLE_PLUS', 'inmesh-attempt': 'retry;after=overload' }, '/items', () => {
        const below = ambient()?.below
        if (below !== undefined) below.failed = true
      })
      expect(call).toMatchObject({ deadline: Infinity, criticality: undefined, noRetry: false, importance: 'SHEDDABLE_PLUS', inContext: true })
      expect(call.current).toMatchObject({ criticality: 'SHEDDABLE_PLUS', attempt: 1 })
      expect(send().criticality).toBeUndefined()
      call.answer(503)
      expect(call.reply.get('inmesh-do-not-retry')).toBeUndefined()
      const { signal } = call
      call.closed(false, 503)
      expect([call.cancelled, signal.aborted]).toEqual([undefined, false])
      expect(events.of('request-hung-up')).toHaveLength(1)
      expect(core.inspect().requests).toMatchObject({ hungUp: 1 })
    }
  })

  it('act for a share of requests', () => {
    const { send } = testServer({ admission: false, deadline: { mode: { enforce: 0.25 } } })
    const refused = Array.from({ length: 2_000 }, () => send({ 'grpc-timeout': '0m' })).filter(({ refusal }) => refusal !== undefined)
    expect(refused.length / 2_000).toBeCloseTo(0.25, 1.5)
  })

  it('follow the kill switch of the mesh while requests come', () => {
    let mode: Mode = 'on'
    const { send } = testServer({}, { host: { service: 'web', clock: manualClock(), observers: new Observers(), mode: () => mode } })
    expect(send({ 'grpc-timeout': '0m' }).refusal).toBeDefined()
    mode = 'off'
    expect(send({ 'grpc-timeout': '0m' })).toMatchObject({ refusal: undefined, began: true, inContext: false })
    mode = 'on'
    expect(send({ 'grpc-timeout': '0m' }).refusal).toBeDefined()
  })

  it('go no further than the environment, and refuse a word that is none', () => {
    vi.stubEnv('INMESH_MODE', 'off')
    expect(testServer().send({ 'grpc-timeout': '0m' }).began).toBe(true)
    vi.stubEnv('INMESH_MODE', 'of')
    expect(() => testServer()).toThrow('environment variable INMESH_MODE: got "of" (accepted: off, observe, on)')
  })
})

describe('a server', () => {
  it('refuses options that are wrong, with every mistake', () => {
    const make = (options: unknown) => () => new ServerCore('express', undefined, options as never)
    expect(make({ admision: {}, deadline: { reserve: -1, bounds: 'all' }, trust: ['10.0.0.0/33'], maxCriticality: 'HIGH' })).toThrow([
      'express.admision: unknown option; did you mean admission? (accepted: name, mode, deadline, admission, load, limits, trust, maxCriticality, criticality, callerHeader, tenantHeader, health, drain, route, observers)',
      "express.deadline.reserve: got -1 (accepted: milliseconds as a number ≥ 0, or '250ms', '2s', '1m', '1h')",
      'express.deadline.bounds: got "all" (accepted: head, whole)',
      "express.trust: got a list of 1 (accepted: a list of addresses and networks, such as ['10.0.0.0/8', '::1'], or a function of the connection)",
      'express.maxCriticality: got "HIGH" (accepted: CRITICAL_PLUS, CRITICAL, SHEDDABLE_PLUS, SHEDDABLE)',
    ].join('\n'))
    expect(make({ admission: { min: 50, max: 10, shares: { CRITICAL: 0.8, SHEDDABLE: 0.4 } } })).toThrow([
      'express.admission.max: got 10 (accepted: a whole number from 1 to 1,000,000, not below min)',
      'express.admission.shares: got { CRITICAL, SHEDDABLE } (accepted: shares by criticality, together at most 1)',
    ].join('\n'))
    expect(make({ admission: { min: 50, max: 50, shares: { CRITICAL: 0.1, CRITICAL_PLUS: 0.2, SHEDDABLE: 0.7 } } })).not.toThrow()
    const tenant = { rate: 1, key: 'tenant', scope: 'global' } as const
    expect(make({ limits: [{ rate: 1 }, tenant, tenant] })).toThrow('express.limits[2].name: got nothing (accepted: a name of its own: limits[1] is "tenant" too')
    expect(make({ limits: [tenant, { ...tenant, name: 'tenant-day', per: '24h' }, { rate: 1, key: 'tenant' }] })).not.toThrow()
    expect(make({ limits: [{ rate: 1 }, { rate: 0 }] })).toThrow('express.limits[1].rate: got 0 (accepted: a number above 0)')
    expect(make({ limits: [{ rate: 1 }, { rate: 1, weight: 2 }] })).toThrow("express.limits[1].weight: got 2 (accepted: only with scope: 'global', without which it means nothing)")
    expect(make({ limits: [{ per: '1s' }] })).toThrow('express.limits[0].rate: got nothing (accepted: a number above 0)')
  })

  it('refuses a drain whose options are wrong, with every mistake, and drains when it is asked rightly', async () => {
    const { core, clock } = testServer({ drain: { within: '2s' } })
    await expect(core.drain({ within: 'abc', timeout: '1s', server: 'all' } as never)).rejects.toThrow([
      "drain.within: got \"abc\" (accepted: milliseconds as a number ≥ 0, or '250ms', '2s', '1m', '1h')",
      'drain.timeout: unknown option (accepted: within, notice, server)',
      'drain.server: got "all" (accepted: a server of node:http, https or http2, or a list of them)',
    ].join('\n'))
    expect(core.inspect().state).toBe('serving')
    expect(await core.drain({ server: [], within: undefined } as never)).toMatchObject({ cut: [] })
    expect(clock.pending).toBe(0)
  })

  it('tells whoever asked, once, that a drain begins', async () => {
    const { core } = testServer()
    const told = vi.fn<() => void>(() => expect(core.isDraining).toBe(true))
    core.onDraining(told)
    expect(core.isDraining).toBe(false)
    await core.drain({ within: 'soon' as '1s' }).catch(() => {})
    expect(told).not.toHaveBeenCalled()
    await Promise.all([core.drain({ server: [] }), core.drain({ server: [] })])
    expect(told).toHaveBeenCalledOnce()
  })

  it('asks for a route who may look at what is known of it, and goes by the method where there is no text', () => {
    let asked = 0
    const { events, send } = testServer({ route: (request) => {
      asked += 1
      return request.route === undefined && request.path === '/items' ? 'GET /items' : request.route
    } })
    expect([send(), send({}, '/nowhere')].map(({ operation }) => operation)).toEqual(['GET /items', 'GET'])
    expect(events.of('request-began').map(({ operation }) => operation)).toEqual(['GET /items', 'GET'])
    expect(asked).toBe(4)
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const broken = testServer({ route: (async () => 'GET /items') as never })
    expect([broken.send().operation, broken.send().route]).toEqual(['GET', undefined])
    expect(warned.mock.calls).toEqual([['the option "route" answered object and no text; such requests go by what the framework knows, or by their method', expect.anything()]])
    warned.mockRestore()
  })

  it('says once that its options do nothing where another has the request already', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { core } = testServer({ name: 'inner' })
    const outer = testServer().core
    const res = { [Symbol.for('inmesh.request')]: { owner: outer } }
    expect([isTaken({}, core), isTaken(res, outer), isTaken(res, core), isTaken(res, core)]).toEqual([false, true, true, true])
    expect(warned.mock.calls.map(([message]) => message)).toEqual([expect.stringMatching(/^inner: inmesh is mounted further out already/)])
    warned.mockRestore()
  })

  it('lets a request pass when a policy has a bug', () => {
    const { core, send } = testServer({ health: { paths: () => { throw new Error('on purpose') } } })
    expect(send().began).toBe(true)
    vi.spyOn((core as never as { reader: { read(): boolean } }).reader, 'read').mockImplementation(() => { throw new Error('on purpose') })
    expect(send().began).toBe(true)
  })

  it('tells its meters what began and ended, and lets them add to replies', () => {
    const { core, send } = testServer()
    const told: string[] = []
    const off = core.meter({ refused: () => void told.push('refused'), began: () => void told.push('began'), ended: (_, failed) => void told.push(`ended ${failed}`), replyHeaders: () => ['endpoint-load-metrics', 'TEXT x=1'] })
    const calls = [send(), send(), send()]
    // As its head is sent, and not before.
    expect(calls[0]!.reply.size).toBe(0)
    calls[0]!.answer()
    expect(calls[0]!.reply.get('endpoint-load-metrics')).toBe('TEXT x=1')
    calls[0]!.closed(true, 200)
    calls[1]!.closed(true, 500)
    calls[2]!.closed(false, 200)
    off()
    send()
    expect(told).toEqual(['began', 'began', 'began', 'ended false', 'ended true', 'ended false'])
  })

  it('tells its meters of requests that a drain has cut off, too', async () => {
    const { clock, core, send } = testServer()
    const ended = vi.fn<(now: number, failed: boolean) => void>()
    core.meter({ began: () => {}, ended })
    send()
    const drained = core.drain({ within: '1s', server: [] })
    for (let i = 0; i < 20; i++) {
      await Promise.resolve()
      clock.advance(100)
    }
    expect((await drained).cut).toHaveLength(1)
    expect(ended.mock.calls).toEqual([[expect.any(Number), true]])
  })

  it('tells its load in replies where it is asked to, and a meter whom it turned away', () => {
    const silent = testServer().send()
    silent.answer()
    expect([...silent.reply.keys()]).toEqual([])
    const { clock, core, send } = testServer({ load: { form: 'text' }, admission: { min: 1, max: 1, queue: 0 } })
    const refused = vi.fn<() => void>()
    core.meter({ began: () => {}, ended: () => {}, refused })
    clock.advance(1_000)
    const told = send()
    told.answer()
    expect(told.reply.get('endpoint-load-metrics')).toMatch(/^TEXT .*in_flight=1/)
    // Without it, whoever balances by load would go on sending to a server that is too busy to answer.
    expect(send().reply.get('endpoint-load-metrics')).toMatch(/^TEXT .*in_flight=1/)
    expect(refused).toHaveBeenCalledOnce()
    expect(core.inspect().load).toMatchObject({ inFlight: 1 })
    core.load!.set('queue', 7)
    clock.advance(1_000)
    expect(core.load!.report()?.namedMetrics).toMatchObject({ queue: 7 })
  })

  it('counts rightly whatever order things end in, twice or never', () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant('send' as const), left: fc.option(fc.integer({ min: 0, max: 50 })), class: fc.constantFrom('CRITICAL', 'SHEDDABLE', 'SHEDDABLE_PLUS') }),
      fc.record({ what: fc.constantFrom('end', 'hang-up', 'head', 'cancel'), at: fc.nat(30) }),
      fc.record({ what: fc.constant('advance' as const), by: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ what: fc.constantFrom('turn', 'late') }),
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 5 }), (steps, max, queue) => {
      const { core, clock, send, turn, late } = testServer({ admission: { min: 1, max, queue, maxWait: '30ms' }, limits: [{ rate: 50, burst: 10 }] })
      const calls: TestCall[] = []
      for (const one of steps) {
        const call = 'at' in one ? calls[one.at % Math.max(1, calls.length)] : undefined
        if (one.what === 'send') calls.push(send({ 'inmesh-criticality': one.class, ...(one.left === null ? {} : { 'grpc-timeout': `${one.left}m` }) }))
        else if (one.what === 'advance') clock.advance(one.by)
        else if (one.what === 'turn') turn()
        else if (one.what === 'late') late(40)
        else if (one.what === 'head' && call !== undefined) call.headSent = true
        else if (one.what === 'end' && call?.began === true) call.closed(true, 200)
        else call?.closed(false, 200)
        const { inFlight, waiting } = core.inspect()
        expect(inFlight).toBe(calls.filter(({ phase }) => phase === 'running').length)
        expect(waiting).toBe(calls.filter(({ phase }) => phase === 'waiting').length)
      }
      for (const call of calls) call.closed(call.began, 200)
      for (let i = 0; i < 50; i++) {
        clock.advance(20)
        turn()
      }
      const { inFlight, waiting, admission, requests } = core.inspect()
      expect({ inFlight, waiting, slots: admission?.inFlight, line: admission?.waiting, timers: clock.pending }).toEqual({ inFlight: 0, waiting: 0, slots: 0, line: 0, timers: 0 })
      const { refused } = requests
      expect(requests.ended + requests.hungUp + requests.dead + refused.limits + refused.admission).toBe(calls.length)
      // Each has exactly one end: its handler, or a refusal, or its caller's.
      for (const call of calls) expect(call.phase).toBe('over')
      expect(calls.filter(({ began, refusal }) => began && refusal !== undefined)).toEqual([])
    }), { numRuns: 300 })
  })
})

class Door extends EventEmitter {
  close(): void {}
}
