import { describe, expect, it } from 'vitest'
import { CODES, isCode, statusIn } from './codes.ts'

describe('codes', () => {
  it('are the seventeen of gRPC, in the order of their numbers', () => {
    expect(CODES).toHaveLength(17)
    expect([CODES[0], CODES[5], CODES[14], CODES[16]]).toEqual(['OK', 'NOT_FOUND', 'UNAVAILABLE', 'UNAUTHENTICATED'])
  })

  it('are told from business codes, and from what every object has', () => {
    expect(['UNAVAILABLE', 'OK'].map(isCode)).toEqual([true, true])
    expect(['SOLD_OUT', 'unavailable', '503', 'toString', '__proto__', ''].map(isCode)).toEqual([false, false, false, false, false, false])
  })
})

describe('a status among codes', () => {
  it('is read from a number and from its text', () => {
    expect([503, '503', 100, '599'].map(statusIn)).toEqual([503, 503, 100, 599])
  })

  it('is nothing else', () => {
    expect(['5xx', '5003', '99', 600, 'UNAVAILABLE', ' 503', ''].map(statusIn)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, undefined])
  })
})
