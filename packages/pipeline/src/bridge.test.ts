import { manualClock, testService, type TestService } from '@inmesh/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { callbackInterceptor, interceptor, refuse, type AsyncInterceptor } from './bridge.ts'
import { composeWith } from './compose.ts'
import { SettledExchange, ok, type Exchange } from './exchange.ts'

const around = (fn: AsyncInterceptor, policy = {}): TestService => testService({ ...policy, interceptors: [interceptor('mine', fn)] })

beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('an async interceptor', () => {
  test('passes a call on and hears how it ended, before the caller does', async () => {
    const seen: string[] = []
    const s = around(async (call, next) => {
      seen.push(`before ${call.operation}`)
      const exchange = await next()
      seen.push(`after ${exchange.head.kind}`)
      return exchange
    })
    const call = s.call({ operation: 'GET /x' })
    await s.clock.run(1)
    expect(seen).toEqual(['before GET /x', 'after success'])
    expect(call.reply?.status).toBe(200)
    s.assertReleased()
  })

  test('may wait, and read the tail', async () => {
    let tail: unknown
    const s = around(async (_, next) => {
      const exchange = await next()
      exchange.onTail((outcome) => { tail = outcome.kind })
      return exchange
    })
    s.backend.on().reply(200, { body: { lasts: 20 } })
    s.call()
    await s.clock.run(10)
    expect(tail).toBeUndefined()
    await s.clock.run(20)
    expect(tail).toBe('success')
  })

  test('that calls next twice gets two exchanges; the one it does not return is discarded', async () => {
    const s = around(async (_, next) => {
      const first = await next()
      return first.head.kind === 'success' ? first : next()
    }, { retry: false })
    s.backend.on().once.reply(503, { body: 'unread' })
    const call = s.call()
    await s.clock.run(5)
    expect(call.reply?.status).toBe(200)
    expect(s.backend.sent[0]?.log).toEqual(['head', 'discarded', 'tail'])
    s.assertReleased()
  })

  test('that races two copies discards the loser when it comes', async () => {
    const s = around(async (_, next) => Promise.race([next(), next()]), { backup: false })
    s.backend.on().once.reply(200, { after: 5, body: 'unread', content: 'fast' })
    s.backend.on().once.reply(200, { after: 9, body: 'unread', content: 'slow' })
    const call = s.call()
    await s.clock.run(20)
    expect(call.reply?.body).toBe('fast')
    call.read()
    s.assertReleased()
  })

  test('may answer with an exchange of its own', async () => {
    const cached: AsyncInterceptor = async <R>() => new SettledExchange(ok, s.clock.now(), { status: 200, body: 'cached' }) as Exchange<unknown> as Exchange<R>
    const s = around(cached)
    const call = s.call()
    await s.clock.run()
    expect(call.reply?.body).toBe('cached')
    expect(s.backend.sent).toEqual([])
  })

  test('refuses with an error that the caller gets as it is, after the time that it took', async () => {
    const error = new Error('no token')
    const s = around(async () => {
      await new Promise<void>((resolve) => void s.clock.schedule(s.clock.now() + 7, true, resolve, undefined))
      return refuse(error)
    })
    s.clock.advance(1000)
    const call = s.call()
    await s.clock.run(10)
    expect(call.error).toBe(error)
    expect(call.outcome).toMatchObject({ kind: 'failure', code: 'PERMISSION_DENIED', reach: 'unsent' })
    expect(s.recorder.last('ended')).toMatchObject({ at: 1007, latency: 7 })
    expect(s.recorder.of('interceptor-failed')).toEqual([])
    s.assertReleased()
  })

  test('that refuses a try refuses it in time, too', async () => {
    const s = testService({ interceptors: [interceptor('mine', async (attempt, next) => (attempt.ordinal === 0 ? refuse(new Error('not this one')) : next()), 'attempt')] })
    s.clock.advance(500)
    const call = s.call()
    await s.clock.run(5)
    expect(call.tries).toMatchObject([{ start: 500, took: 0, outcome: { code: 'PERMISSION_DENIED' } }])
  })
})

describe('a callback interceptor', () => {
  test('refuses in time as well', () => {
    const s = testService({ interceptors: [callbackInterceptor({ name: 'mine', call: (_, __, done) => done(refuse(new Error('no'))) }, 'call')] })
    s.clock.advance(1000)
    expect(s.call().error).toMatchObject({ message: 'no' })
    expect(s.recorder.last('ended')).toMatchObject({ at: 1000, latency: 0 })
  })
})

describe('a bug in an async interceptor', () => {
  test.each([
    ['rejects before next', async () => { throw new Error('bug') }],
    ['throws before it returns a promise', () => { throw new Error('bug') }],
    ['rejects after next', async (_: unknown, next: () => Promise<unknown>) => { await next(); throw new Error('bug') }],
    ['rejects while next is under way', async (_: unknown, next: () => Promise<unknown>) => { void next(); throw new Error('bug') }],
    ['returns nothing', async (_: unknown, next: () => Promise<unknown>) => { await next() }],
    ['returns nothing and calls nothing', async () => {}],
  ])('that %s: the call goes on without it, and it is told', async (_, fn) => {
    const s = around(fn as never)
    s.backend.on().reply(200, { content: 'the reply' })
    const call = s.call()
    await s.clock.run(5)
    expect(call.reply?.body).toBe('the reply')
    expect(s.backend.sent).toHaveLength(1)
    expect(s.recorder.of('interceptor-failed')).toMatchObject([{ interceptor: 'mine' }])
    s.assertReleased()
  })

  test('that never ends does not outlive the call’s deadline', async () => {
    const s = around(() => new Promise(() => {}))
    const call = s.call({ timeout: 50 })
    await s.clock.run(60)
    expect(call.outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    s.assertReleased()
  })

  test('that goes on after the caller went away cannot answer him again', async () => {
    const s = around(async (_, next) => {
      const exchange = await next()
      await new Promise<void>((resolve) => void s.clock.schedule(s.clock.now() + 20, false, resolve, undefined))
      return exchange
    })
    s.backend.on().reply(200, { body: 'unread' })
    const call = s.call()
    await s.clock.run(10)
    call.giveUp()
    await s.clock.run(30)
    expect(call.outcome).toEqual({ kind: 'ignored', why: 'caller' })
    expect(s.recorder.of('ended')).toHaveLength(1)
    s.assertReleased()
  })
})

describe('an async interceptor around one client', () => {
  test('sees the call, and what next gave goes to the caller', async () => {
    const seen: string[] = []
    const audit = interceptor('audit', async (call, next) => {
      seen.push(call.operation)
      return next(call)
    })
    const query = composeWith({ clock: manualClock() }, [audit]).wrap(async (_, sql: string) => `rows of ${sql}`, { operation: 'query' })
    expect(await query('select 1')).toBe('rows of select 1')
    expect(seen).toEqual(['query'])
  })
})
