import type { Outcome } from '@inmesh/policy'
import { describe, expect, test } from 'vitest'
import { testService, type TestService } from '../test-service.ts'
import { failWith, replyWith } from './answer.ts'

const plain = (options = {}): TestService => testService({ retry: false, backup: false, rescue: false }, { endpoints: ['a'], ...options })

describe('a scripted backend', () => {
  test('answers 200 after 1 ms when nothing was said', () => {
    const s = plain()
    const call = s.call()
    s.clock.advance(0.9)
    expect(call.settled).toBe(false)
    s.clock.advance(0.1)
    expect(call.reply).toEqual({ status: 200, body: undefined })
    s.assertReleased()
  })

  test('takes the endpoint’s once, then anybody’s once, then the endpoint’s lasting answer, then anybody’s', () => {
    const s = plain()
    s.backend.on().reply(204)
    s.backend.on('a').reply(201)
    s.backend.on().once.reply(203)
    s.backend.on('a').once.reply(202)
    const statuses = s.series(4, 1).map((call) => call.reply?.status)
    expect(statuses).toEqual([202, 203, 201, 201])
    s.setEndpoints(['b'])
    expect(s.series(1, 1)[0]?.reply?.status).toBe(204)
  })

  test('reads statuses as a proxy would: 404 is a success of the endpoint, 503 and 429 are failures with a reply', () => {
    const heads = [200, 404, 503, 429, 500].map((status) => replyWith(status).head)
    expect(heads).toMatchObject([
      { kind: 'success', code: 'OK', status: 200 },
      { kind: 'success', code: 'NOT_FOUND', status: 404 },
      { kind: 'failure', code: 'UNAVAILABLE', status: 503, reach: 'processed' },
      { kind: 'failure', code: 'RESOURCE_EXHAUSTED', status: 429 },
      { kind: 'failure', code: 'INTERNAL', status: 500 },
    ])
  })

  test('fails without a reply, with the reach and hints it was given', () => {
    const cause = new Error('reset')
    const answer = failWith('UNAVAILABLE', { reach: 'unsent', retryAfter: 50, doNotRetry: true, cause })
    expect(answer.head).toEqual({ kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent', retryAfter: 50, doNotRetry: true, cause })
    expect(answer.reply).toBeUndefined()
  })

  test('records what was sent, with what headers and how much time was left', () => {
    const s = plain()
    s.clock.advance(5)
    s.call({ operation: 'GET /items/:id', timeout: 100 })
    expect(s.backend.last).toMatchObject({ index: 0, endpoint: 'a', operation: 'GET /items/:id', cause: 'first', ordinal: 0, sentAt: 5, remaining: 100, headers: {} })
  })

  test('hangs until the try is given up', () => {
    const s = plain()
    s.backend.on('a').hang()
    const call = s.call({ timeout: 50 })
    s.clock.advance(49)
    expect([call.settled, s.backend.open]).toEqual([false, 1])
    s.clock.advance(1)
    expect(call.outcome).toMatchObject({ kind: 'failure', code: 'DEADLINE_EXCEEDED' })
    expect(s.backend.last.log).toEqual(['cancelled', 'head', 'tail'])
    s.assertReleased()
  })

  test('answers within the send when told to answer after 0 ms', () => {
    const s = plain()
    s.backend.on('a').reply(200, { after: 0 })
    expect(s.call().settled).toBe(true)
  })

  test('lets a body last, and break', () => {
    const s = plain()
    s.backend.on('a').once.reply(200, { body: { lasts: 30 } })
    s.backend.on('a').once.reply(200, { body: { breaks: 10 } })
    const [lasting, broken] = [s.call(), s.call()]
    s.clock.advance(11)
    expect(lasting.tail).toBeUndefined()
    expect(broken.tail).toMatchObject({ kind: 'failure', code: 'UNAVAILABLE' })
    s.clock.advance(20)
    expect(lasting.tail).toMatchObject({ kind: 'success' })
    s.assertReleased()
  })

  test('keeps an unread body open until it is read or thrown away', () => {
    const s = plain()
    s.backend.on('a').reply(200, { body: 'unread' })
    const [read, thrown] = s.series(2, 1)
    expect(s.backend.open).toBe(2)
    read?.read()
    thrown?.discard()
    expect(read?.tail).toMatchObject({ kind: 'success' })
    expect(thrown?.tail).toMatchObject({ kind: 'ignored', why: 'caller' })
    s.assertReleased()
  })

  test('touches a one-shot body unless the request was refused or never left', () => {
    const s = plain()
    s.backend.on('a').once.fail('UNAVAILABLE', { reach: 'refused' })
    s.backend.on('a').once.fail('UNAVAILABLE', { reach: 'refused', readsBody: true })
    s.backend.on('a').once.fail('UNAVAILABLE')
    const touched = s.series(3, 1, { payload: 'once' }).map((call) => call.payload.touched)
    expect(touched).toEqual([false, true, true])
  })

  test('lets a test answer by hand', () => {
    const s = plain()
    s.backend.on('a').hang()
    const call = s.call()
    s.backend.last.answer(replyWith(200, { body: 'unread' }))
    expect(call.outcome).toMatchObject({ kind: 'success' })
    s.backend.last.end({ kind: 'failure', code: 'DATA_LOSS', reach: 'processed' })
    expect(call.tail).toMatchObject({ code: 'DATA_LOSS' })
    s.assertReleased()
  })

  test('cuts a loser off, or lets it run to its end unheeded', () => {
    const policy = { backup: { after: 5, maxExtraLoad: 1 }, rescue: false } as const
    const tails = (losers: 'cancel' | 'drain'): (Outcome | undefined)[] => {
      const s = testService(policy, { endpoints: 2, losers })
      s.series(3, 10)
      s.backend.on().once.reply(200, { after: 20 })
      s.call()
      s.clock.advance(20)
      s.assertReleased()
      return s.backend.sent.slice(3).map((sent) => sent.tail)
    }
    expect(tails('cancel')).toMatchObject([{ kind: 'ignored', why: 'superseded' }, { kind: 'success' }])
    expect(tails('drain')).toMatchObject([{ kind: 'success' }, { kind: 'success' }])
  })
})

describe('a breach of the exchange contract', () => {
  test('is loud: a head twice, a tail twice, a tail before the head', () => {
    const s = plain()
    s.backend.on('a').hang()
    s.call()
    expect(() => s.backend.last.end()).toThrow('tail before its head')
    s.backend.last.answer(replyWith(200))
    expect(() => s.backend.last.answer(replyWith(200))).toThrow('second head')
    expect(() => s.backend.last.end()).toThrow('second tail')
    expect(s.backend.violations).toHaveLength(3)
    expect(() => s.assertReleased()).toThrow('3 breaches')
  })

  test('is found by assertReleased even where a policy contained the throw', () => {
    const s = plain()
    s.call()
    try {
      s.backend.violated('swallowed by somebody')
    } catch {}
    s.clock.advance(1)
    expect(() => s.assertReleased()).toThrow('swallowed by somebody')
  })
})
