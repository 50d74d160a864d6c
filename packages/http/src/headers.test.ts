import { describe, expect, test } from 'vitest'
import { headerOf, remainingHeader, replacing, withHeaders } from './headers.ts'

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

describe('headers that replace', () => {
  const others = ['traceparent', 'ours', 'baggage', 'b=1']

  test('stand where the user’s of the same name stood, whatever its case, in every form', () => {
    expect(replacing({ Traceparent: 'mine', accept: 'a' }, others)).toEqual({ accept: 'a', traceparent: 'ours', baggage: 'b=1' })
    for (const own of [['Traceparent', 'mine', 'accept', 'a'], new Map([['Traceparent', 'mine'], ['accept', 'a']]), new Headers({ Traceparent: 'mine', accept: 'a' })]) {
      expect(replacing(own as never, others)).toEqual(['accept', 'a', ...others])
    }
    expect(replacing((function* () { yield ['TRACEPARENT', 'mine'] as [string, string] })(), others)).toEqual(others)
  })

  test('leave none of the user’s behind that comes more than once, or in two ways', () => {
    expect(replacing({ Traceparent: 'mine', traceparent: 'mine too' }, ['traceparent', 'ours'])).toEqual({ traceparent: 'ours' })
    expect(replacing({ Traceparent: ['mine', 'mine too'] }, ['traceparent', 'ours'])).toEqual({ traceparent: 'ours' })
    expect(replacing(['Traceparent', 'mine', 'x', '1', 'traceparent', 'mine too'], ['traceparent', 'ours'])).toEqual(['x', '1', 'traceparent', 'ours'])
    expect(replacing(new Map([['Traceparent', ['mine', 'mine too']], ['x', ['1', '2']]]) as never, ['traceparent', 'ours'])).toEqual(['x', '1', 'x', '2', 'traceparent', 'ours'])
  })

  test('are all there is where the user has none, and for a name that is set to nothing', () => {
    expect(replacing(undefined, others)).toEqual(others)
    expect(replacing(null, others)).toEqual(others)
    expect(replacing({ traceparent: undefined }, ['traceparent', 'ours'])).toEqual({ traceparent: 'ours' })
  })

  test('keep every other header as it is, and leave the user’s object as it was', () => {
    const own = { Traceparent: 'mine', accept: ['a', 'b'] }
    expect(replacing(own, ['traceparent', 'ours'])).toEqual({ accept: ['a', 'b'], traceparent: 'ours' })
    expect(own).toEqual({ Traceparent: 'mine', accept: ['a', 'b'] })
    const pairs = ['Traceparent', 'mine', 'accept', 'a']
    replacing(pairs, ['traceparent', 'ours'])
    expect(pairs).toEqual(['Traceparent', 'mine', 'accept', 'a'])
    expect(replacing(['traceparents', '1', 'x-traceparent', '2'], ['traceparent', 'ours'])).toEqual(['traceparents', '1', 'x-traceparent', '2', 'traceparent', 'ours'])
  })
})
