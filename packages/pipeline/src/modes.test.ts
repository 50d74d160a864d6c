import { testService, type TestService } from '@inmesh/testing'
import { describe, expect, test, vi } from 'vitest'
import { callbackInterceptor } from './bridge.ts'
import type { Mode } from './mode.ts'
import type { ServicePolicy } from './service-policy.ts'

const everything: ServicePolicy = {
  retry: { maxExtraTries: 2, backoff: { min: 0, max: 0 } },
  backup: { after: 8, maxExtraLoad: 1 },
  budget: { ratio: 5 },
  limit: { rate: 200, burst: 10 },
  breaker: { minRate: 0 },
  concurrency: { initial: 4, max: 4 },
  drop: { ratios: 0.3 },
  timeout: { total: 40, perTry: 20 },
  fallback: { reply: () => 'degraded' },
}

/** A bad day: one endpoint fails, one hangs now and then, a burst beyond the limit. */
function badDay(policy: ServicePolicy, ceiling?: Mode): TestService {
  const s = testService(policy, { endpoints: 3, seed: 11, ...(ceiling === undefined ? {} : { ceiling }) })
  s.backend.on('b').reply(503, { after: 2 })
  s.backend.on('c').answer(({ index }) => ({
    head: index % 2 === 0 ? undefined : { kind: 'success', code: 'OK', status: 200 },
    reply: { status: 200, body: 'c' }, after: index % 2 === 0 ? Infinity : 3, body: 'whole', readsBody: true,
  }))
  s.series(60, 2)
  s.clock.advance(200)
  for (const call of s.calls) call.giveUp()
  s.assertReleased()
  return s
}

const wire = (s: TestService): string[] => s.backend.sent.map(({ endpoint, sentAt, cause }) => `${sentAt} ${endpoint} ${cause}`)

describe('mode off', () => {
  test('is a plain call: round robin over the same endpoints, one try, no refusal', () => {
    const s = badDay({ ...everything, mode: 'off' })
    expect(s.service.describe().map(({ name }) => name)).toEqual(['attempts', 'balance'])
    expect(s.backend.sent).toHaveLength(60)
    expect(new Set(Object.values(s.shares()).map((share) => share.toFixed(2)))).toEqual(new Set(['0.33']))
    expect(s.recorder.types().filter((type) => type === 'refused' || type === 'mode-differed' || type === 'retried')).toEqual([])
  })

  test('of the kill switch is the same, whatever the policy says', () => {
    expect(wire(badDay({ ...everything, mode: 'on' }, 'off'))).toEqual(wire(badDay({ ...everything, mode: 'off' })))
  })

  test('keeps the deadline that the caller set himself', () => {
    const s = testService({ mode: 'off' })
    s.backend.on().hang()
    const call = s.call({ timeout: 50 })
    s.clock.advance(50)
    expect(call.outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  })
})

describe('mode observe', () => {
  test('changes nothing on the wire against off', () => {
    expect(wire(badDay({ ...everything, mode: 'observe' }))).toEqual(wire(badDay({ ...everything, mode: 'off' })))
  })

  test('tells what each policy would have done', () => {
    const s = badDay({ ...everything, mode: 'observe' })
    const told = new Set(s.recorder.of('mode-differed').map(({ policy }) => policy))
    expect([...told].toSorted()).toEqual(expect.arrayContaining(['backup', 'balance', 'concurrency', 'drop', 'fallback', 'limit', 'retry', 'timeout.perTry', 'timeout.total']))
    expect(s.recorder.of('refused').filter(({ policy }) => policy === 'drop' || policy === 'limit')).toEqual([])
  })

  test('of one policy leaves the others on', () => {
    const s = testService({ retry: { mode: 'observe' }, drop: { ratios: 1, mode: 'observe' }, fallback: { reply: () => 'degraded' } })
    s.backend.on().reply(503)
    const call = s.call()
    s.clock.advance(100)
    expect(call).toMatchObject({ degraded: true, reply: { body: 'degraded' } })
    expect(s.backend.sent).toHaveLength(1)
    expect(s.recorder.of('mode-differed').map(({ policy }) => policy)).toEqual(['drop', 'retry'])
  })

  test('does not spend the budget that policies in force live on', () => {
    const s = testService({ retry: { mode: 'observe', backoff: { min: 0, max: 0 } }, budget: { ratio: 0, floor: 0, initial: 1 } })
    s.backend.on().reply(503)
    s.series(3, 5)
    s.service.configure({ ...s.service.policy, retry: { backoff: { min: 0, max: 0 } } })
    s.call()
    s.clock.advance(5)
    expect(s.recorder.of('retried')).toHaveLength(1)
  })
})

describe('mode { enforce }', () => {
  test('acts for that share of calls, the same calls in every policy', () => {
    const mode = { enforce: 0.25 }
    const s = testService({ mode, drop: { ratios: 1 }, fallback: { reply: () => 'degraded' } }, { seed: 6 })
    s.series(2000, 1)
    const acted = s.calls.filter(({ degraded }) => degraded)
    expect(acted.length / 2000).toBeGreaterThan(0.21)
    expect(acted.length / 2000).toBeLessThan(0.29)
    expect(s.backend.sent).toHaveLength(2000 - acted.length)
    expect(s.recorder.of('mode-differed').filter(({ policy }) => policy === 'drop')).toHaveLength(2000 - acted.length)
  })
})

describe('a policy that is off', () => {
  test('costs no step in the chain', () => {
    const s = testService({ limit: false, drop: { ratios: 1, mode: 'off' }, fallback: { reply: () => 'x', mode: 'off' }, timeout: { perTry: 5, mode: 'off' } })
    expect(s.service.describe().map(({ name }) => name)).toEqual(['attempts', 'balance'])
  })
})

describe('the order of a service’s policies', () => {
  test('is that of the preset, a user’s own interceptors at the end of their scope, each with its reason', () => {
    const own = (['call', 'attempt', 'routed'] as const).map((scope) =>
      callbackInterceptor({ name: `own ${scope}`, call: (context: never, next: (context: never, done: never) => void, done: never) => next(context, done) } as never, scope))
    const s = testService({ ...everything, interceptors: own as never })
    expect(s.service.describe().map(({ name, scope }) => `${scope}: ${name}`)).toEqual([
      'call: fallback', 'call: drop', 'call: breaker', 'call: limit', 'call: concurrency', 'call: own call', 'call: attempts', 'attempt: own attempt', 'attempt: balance', 'routed: own routed', 'routed: try-timeout',
    ])
    for (const step of s.service.describe()) expect(step.why).not.toBe('')
  })
})

describe('a change of policy', () => {
  // Inv. 11.
  test('in mid-backoff leaves the call to the policy that it began with', () => {
    const s = testService({ retry: { backoff: { min: 100, max: 100 } } })
    s.backend.on().once.reply(503)
    const call = s.call()
    s.clock.advance(2)
    s.service.configure({ retry: false, drop: { ratios: 1 } })
    s.clock.advance(200)
    expect(call.reply?.status).toBe(200)
    expect(s.call().error).toMatchObject({ code: 'INMESH_DROPPED' })
    s.assertReleased()
  })

  test('at any moment of a call leaves nothing behind', () => {
    for (let moment = 0; moment < 120; moment += 3) {
      const s = testService(everything, { endpoints: 3, seed: moment })
      s.backend.on('b').reply(503, { after: 2 })
      s.backend.on('c').hang()
      s.series(5, 1)
      s.clock.advance(moment)
      s.service.configure({ mode: moment % 2 === 0 ? 'off' : 'on', retry: false })
      s.setEndpoints(['a', 'd'])
      s.series(5, 1)
      s.clock.advance(500)
      for (const call of s.calls) call.giveUp()
      expect(() => s.assertReleased()).not.toThrow()
    }
  })

  test('keeps what was learnt: the slow endpoint stays the slow one', () => {
    const s = testService({ backup: false }, { endpoints: 2, seed: 8 })
    s.backend.on('a').reply(200, { after: 200 })
    s.series(300, 3)
    s.service.configure({ backup: false, retry: false })
    const before = s.backend.sent.length
    s.series(100, 3)
    expect(s.backend.sent.slice(before).filter(({ endpoint }) => endpoint === 'a').length).toBeLessThan(10)
  })

  test('is told, with the chain as it is now', () => {
    const s = testService()
    s.service.configure({ drop: { ratios: 0.1 } })
    expect(s.recorder.last('policy-changed')?.chain).toEqual(['drop', 'attempts', 'balance'])
  })

  test('forgives a step that had been compiled out', () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const bug = callbackInterceptor({ name: 'mine', call: () => { throw new Error('bug') } }, 'call')
    const s = testService({ interceptors: [bug] })
    s.series(11, 1)
    expect(s.service.describe().map(({ name }) => name)).not.toContain('mine')
    s.service.configure({ interceptors: [bug] })
    expect(s.service.describe().map(({ name }) => name)).toContain('mine')
  })
})

describe('a closed service', () => {
  test('lets calls under way end and refuses new ones', () => {
    const s = testService()
    const before = s.call()
    s.service.close()
    const after = s.call()
    s.clock.advance(1)
    expect(before.reply?.status).toBe(200)
    expect(after.error).toMatchObject({ code: 'INMESH_CLOSED' })
    s.assertReleased()
  })
})
