import { testService, type TestService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { explain } from '../explain.ts'
import type { ServicePolicy } from '../service-policy.ts'

const plain: ServicePolicy = { retry: false, backup: false, rescue: false, eject: false }

function guarded(guard: ServicePolicy['guard'], policy: ServicePolicy = {}, endpoints = 3): TestService {
  const s = testService({ ...plain, ...policy, ...(guard === undefined ? {} : { guard }) }, { endpoints })
  s.backend.on().reply(200, { after: 10 })
  return s
}

const load = (s: TestService): number[] => s.service.cluster.pool.members.map(({ key }) => s.inFlight(key)).toSorted()

describe('a guard of endpoints', () => {
  test('is not there until it is set', () => {
    const s = guarded(undefined)
    s.series(100, 0)
    expect(load(s).reduce((sum, one) => sum + one)).toBe(100)
  })

  test('lets no endpoint have more in flight than it may, and fills them all before anybody is refused', () => {
    const s = guarded({ perEndpoint: 4 })
    s.series(14, 0)
    expect(load(s)).toEqual([4, 4, 4])
    const refused = s.calls.filter(({ error }) => error !== undefined)
    expect(refused).toHaveLength(2)
    expect(refused[0]?.outcome).toMatchObject({ kind: 'failure', code: 'RESOURCE_EXHAUSTED', reach: 'unsent' })
    expect(explain(refused[0]?.error)).toMatchObject({ code: 'INMESH_CONCURRENCY_LIMITED', policy: 'guard', numbers: { known: 3 } })
    expect(s.recorder.last('refused')).toMatchObject({ policy: 'guard', why: 'full' })
    s.clock.advance(10)
    expect(s.series(12, 0).every(({ error }) => error === undefined)).toBe(true)
    s.clock.advance(10)
    s.assertReleased()
  })

  test('costs a call that meets a full endpoint neither a try nor a retry', () => {
    const s = guarded({ perEndpoint: 1 }, { retry: { backoff: { min: 0, max: 0 } } })
    const calls = s.series(3, 0)
    s.clock.advance(10)
    expect(calls.map(({ tries, reply }) => [tries.length, reply?.status])).toEqual([[1, 200], [1, 200], [1, 200]])
    expect(s.recorder.of('retried')).toEqual([])
  })

  test('sends no extra try where there is no room, and leaves the call its first', () => {
    const s = guarded({ perEndpoint: 1 }, { backup: { after: 5, maxExtraLoad: 1 }, budget: { ratio: 10 } }, 2)
    s.backend.on('a').reply(200, { after: 100 })
    s.backend.on('b').reply(200, { after: 100 })
    s.series(2, 0)
    s.clock.advance(100)
    expect(s.calls.map(({ reply }) => reply?.status)).toEqual([200, 200])
    expect(s.backend.sent).toHaveLength(2)
    expect(s.recorder.of('refused').filter(({ policy }) => policy === 'guard')).not.toEqual([])
    s.assertReleased()
  })

  test('counts bodies in their first second, and none that lasts', () => {
    const s = guarded({ perEndpoint: 1 }, {}, 1)
    s.backend.on().reply(200, { after: 1, body: 'unread' })
    s.call()
    s.clock.advance(1)
    expect(s.call().error).toMatchObject({ policy: 'guard' })
    s.clock.advance(1000)
    expect(s.call().error).toBeUndefined()
  })

  test('that observes lets endpoints be overfull, and tells of each', () => {
    const s = guarded({ perEndpoint: 2, mode: 'observe' })
    s.series(9, 0)
    expect(load(s).reduce((sum, one) => sum + one)).toBe(9)
    expect(s.recorder.of('mode-differed').filter(({ policy, would }) => policy === 'guard' && would.startsWith('avoid '))).toHaveLength(9 - load(s).reduce((sum, one) => sum + Math.min(2, one), 0))
  })

  test('that enforces a share does not count what it lets pass against the rest of the calls', () => {
    const s = guarded({ perEndpoint: 1, mode: { enforce: 0.5 } })
    s.series(200, 0)
    const refused = s.calls.filter(({ error }) => error !== undefined).length
    expect(refused).toBeGreaterThan(70)
    expect(refused).toBeLessThan(130)
  })

  test('is a filter in the pick and no step of the chain', () => {
    expect(guarded({ perEndpoint: 1 }).service.describe().map(({ name }) => name)).toEqual(['attempts', 'balance'])
  })

  test('shows full endpoints as not available', () => {
    const s = guarded({ perEndpoint: 1 })
    s.series(2, 0)
    expect(s.service.cluster.inspect(s.clock.now()).map(({ available }) => available).toSorted()).toEqual([false, false, true])
  })
})
