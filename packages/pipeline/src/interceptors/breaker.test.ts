import type { ServiceBreaker } from '@inmesh/policy'
import { replyWith, testService, type TestService } from '@inmesh/testing'
import { describe, expect, test, vi } from 'vitest'
import { interceptor, refuse } from '../bridge.ts'
import { explain } from '../explain.ts'
import type { ServicePolicy } from '../service-policy.ts'

const plain: ServicePolicy = { retry: false, backup: false, rescue: false, eject: false }

/** A service that has answered everything for ten seconds in the same way, at 100 calls a second. */
function used(policy: ServicePolicy, answer: (s: TestService) => void): TestService {
  const s = testService({ ...plain, ...policy })
  answer(s)
  s.series(1000, 10)
  return s
}

function counted(s: TestService): number {
  return s.service.keep<ServiceBreaker>('breaker', () => { throw new Error('there is none') }).inspect(s.clock.now()).requests
}

const refusals = (s: TestService, from = 0): number => s.calls.slice(from).filter(({ error }) => explain(error)?.code === 'INMESH_THROTTLED').length

describe('a service breaker', () => {
  test('is not there until it is set', () => {
    expect(used({}, (s) => s.backend.on().reply(503)).backend.sent).toHaveLength(1000)
    expect(testService().service.describe().map(({ name }) => name)).not.toContain('breaker')
  })

  test('refuses calls to a callee that rejects them, before they cost anything, and says on what numbers', () => {
    const s = used({ breaker: {} }, ({ backend }) => backend.on().reply(503))
    expect(refusals(s)).toBeGreaterThan(500)
    expect(s.backend.sent).toHaveLength(1000 - refusals(s))
    expect(counted(s)).toBe(1000)
    const refused = s.calls.findLast(({ error }) => error !== undefined)
    expect(refused?.outcome).toMatchObject({ kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent' })
    expect(explain(refused?.error)).toMatchObject({ code: 'INMESH_THROTTLED', policy: 'breaker', numbers: { probability: 0.8, accepts: 0, requests: expect.any(Number) } })
    expect(explain(refused?.error)?.message).toMatch(/^test: accepted 0 of \d+ calls in the last 120 s, so 80 % are not sent \(breaker\)$/)
    expect(s.recorder.last('refused')).toMatchObject({ policy: 'breaker', why: 'rejections', criticality: 'CRITICAL' })
    expect(s.recorder.of('breaker').at(0)?.probability).toBeGreaterThan(0.75)
  })

  test.each([
    [429, true], [503, true], [500, false], [404, false], [504, false],
  ])('takes %s for a rejection: %s', (status, rejection) => {
    expect(refusals(used({ breaker: {} }, ({ backend }) => backend.on().reply(status))) > 0).toBe(rejection)
  })

  test('takes a connection that did not come about for a rejection', () => {
    expect(refusals(used({ breaker: {} }, ({ backend }) => backend.on().fail('UNAVAILABLE', { reach: 'unsent' })))).toBeGreaterThan(500)
  })

  test('counts calls, not tries: one that was accepted at the second try was accepted', () => {
    const s = testService({ ...plain, retry: { backoff: { min: 0, max: 0 } }, budget: { ratio: 1 }, breaker: {} })
    s.backend.on().answer(({ cause }) => replyWith(cause === 'first' ? 503 : 200))
    s.series(1000, 10)
    expect(s.backend.sent).toHaveLength(2000)
    expect(refusals(s)).toBe(0)
  })

  test('does not take what a policy further in refused, or a caller who left, for an answer of the callee', () => {
    const mine = interceptor('mine', async () => refuse(new Error('no')))
    const limited = used({ breaker: {}, limit: { rate: 1 } }, () => {})
    expect([refusals(limited), counted(limited)]).toEqual([0, 10])
    expect(refusals(used({ breaker: {}, interceptors: [mine] }, () => {}))).toBe(0)
    const left = testService({ ...plain, breaker: {} })
    left.backend.on().hang()
    for (let i = 0; i < 1000; i++) {
      left.call().giveUp()
      left.clock.advance(10)
    }
    expect(refusals(left)).toBe(0)
    left.assertReleased()
  })

  test('says nothing of calls that are still under way, as in a cold start', () => {
    const s = testService({ ...plain, breaker: {} })
    s.backend.on().reply(200, { after: 20_000 })
    s.series(1500, 10)
    s.clock.advance(30_000)
    expect(refusals(s)).toBe(0)
  })

  test('keeps asking, so that it sees the callee heal', () => {
    const s = used({ breaker: {} }, ({ backend }) => backend.on().reply(503))
    s.backend.on().reply(200)
    s.series(30_000, 10)
    const tail = s.calls.length
    s.series(1000, 10)
    expect(refusals(s, tail)).toBe(0)
    expect(s.recorder.last('breaker')?.probability).toBeLessThan(0.01)
  })

  test('that observes refuses nothing and tells whom it would have refused', () => {
    const s = used({ breaker: { mode: 'observe' } }, ({ backend }) => backend.on().reply(503))
    expect(s.backend.sent).toHaveLength(1000)
    expect(s.recorder.of('mode-differed').filter(({ policy, would }) => policy === 'breaker' && would === 'refuse').length).toBeGreaterThan(500)
  })

  test('that enforces a share refuses only in that share of calls', () => {
    const s = used({ breaker: { mode: { enforce: 0.5 } } }, ({ backend }) => backend.on().reply(503))
    const would = s.recorder.of('mode-differed').filter(({ policy }) => policy === 'breaker').length
    expect(refusals(s) / (refusals(s) + would)).toBeGreaterThan(0.4)
    expect(refusals(s) / (refusals(s) + would)).toBeLessThan(0.6)
  })

  test('keeps what it has counted through a change of policy', () => {
    const s = used({ breaker: {} }, ({ backend }) => backend.on().reply(503))
    const before = s.calls.length
    s.service.configure({ ...plain, breaker: { maxDrop: 1 } })
    s.series(90, 10)
    expect(refusals(s, before)).toBeGreaterThan(85)
  })

  test('with a bug in it lets every call through', () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const s = testService({ ...plain, breaker: {} })
    s.service.keep<{ refuses: () => boolean }>('breaker', () => { throw new Error('none') }).refuses = () => { throw new Error('bug') }
    expect(s.series(30, 10).map(({ reply }) => reply?.status)).toEqual(Array.from({ length: 30 }, () => 200))
    expect(s.recorder.of('interceptor-failed').every(({ interceptor: name }) => name === 'breaker')).toBe(true)
    expect(s.service.describe().map(({ name }) => name)).not.toContain('breaker')
  })
})
