import { describe, expect, test } from 'vitest'
import { headerOf, remainingHeader, withHeaders } from './headers.ts'

describe('added headers', () => {
  test('come behind the user’s, in the form that the user chose', () => {
    expect(withHeaders({ accept: 'a' }, ['x', '1'])).toEqual({ accept: 'a', x: '1' })
    expect(withHeaders(['accept', 'a'], ['x', '1'])).toEqual(['accept', 'a', 'x', '1'])
    expect(withHeaders(new Map([['accept', 'a']]), ['x', '1'])).toEqual(['accept', 'a', 'x', '1'])
    expect(withHeaders(undefined, ['x', '1'])).toEqual(['x', '1'])
  })

  test('give way to the user’s own of the same name, whatever its case', () => {
    expect(withHeaders({ 'X-Trace': 'mine' }, ['x-trace', 'ours'])).toEqual({ 'X-Trace': 'mine' })
    expect(withHeaders(['X-Trace', 'mine'], ['x-trace', 'ours'])).toEqual(['X-Trace', 'mine'])
  })

  test('only ever shrink the remaining time', () => {
    const name = remainingHeader
    expect(withHeaders({ [name]: '900' }, [name, '300'])).toEqual({ [name]: '300' })
    expect(withHeaders({ [name]: '200' }, [name, '300'])).toEqual({ [name]: '200' })
    expect(withHeaders({ [name]: 'soon' }, [name, '300'])).toEqual({ [name]: '300' })
  })

  test('leave the user’s object as it was, and keep a header that comes twice', () => {
    const own = { accept: ['a', 'b'] }
    expect(withHeaders(own, ['x', '1'])).toEqual({ accept: ['a', 'b'], x: '1' })
    expect(own).toEqual({ accept: ['a', 'b'] })
  })

  test('are found in every form', () => {
    for (const headers of [{ 'Idempotency-Key': 'k' }, ['Idempotency-Key', 'k'], new Map([['Idempotency-Key', 'k']])]) {
      expect(headerOf(headers, 'idempotency-key')).toBe('k')
    }
    expect(headerOf(null, 'x')).toBeUndefined()
  })
})
