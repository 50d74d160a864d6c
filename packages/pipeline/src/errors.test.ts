import { testService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { closed, deadlineExceeded, InmeshError, noEndpoint, rateLimited } from './errors.ts'
import { explain } from './explain.ts'

/** As a second copy of the package would make it: another class, the same brand. */
function foreign(): Error {
  class InmeshError extends Error {}
  Object.defineProperty(InmeshError.prototype, Symbol.for('inmesh.error'), { value: true })
  return Object.assign(new InmeshError('x'), { code: 'INMESH_DROPPED', service: 's', policy: 'drop', numbers: {}, advice: 'a', tries: [] })
}

describe('errors of ours', () => {
  test('are recognised across copies of the package, where instanceof is not', () => {
    const error = foreign()
    expect(error).not.toBeInstanceOf(InmeshError)
    expect(InmeshError.is(error)).toBe(true)
    expect(explain(error)).toMatchObject({ refused: true, code: 'INMESH_DROPPED', policy: 'drop' })
  })

  test('are not taken for it by anything else', () => {
    for (const other of [new Error('x'), null, undefined, 'text', { code: 'INMESH_DROPPED' }]) expect(InmeshError.is(other)).toBe(false)
  })

  test('name service, policy, number and what would change it', () => {
    const error = rateLimited({ service: 'catalog', operation: 'GET', rate: 50, per: 1000, retryAfter: 20 })
    expect(error.message).toBe('catalog: more than 50 calls in 1000 ms (limit)')
    expect(error).toMatchObject({ name: 'RateLimited', code: 'INMESH_RATE_LIMITED', service: 'catalog', policy: 'limit', retryAfter: 20, numbers: { rate: 50, perMs: 1000, retryAfterMs: 20 } })
    expect(error.advice).toContain('limit.rate')
  })

  test('say of a deadline which option set it', () => {
    const error = deadlineExceeded({ service: 'catalog', limit: 100, after: 100.04, policy: 'timeout.perTry' })
    expect(error.message).toBe('catalog: no answer within 100 ms (timeout.perTry)')
    expect(error.numbers).toEqual({ limitMs: 100, elapsedMs: 100 })
  })

  test('say of a deadline that was over before the call began that it was, and by how much', () => {
    const error = deadlineExceeded({ service: 'catalog', limit: -6.58, after: 0, policy: 'timeout.total' })
    expect(error.message).toBe('catalog: the deadline around this call was over 6.6 ms before it began (deadline)')
    expect(error).toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED', policy: 'deadline', numbers: { lateMs: 6.6 } })
    expect(error.advice).not.toContain('timeout.total')
  })

  test('advise by what is known: an empty list is another mistake than a full one', () => {
    expect(noEndpoint({ service: 's', known: 0, why: 'none known' }).advice).toContain('empty')
    expect(noEndpoint({ service: 's', known: 3, why: 'none available' }).advice).toContain("inspect('s')")
  })

  test('walk no stack, and leave Error.stackTraceLimit as it was', () => {
    const before = Error.stackTraceLimit
    const error = closed('s')
    expect(error.stack?.split('\n')).toHaveLength(1)
    expect(Error.stackTraceLimit).toBe(before)
  })
})

describe('explain', () => {
  test('lists the tries behind an error of the transport, which stays as it is', () => {
    const s = testService({}, { endpoints: 2 })
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    s.backend.on().fail('UNAVAILABLE', { cause, after: 2 })
    const call = s.call({ operation: 'GET /x' })
    s.clock.advance(300)
    expect(call.error).toBe(cause)
    expect(Object.keys(cause)).toEqual(['code'])
    const explanation = explain(cause)
    expect(explanation).toMatchObject({ refused: false, code: 'ECONNRESET', message: 'socket hang up', service: 'test', operation: 'GET /x' })
    expect(explanation?.tries).toEqual([
      { endpoint: expect.any(String), cause: 'first', outcome: 'UNAVAILABLE (processed)', tookMs: 2 },
      { endpoint: expect.any(String), cause: 'retry', outcome: 'UNAVAILABLE (processed)', tookMs: 2 },
    ])
    expect(new Set(explanation?.tries.map((one) => one.endpoint))).toEqual(new Set(['a', 'b']))
  })

  test('says pending of a try that was cut off', () => {
    const s = testService()
    s.backend.on().hang()
    const call = s.call({ timeout: 25 })
    s.clock.advance(25)
    expect(call.error).toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED', numbers: { limitMs: 25, elapsedMs: 25 } })
    expect(explain(call.error)?.tries).toEqual([{ endpoint: expect.any(String), cause: 'first', outcome: 'pending', tookMs: undefined }])
  })

  test('looks through the causes of a wrapper, and knows nothing of an error that no mesh has seen', () => {
    const wrapped = new TypeError('fetch failed', { cause: closed('catalog') })
    expect(explain(wrapped)).toMatchObject({ code: 'INMESH_CLOSED', service: 'catalog' })
    expect(explain(new Error('mine'))).toBeUndefined()
    expect(explain(undefined)).toBeUndefined()
  })

  test('ends on causes that go in a circle', () => {
    const error: Error & { cause?: unknown } = new Error('loop')
    error.cause = new Error('inner', { cause: error })
    expect(explain(error)).toBeUndefined()
  })

  test('does not leak how often a call failed into later ones with the same error object', () => {
    const s = testService({ retry: false })
    const cause = new Error('shared')
    s.backend.on().fail('INTERNAL', { cause })
    s.series(2, 5)
    expect(explain(cause)?.tries).toHaveLength(1)
  })
})
