import { describe, expect, test } from 'vitest'
import { classifyHttpError } from './classify-http-error.ts'

const thrown = (response: unknown): Error => Object.assign(new Error('failed'), { response })

describe('an error that a client throws for a reply', () => {
  test.each([['status'], ['statusCode']])('is known by its %s', (name) => {
    const error = thrown({ [name]: 503, headers: {} })
    expect(classifyHttpError(error)).toEqual({ kind: 'failure', code: 'UNAVAILABLE', status: 503, reach: 'processed', cause: error })
    expect(classifyHttpError(thrown({ [name]: 404 }))).toMatchObject({ kind: 'success', code: 'NOT_FOUND', status: 404 })
  })

  test.each([
    [{ 'retry-after': '2', 'inmesh-do-not-retry': '1', 'inmesh-refused': '1' }],
    [new Headers({ 'retry-after': '2', 'inmesh-do-not-retry': '1', 'inmesh-refused': '1' })],
  ])('has the headers that speak of retries', (headers) => {
    expect(classifyHttpError(thrown({ status: 503, headers }))).toMatchObject({ retryAfter: 2000, doNotRetry: true, reach: 'refused' })
  })

  test('is left to the codes of sockets where there was no reply, and whatever else it may be', () => {
    const others = [new Error('x'), thrown(undefined), thrown({}), thrown({ status: 'no' }), thrown({ status: 42 }), null, undefined, 'text', 7]
    expect(others.map(classifyHttpError)).toEqual(others.map(() => undefined))
  })
})
