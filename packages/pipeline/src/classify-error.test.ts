import { describe, expect, test } from 'vitest'
import { abortedWith, classifyError } from './classify-error.ts'

const coded = (code: string, cause?: unknown): Error => Object.assign(new Error(code, { cause }), { code })

describe('facts about an error of any client', () => {
  test.each([
    ['ECONNREFUSED', 'UNAVAILABLE', 'unsent'],
    ['ENOTFOUND', 'UNAVAILABLE', 'unsent'],
    ['ECONNRESET', 'UNAVAILABLE', 'processed'],
    ['EPIPE', 'UNAVAILABLE', 'processed'],
    ['ETIMEDOUT', 'DEADLINE_EXCEEDED', 'processed'],
    ['E_OF_SOME_DRIVER', 'UNKNOWN', 'processed'],
  ])('%s is %s, %s', (code, name, reach) => {
    const error = coded(code)
    expect(classifyError(error)).toEqual({ kind: 'failure', code: name, reach, cause: error })
  })

  test('are found behind the wrappers of clients', () => {
    expect(classifyError(new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }))).toMatchObject({ reach: 'unsent' })
    expect(classifyError(coded('P1001', coded('X', coded('ECONNRESET'))))).toMatchObject({ code: 'UNAVAILABLE', reach: 'processed' })
  })

  test('are the safe guess for what is no error at all', () => {
    for (const odd of [undefined, null, 'text', 5, {}]) expect(classifyError(odd)).toMatchObject({ code: 'UNKNOWN', reach: 'processed' })
  })

  test('end on causes that go in a circle', () => {
    const error: Error & { cause?: unknown } = new Error('loop')
    error.cause = error
    expect(classifyError(error)).toMatchObject({ code: 'UNKNOWN' })
  })

})

describe('p-retry’s AbortError', () => {
  const abort = (originalError: unknown): Error => Object.assign(new Error('stop'), { name: 'AbortError', originalError })

  test('is known by the error inside it, however deep', () => {
    const inside = coded('ECONNRESET')
    expect([abortedWith(abort(inside)), abortedWith(abort(abort(inside)))]).toEqual([inside, inside])
  })

  test('is no other AbortError, and nothing that wraps no error', () => {
    for (const other of [new DOMException('aborted', 'AbortError'), abort('text'), abort(undefined), coded('ECONNRESET'), undefined]) expect(abortedWith(other)).toBeUndefined()
  })

  test('that wraps itself comes to an end', () => {
    const loop = abort(undefined)
    Object.assign(loop, { originalError: loop })
    expect(abortedWith(loop)).toBe(loop)
  })
})
