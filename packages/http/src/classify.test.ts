import { describe, expect, test } from 'vitest'
import { classifyFailure, classifyReply } from './classify.ts'

const wall = (): number => Date.UTC(2026, 0, 1)
const of = (status: number, headers = {}): unknown => classifyReply(status, headers, undefined, wall)

describe('a reply', () => {
  test('below 500 is a success of the endpoint, whatever it says of the request', () => {
    expect(of(200)).toEqual({ kind: 'success', code: 'OK', status: 200 })
    expect(of(304)).toEqual({ kind: 'success', code: 'OK', status: 304 })
    expect(of(404)).toEqual({ kind: 'success', code: 'NOT_FOUND', status: 404 })
    expect(of(418)).toEqual({ kind: 'success', code: 'FAILED_PRECONDITION', status: 418 })
  })

  test('of 429 is a failure that is usually the caller’s quota', () => {
    expect(of(429)).toMatchObject({ kind: 'failure', code: 'RESOURCE_EXHAUSTED', reach: 'processed' })
  })

  test('of 5xx is a failure that may have been processed', () => {
    expect(of(500)).toMatchObject({ code: 'INTERNAL', reach: 'processed' })
    expect(of(503)).toMatchObject({ code: 'UNAVAILABLE' })
    expect(of(504)).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect(of(599)).toMatchObject({ code: 'UNKNOWN' })
  })

  test('tells when to come back, in seconds or by a date', () => {
    expect(of(503, { 'retry-after': '2' })).toMatchObject({ retryAfter: 2000 })
    expect(of(503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:03 GMT' })).toMatchObject({ retryAfter: 3000 })
    expect(of(503, { 'retry-after': 'soon' })).not.toHaveProperty('retryAfter')
  })

  test('may say that nothing was done, or that a retry would harm', () => {
    expect(of(503, { 'inmesh-refused': '1' })).toMatchObject({ reach: 'refused' })
    expect(of(503, { 'inmesh-do-not-retry': '1' })).toMatchObject({ doNotRetry: true })
  })

  test('is what the user’s own function says it is', () => {
    const own = (code: string): unknown => classifyReply(200, {}, () => code, wall)
    expect(own('UNAVAILABLE')).toMatchObject({ kind: 'failure', code: 'UNAVAILABLE', status: 200 })
    expect(own('SOLD_OUT')).toMatchObject({ kind: 'failure', code: 'UNKNOWN', business: 'SOLD_OUT' })
    expect(classifyReply(500, {}, () => 'OK', wall)).toMatchObject({ kind: 'success', status: 500 })
  })
})

describe('an error', () => {
  const error = (code: string): Error => Object.assign(new Error(code), { code })

  test('before a connection was there means that nothing was sent', () => {
    expect(classifyFailure(error('ECONNREFUSED'), false)).toMatchObject({ code: 'UNAVAILABLE', reach: 'unsent' })
    expect(classifyFailure(error('UND_ERR_CONNECT_TIMEOUT'), false)).toMatchObject({ reach: 'unsent' })
    expect(classifyFailure(error('ECONNRESET'), false)).toMatchObject({ reach: 'unsent' })
  })

  test('on a connection means that the request may have been processed', () => {
    expect(classifyFailure(error('ECONNRESET'), true)).toMatchObject({ code: 'UNAVAILABLE', reach: 'processed' })
    expect(classifyFailure(error('UND_ERR_HEADERS_TIMEOUT'), true)).toMatchObject({ code: 'DEADLINE_EXCEEDED', reach: 'processed' })
  })

  test('of a bad request is the caller’s own and is not tried elsewhere', () => {
    expect(classifyFailure(error('UND_ERR_INVALID_ARG'), false)).toMatchObject({ code: 'INVALID_ARGUMENT', doNotRetry: true })
  })

  test('of a destroyed client means nothing was sent only when no connection was there', () => {
    expect(classifyFailure(error('UND_ERR_DESTROYED'), false)).toMatchObject({ reach: 'unsent' })
    expect(classifyFailure(error('UND_ERR_DESTROYED'), true)).toMatchObject({ reach: 'processed' })
  })

  test('of the caller’s own body is the caller’s own, but not where the connection broke and took the body with it', () => {
    const own = new Error('the disk is gone')
    expect(classifyFailure(own, true, (cause) => cause === own)).toMatchObject({ code: 'INVALID_ARGUMENT', reach: 'processed', doNotRetry: true })
    expect(classifyFailure(error('ECONNRESET'), true, () => true)).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('is handed on as it is', () => {
    const cause = error('ECONNRESET')
    expect(classifyFailure(cause, true).cause).toBe(cause)
  })
})
