import { expectTypeOf, test } from 'vitest'
import { callbackInterceptor, interceptor, refuse } from './bridge.ts'
import { compose } from './compose.ts'
import type { Attempt, Call, Routed } from './context.ts'
import type { Interceptor } from './interceptor.ts'
import { attempts } from './interceptors/attempts.ts'
import { balance } from './interceptors/balance.ts'
import { tryTimeout } from './interceptors/try-timeout.ts'
import type { Layer } from './layer.ts'
import { backup, drop, fallback, limit, rescue, retry, timeout } from './policies.ts'

// Compiled with the tests: a line that should not compile and does fails the type check. Never run: balance would throw.
const never = (): void => {
  // What may stand together.
  compose(limit({ rate: 1 }), retry(), backup())
  compose(timeout('1s'), drop(0.1), fallback(() => 1), rescue())
  compose(retry(), balance(), tryTimeout({ perTry: 5 }))
  compose(attempts({}), balance())
  compose(retry(), ofAttempt, balance(), ofRouted)
  compose(interceptor('auth', async (call, next) => (call.operation === '' ? refuse(new Error('no operation')) : next())))

  // @ts-expect-error balance stands outside attempts: it takes tries, and there are none yet
  compose(balance(), retry())
  // @ts-expect-error a try has no endpoint before balance
  compose(retry(), tryTimeout({ perTry: 5 }), balance())
  // @ts-expect-error nor without it
  compose(retry(), tryTimeout({ perTry: 5 }))
  // @ts-expect-error retry multiplies tries that are placed already
  compose(retry(), balance(), retry())
  // @ts-expect-error a step between two parts splits what must be one decision
  compose(retry(), ofAttempt, backup())
  // @ts-expect-error two decisions about tries would multiply
  compose(attempts({}), attempts({}))
  // @ts-expect-error a limit counts calls and stands outside the tries
  compose(retry(), limit({ rate: 1 }))
  // @ts-expect-error a fallback is for calls
  compose(retry(), balance(), fallback(() => 1))
  // @ts-expect-error an interceptor of routed tries needs an endpoint
  compose(ofRouted)
  // @ts-expect-error and cannot stand among the tries that have none
  compose(retry(), ofRouted)

  // @ts-expect-error a duration has a unit, or is a number
  timeout('1')
  // @ts-expect-error an instant is no duration
  timeout({ at: 5 })
  // @ts-expect-error only these are criticalities
  drop({ IMPORTANT: 1 })
  // @ts-expect-error a rate is what a limit is
  limit({ burst: 1 })
  // @ts-expect-error no such option
  retry({ maxAttempts: 3 })
}

const ofAttempt: Layer<'attempt', 'attempt'> = callbackInterceptor({ name: 'mine', call: (attempt, next, done) => next(attempt, done) }, 'attempt')
const ofRouted: Layer<'routed', 'routed'> = interceptor('mine', async (attempt, next) => {
  expectTypeOf(attempt).toEqualTypeOf<Routed>()
  return next(attempt)
}, 'routed')

test('wrong nesting does not compile, and its message says what stands where', () => {
  expectTypeOf(never).toBeFunction()
  type Wrong = Parameters<typeof compose<[Layer<'attempt', 'routed'>]>>[0]
  expectTypeOf<Wrong['this layer cannot stand here']>().toEqualTypeOf<'it takes the scope "attempt", here is "call"'>()
})

test('an interceptor cannot be taken for one of another scope, though its function is one', () => {
  expectTypeOf<Interceptor<Routed, Routed>>().not.toExtend<Interceptor<Call, Call>>()
  expectTypeOf<Interceptor<Call, Attempt>>().not.toExtend<Interceptor<Attempt, Routed>>()
  // What asks for less may stand where more is known.
  expectTypeOf<Interceptor<Attempt, Routed>>().toExtend<Interceptor<Routed, Attempt>>()
})

test('a wrapped function keeps its arguments and its result', () => {
  const query = compose(retry()).wrap(async (context, sql: string, limit?: number) => {
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
    return [{ sql, limit }]
  })
  expectTypeOf(query).toEqualTypeOf<(sql: string, limit?: number) => Promise<{ sql: string; limit: number | undefined }[]>>()
  // @ts-expect-error the first argument is the query, not the context
  const wrong = (): unknown => query(5)
  const options = (): unknown[] => [
    // The mistake is told at the option that is wrong, not at the function.
    compose(retry()).wrap(async (context, sql: string) => [context.attempt, sql], {
      // @ts-expect-error no such option
      repeats: 'always',
    }),
    compose(retry()).wrap(async (context, sql: string) => [context.attempt, sql], {
      // @ts-expect-error no such way to repeat
      repeat: 'once',
    }),
  ]
  expectTypeOf(options).toBeFunction()
  expectTypeOf(compose(retry()).wrap(async (context) => context.attempt)).toEqualTypeOf<() => Promise<number>>()
  expectTypeOf(wrong).toBeFunction()
})
