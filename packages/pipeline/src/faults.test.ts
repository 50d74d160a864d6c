import { Attempts, CallPlan, Cluster, KeyedGcra, Operation, Operations } from '@inmesh/policy'
import { replyWith, testService, type TestService } from '@inmesh/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { callbackInterceptor, interceptor } from './bridge.ts'
import { composeWith } from './compose.ts'
import type { ServicePolicy } from './service-policy.ts'

// Inv. 10: governance never makes a call fail that would have succeeded.

const everything: ServicePolicy = {
  retry: { maxExtraTries: 2, backoff: { min: 10, max: 10 } },
  backup: { after: 20, maxExtraLoad: 1 },
  budget: { ratio: 5 },
  limit: { rate: 1000, burst: 100, key: () => 'k', maxWait: 50 },
  drop: { ratios: 0 },
  timeout: { perTry: 200 },
  fallback: { reply: () => 'never needed' },
}

/** Every method that the pipeline may call; getters are state, not decisions. */
const methods = [Attempts, CallPlan, Cluster, KeyedGcra, Operation, Operations].flatMap(({ name, prototype }) =>
  Object.entries(Object.getOwnPropertyDescriptors<object>(prototype))
    .filter(([method, { value }]) => method !== 'constructor' && typeof value === 'function')
    .map(([method, descriptor]) => ({ label: `${name}.${method}`, prototype, method, descriptor })))

const broken: (() => void)[] = []

function breakIt(label: string): void {
  const found = methods.find((one) => one.label === label)
  if (found === undefined) throw new Error(`no ${label}`)
  const { prototype, method, descriptor } = found
  const bug = (): never => { throw new Error(`bug in ${label}`) }
  Object.defineProperty(prototype, method, { ...descriptor, value: bug })
  broken.push(() => void Object.defineProperty(prototype, method, descriptor))
}

function mend(): void {
  for (const restore of broken.splice(0)) restore()
}

/** A call that succeeds at once, one by its retry, one by its backup, one that waits for nothing but its body. */
function day(s: TestService): void {
  s.call()
  s.clock.advance(300)
  s.backend.on().once.reply(503)
  s.call()
  s.clock.advance(300)
  s.backend.on().once.reply(200, { after: 100 })
  s.call()
  s.clock.advance(300)
  s.backend.on().once.reply(200, { body: { lasts: 50 } })
  s.call()
  s.clock.advance(300)
}

let warned: string[]

beforeEach(() => {
  warned = []
  vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warned.push(String(text)))
})

afterEach(() => {
  mend()
  vi.restoreAllMocks()
})

describe('a bug in a policy', () => {
  test.each(methods)('in $label fails no call that would have succeeded without it', ({ label }) => {
    const s = testService(everything)
    breakIt(label)
    day(s)
    expect(s.calls.map(({ settled }) => settled)).toEqual([true, true, true, true])
    // Without its retry the second call shows what the endpoint answered; every other one succeeds.
    for (const index of [0, 2, 3]) expect(s.calls[index]).toMatchObject({ reply: { status: 200 }, degraded: false })
    expect([200, 503]).toContain(s.calls[1]?.reply?.status)
    expect([s.backend.open, s.clock.pending, s.backend.violations]).toEqual([0, 0, []])
  })

  test('that comes back: once mended the policy decides again', () => {
    const s = testService({ ...everything, limit: false }, { endpoints: 2 })
    breakIt('CallPlan.failed')
    s.backend.on().once.reply(503)
    s.call()
    s.clock.advance(100)
    expect(s.backend.sent).toHaveLength(1)
    mend()
    s.backend.on().once.reply(503)
    s.call()
    s.clock.advance(100)
    expect(s.backend.sent).toHaveLength(3)
  })

  test('while all that is left is a backoff does not leave the call hanging', () => {
    const s = testService({ ...everything, fallback: false })
    s.backend.on().once.reply(503, { content: 'kept' })
    const call = s.call()
    s.clock.advance(2)
    breakIt('CallPlan.late')
    s.clock.advance(50)
    expect(call.reply).toEqual({ status: 503, body: 'kept' })
    expect(s.backend.last.log).toEqual(['head', 'tail', 'parked'])
    s.assertReleased()
  })

  test('in the balancer still spreads calls over the endpoints', () => {
    const s = testService({}, { endpoints: 3, seed: 5 })
    breakIt('Cluster.pick')
    s.series(60, 2)
    expect(s.calls.every(({ reply }) => reply?.status === 200)).toBe(true)
    for (const share of Object.values(s.shares())) expect(share).toBeGreaterThan(0.15)
  })

  test('in the balancer does not send a retry to the endpoint that has just failed', () => {
    const s = testService({}, { endpoints: 2 })
    breakIt('Cluster.pick')
    s.backend.on().answer(({ ordinal }) => replyWith(ordinal === 0 ? 503 : 200))
    s.series(10, 100)
    for (const { tries } of s.calls) expect(new Set(tries.map(({ address }) => address)).size).toBe(tries.length)
  })

  test('is told once aloud, and each time as an event', () => {
    const s = testService({ drop: { ratios: 0 }, limit: { rate: 1000 } })
    breakIt('KeyedGcra.reserve')
    s.series(3, 2)
    expect(s.recorder.of('interceptor-failed').map((event) => event.interceptor)).toEqual(['limit', 'limit', 'limit'])
    expect(warned).toHaveLength(1)
    expect(warned[0]).toMatch(/^test: "limit" threw and was passed over: Error: bug in KeyedGcra.reserve/)
  })

  test('ten times in ten seconds compiles the step out, until the policy changes', () => {
    const s = testService({ limit: { rate: 1000 } })
    breakIt('KeyedGcra.reserve')
    s.series(10, 2)
    expect(s.recorder.of('compiled-out')).toMatchObject([{ interceptor: 'limit', faults: 10 }])
    expect(s.service.describe().map(({ name }) => name)).toEqual(['attempts', 'balance'])
    expect(warned.at(-1)).toContain('compiled out until the policy changes')
    s.series(5, 2)
    expect(s.recorder.of('interceptor-failed')).toHaveLength(10)
    s.service.configure(s.service.policy)
    expect(s.service.describe().map(({ name }) => name)).toEqual(['limit', 'attempts', 'balance'])
  })

  test('nine times in ten seconds, or ten times in a longer while, does not', () => {
    const s = testService({ limit: { rate: 1000 } })
    breakIt('KeyedGcra.reserve')
    s.series(9, 1)
    s.clock.advance(10_000)
    s.series(9, 1)
    expect(s.recorder.of('compiled-out')).toEqual([])
  })
})

describe('a bug in a user’s callback interceptor', () => {
  const throwing = (when: 'before' | 'after' | 'in the answer'): ServicePolicy => ({
    interceptors: [callbackInterceptor({
      name: 'mine',
      call: (call, next, done) => {
        if (when === 'before') throw new Error('before')
        next(call, (exchange) => {
          if (when === 'in the answer') throw new Error('in the answer')
          done(exchange)
        })
        if (when === 'after') throw new Error('after')
      },
    }, 'call')],
  })

  test.each(['before', 'after', 'in the answer'] as const)('thrown %s: the call goes on without the step', (when) => {
    const s = testService(throwing(when))
    s.backend.on().once.reply(503)
    const call = s.call()
    s.clock.advance(100)
    expect(call.reply?.status).toBe(200)
    expect(s.recorder.of('interceptor-failed')).toMatchObject([{ interceptor: 'mine' }])
    s.assertReleased()
  })

  test.each(['before', 'after', 'in the answer'] as const)('thrown %s ten times: it is compiled out', (when) => {
    const s = testService(throwing(when))
    s.series(12, 2)
    expect(s.calls.every(({ reply }) => reply?.status === 200)).toBe(true)
    expect(s.recorder.of('interceptor-failed')).toHaveLength(10)
    expect(s.service.describe().map(({ name }) => name)).not.toContain('mine')
  })

  test('that answers twice, or after it threw, gives the caller one answer', () => {
    const s = testService({
      interceptors: [callbackInterceptor({
        name: 'mine',
        call: (call, next, done) => {
          next(call, (exchange) => {
            done(exchange)
            done(exchange)
            throw new Error('and then this')
          })
        },
      }, 'call')],
    })
    const call = s.call()
    s.clock.advance(5)
    expect(call.reply?.status).toBe(200)
    s.assertReleased()
  })

  test('at the scope of tries and of routed tries is contained as well', () => {
    for (const scope of ['attempt', 'routed'] as const) {
      const bug = callbackInterceptor<'attempt' | 'routed'>({ name: 'mine', call: () => { throw new Error('bug') } }, scope)
      const s = testService({ interceptors: [bug as never] })
      const call = s.call()
      s.clock.advance(1)
      expect(call.reply?.status).toBe(200)
      s.assertReleased()
    }
  })

  test('is not blamed for what a caller’s own code throws', () => {
    const s = testService({ interceptors: [callbackInterceptor({ name: 'mine', call: (call, next, done) => next(call, done) }, 'call')] })
    for (const after of [0, 1]) {
      s.backend.on().reply(200, { after })
      const call = s.call()
      const made = (): void => {
        s.service.run(call, () => { throw new Error('the caller’s') })
        s.clock.advance(1)
      }
      expect(made).toThrow('the caller’s')
    }
    expect(s.recorder.of('interceptor-failed')).toEqual([])
  })
})

describe('a bug in a user’s async interceptor', () => {
  test('in compose is compiled out as in a mesh', async () => {
    const mine = interceptor('mine', async () => { throw new Error('bug') })
    const composed = composeWith({ name: 'db' }, [mine])
    const query = composed.wrap(async () => 'rows')
    for (let i = 0; i < 11; i++) expect(await query()).toBe('rows')
    expect(composed.describe()).toEqual([])
    expect(warned).toHaveLength(2)
  })
})
