import { describe, expect, it } from 'vitest'
import type { Code, Failure, Reach } from '../types.ts'
import { isOverloaded, isRejection } from './rejection.ts'

function failure(code: Code, status?: number, reach: Reach = 'processed'): Failure {
  return { kind: 'failure', code, reach, ...(status === undefined ? {} : { status }) }
}

describe('a rejection', () => {
  it('is 429, 503, their codes, and a connection that did not come about', () => {
    const rejections = [failure('UNAVAILABLE', 503), failure('RESOURCE_EXHAUSTED', 429), failure('UNKNOWN', 503), failure('UNKNOWN', 429), failure('UNAVAILABLE', undefined, 'unsent')]
    expect(rejections.map(isRejection)).toEqual([true, true, true, true, true])
  })

  it('is no answer that took work, be it an error or late', () => {
    const accepted = [failure('INTERNAL', 500), failure('DEADLINE_EXCEEDED', 504), failure('UNKNOWN')]
    expect(accepted.map(isRejection)).toEqual([false, false, false])
    expect([{ kind: 'success', code: 'OK' } as const, { kind: 'ignored', why: 'caller' } as const].map(isRejection)).toEqual([false, false])
  })
})

describe('overload', () => {
  it('is a rejection that was answered, and no answer in time', () => {
    expect([failure('UNAVAILABLE', 503), failure('RESOURCE_EXHAUSTED', 429), failure('DEADLINE_EXCEEDED')].map(isOverloaded)).toEqual([true, true, true])
  })

  it('is not a connection refused, nor an error of the callee', () => {
    expect([failure('UNAVAILABLE', undefined, 'unsent'), failure('DEADLINE_EXCEEDED', undefined, 'unsent'), failure('INTERNAL', 500)].map(isOverloaded)).toEqual([false, false, false])
  })
})
