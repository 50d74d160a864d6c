import { EngineModel, manualClock, testService, type TestService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { InmeshError } from '../errors.ts'
import type { ServicePolicy } from '../service-policy.ts'

const plain: ServicePolicy = { retry: false, backup: false, rescue: false, eject: false }

/** Each policy that refuses, brought to where it does. */
const refusing: Readonly<Record<string, () => TestService>> = {
  drop: () => {
    const s = testService({ ...plain, drop: { ratios: 1 } })
    s.call({ criticality: 'SHEDDABLE' })
    return s
  },
  limit: () => {
    const s = testService({ ...plain, limit: { rate: 2, per: 500, burst: 2 } })
    s.series(3, 0)
    return s
  },
  'limit of a key': () => {
    const s = testService({ ...plain, limit: { rate: 2, per: 500, burst: 2, key: () => 'tenant' } })
    s.series(3, 0)
    return s
  },
  'limit of all processes': () => {
    const clock = manualClock()
    const s = testService({ ...plain, limit: { scope: 'global', rate: 10, burst: 1 } }, { clock, engine: new EngineModel({ clock }).connect() })
    s.series(2000, 1)
    return s
  },
  concurrency: () => {
    const s = testService({ ...plain, concurrency: { min: 2, max: 2 } })
    s.backend.on().hang()
    s.series(3, 0)
    return s
  },
  'concurrency, after a wait': () => {
    const s = testService({ ...plain, concurrency: { min: 1, max: 1, queue: 1, maxWait: 20 } } as ServicePolicy)
    s.backend.on().hang()
    s.series(2, 0)
    s.clock.advance(100)
    return s
  },
  breaker: () => {
    const s = testService({ ...plain, breaker: {} })
    s.backend.on().reply(503)
    s.series(1000, 10)
    return s
  },
  guard: () => {
    const s = testService({ ...plain, guard: { perEndpoint: 1 } }, { endpoints: 2 })
    s.backend.on().hang()
    s.series(3, 0)
    return s
  },
}

describe.each(Object.entries(refusing))('a call that is refused by %s', (name, made) => {
  test('is told of with the numbers of the error that its caller gets, and the call that it is', () => {
    const s = made()
    const refused = s.calls.filter(({ error }) => InmeshError.is(error))
    const events = s.recorder.of('refused')
    expect(events.length).toBeGreaterThan(0)
    expect(events).toHaveLength(refused.length)
    for (const [i, { error, criticality }] of refused.entries()) {
      const { policy, numbers } = error as InmeshError
      expect(Object.keys(numbers).length).toBeGreaterThan(0)
      expect(events[i]).toMatchObject({ policy: name.split(/ |,/)[0], criticality })
      expect([events[i]?.policy, events[i]?.numbers]).toEqual([policy, numbers])
    }
  })
})

test('an extra try that is refused is told of without a criticality: its call goes on', () => {
  const s = testService({ ...plain, retry: { maxExtraTries: 1 }, budget: { initial: 0, floor: 0, ratio: 0 } })
  s.backend.on().fail('UNAVAILABLE')
  s.call({ repeat: 'always' })
  s.clock.advance(1000)
  expect(s.recorder.of('refused')).toEqual([{ type: 'refused', service: 'test', at: expect.any(Number), operation: 'GET', policy: 'retry', why: 'budget' }])
})

describe('a pick', () => {
  test('tells what is left of the call’s time as its try is sent, and nothing where nobody set a limit', () => {
    const s = testService({ timeout: { total: 1000 }, retry: { maxExtraTries: 1, backoff: { min: 100, max: 100 } }, eject: false })
    s.backend.on().once.fail('UNAVAILABLE', { after: 50 })
    s.call({ repeat: 'always' })
    s.clock.advance(1000)
    const [first = NaN, retry = NaN] = s.recorder.of('picked').map(({ remaining }) => remaining)
    expect(first).toBe(1000)
    expect(retry).toBe(1000 - (s.recorder.last('retried')?.after ?? NaN))
    const unlimited = testService({})
    unlimited.call()
    expect(unlimited.recorder.last('picked')?.remaining).toBeUndefined()
  })

  test('tells why it went where it did', () => {
    const s = testService({ balance: { by: 'round-robin' } }, { endpoints: 4 })
    s.call()
    expect(s.recorder.last('picked')).toMatchObject({ by: 'round-robin', among: 4, of: 4, cost: expect.any(Number), median: expect.any(Number) })
  })
})
