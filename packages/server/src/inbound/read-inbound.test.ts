import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IgnoredValues } from './ignored.ts'
import { readInbound, type Headers, type Inbound } from './read-inbound.ts'

function read(headers: Headers) {
  const ignored = new IgnoredValues()
  const into: Inbound = { remaining: undefined, said: undefined, attempt: 0, mark: undefined }
  readInbound(headers, into, ignored)
  return { ...into, ignored: ignored.inspect() }
}

describe('what a request says of itself', () => {
  it('is nothing where it says nothing', () => {
    expect(read({ host: 'a', accept: '*/*' })).toEqual({ remaining: undefined, said: undefined, attempt: 0, mark: undefined, ignored: {} })
  })

  it('is its remaining time by the first header that parses, its criticality, its attempt and why it is one', () => {
    expect(read({ 'grpc-timeout': '250m', 'x-envoy-expected-rq-timeout-ms': '900', 'inmesh-criticality': 'sheddable', 'x-envoy-attempt-count': '2', 'inmesh-attempt': 'retry;after=overload' }))
      .toEqual({ remaining: 250, said: 'SHEDDABLE', attempt: 1, mark: { cause: 'retry', after: 'overload' }, ignored: {} })
  })

  it.each([
    ['unparsable', { 'grpc-timeout': 'soon', 'inmesh-criticality': 'VERY', 'inmesh-attempt': 'again' }],
    ['negative', { 'x-envoy-expected-rq-timeout-ms': '-1', 'x-envoy-attempt-count': '-3' }],
    ['huge', { 'connect-timeout-ms': '9999999999', 'grpc-timeout': '99999999H', 'grpc-previous-rpc-attempts': '5000' }],
    ['repeated', { 'grpc-timeout': ['1S', '2S'], 'inmesh-criticality': 'CRITICAL, SHEDDABLE', 'inmesh-attempt': ['backup', 'backup'] }],
    ['empty', { 'grpc-timeout': '', 'inmesh-criticality': '', 'x-envoy-attempt-count': '' }],
  ])('is not believed where it is %s, and that is counted', (_, headers) => {
    const { ignored, ...said } = read(headers)
    expect(said).toEqual({ remaining: undefined, said: undefined, attempt: 0, mark: undefined })
    expect(ignored).toEqual(Object.fromEntries(Object.keys(headers).map((name) => [name, 1])))
  })

  it('is believed of neither of two counts of attempts that contradict each other', () => {
    expect(read({ 'x-envoy-attempt-count': '2', 'grpc-previous-rpc-attempts': '4' })).toMatchObject({ attempt: 0, ignored: { 'x-envoy-attempt-count': 1, 'grpc-previous-rpc-attempts': 1 } })
    expect(read({ 'x-envoy-attempt-count': '3', 'grpc-previous-rpc-attempts': '2' })).toMatchObject({ attempt: 2, ignored: {} })
  })

  it('is another try where it has a mark, though a proxy counts its own from one again', () => {
    expect(read({ 'x-envoy-attempt-count': '1', 'inmesh-attempt': 'rescue' })).toMatchObject({ attempt: 1, mark: { cause: 'rescue' } })
  })

  it('never throws, and whatever is believed is in range', () => {
    fc.assert(fc.property(headerSets(), (headers) => {
      const { remaining = 0, attempt, ignored } = read(headers)
      expect(remaining).toBeGreaterThanOrEqual(0)
      expect(remaining).toBeLessThanOrEqual(86_400_000)
      expect(attempt).toBeGreaterThanOrEqual(0)
      expect(attempt).toBeLessThanOrEqual(1000)
      for (const name of Object.keys(ignored)) expect(headers[name]).toBeDefined()
    }), { numRuns: 2_000 })
  })
})

/** The names that are read, with what may stand there, near to what parses and far from it. */
function headerSets(): fc.Arbitrary<Headers> {
  const names = ['grpc-timeout', 'connect-timeout-ms', 'x-envoy-expected-rq-timeout-ms', 'x-envoy-upstream-rq-timeout-ms', 'x-envoy-attempt-count', 'grpc-previous-rpc-attempts', 'inmesh-attempt', 'inmesh-criticality']
  const near = fc.tuple(fc.constantFrom('', '-', '+', ' ', '0', '1e', '0x'), fc.oneof(fc.nat(), fc.maxSafeInteger(), fc.double()), fc.constantFrom('', 'm', 'S', 'H', 'ms', ' ', ', 10', ';after=timeout')).map((parts) => parts.join(''))
  const words = fc.constantFrom('retry', 'backup', 'retry;after=overload', 'retry;after=', 'CRITICAL', 'critical_plus', 'SHEDDABLE', '__proto__', 'constructor', 'NaN', 'Infinity')
  const value = fc.oneof(near, words, fc.string({ unit: 'binary', maxLength: 2000 }))
  return fc.dictionary(fc.constantFrom(...names), fc.oneof(value, fc.array(value, { maxLength: 3 })), { maxKeys: 8 })
}
