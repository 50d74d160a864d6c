import { callbackInterceptor, type Layer } from '@inmesh/pipeline'
import { describe, expect, test } from 'vitest'
import { contractChecks } from './contract-checks.ts'
import { testService } from './test-service.ts'

/** Trusted, so that nothing repairs what it breaks. */
function breaking(how: 'answers twice' | 'never answers'): Layer<'call', 'call'> {
  return {
    name: how,
    from: 'call',
    to: 'call',
    build: () => ({
      name: how,
      call: (call, next, done) => next(call, (exchange) => {
        if (how === 'never answers') return
        done(exchange)
        done(exchange)
      }),
    }),
  }
}

describe('contract checks', () => {
  test('see nothing wrong with an interceptor that keeps the contract', () => {
    const checks = contractChecks()
    const pass = callbackInterceptor({ name: 'pass', call: (call, next, done) => next(call, done) }, 'call')
    const s = testService({ interceptors: [checks.layer('call'), pass, checks.layer('attempt'), checks.layer('routed')] })
    s.series(3, 2)
    expect([checks.breaches, checks.unanswered, checks.open]).toEqual([[], 0, 0])
  })

  test('catch one that answers twice', () => {
    const checks = contractChecks()
    const s = testService({ interceptors: [checks.layer('call'), breaking('answers twice')] })
    s.call()
    expect(() => s.clock.advance(1)).toThrow('answered 2 times')
    expect(checks.breaches).toEqual(['at scope "call" one next() was answered 2 times'])
  })

  test('show one that never answers', () => {
    const checks = contractChecks()
    const s = testService({ interceptors: [checks.layer('call'), breaking('never answers')] })
    s.call()
    s.clock.advance(1)
    expect(checks.unanswered).toBe(1)
  })
})
