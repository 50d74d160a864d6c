import { EngineModel, manualClock, testService, type TestService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import type { RateState } from '../shared/rate-state.ts'

function admitted(s: TestService): number | undefined {
  return s.service.stateOf<RateState>('limit')?.inspect(s.clock.now())?.admitted
}

function sent(s: TestService): number {
  return s.backend.sent.length
}

describe.each(['process', 'global'] as const)('a rate limit of the scope %s', (scope) => {
  const service = (policy: object = {}): TestService => {
    const clock = manualClock()
    return testService({ limit: { rate: 100, burst: 5, scope, ...policy }, retry: false, backup: false }, { clock, engine: new EngineModel({ clock }).connect() })
  }

  test('counts what it lets through, and not what it refuses', () => {
    const s = service()
    s.series(50, 1)
    s.clock.advance(100)
    expect(sent(s)).toBeGreaterThan(0)
    expect(sent(s)).toBeLessThan(50)
    expect(admitted(s)).toBe(sent(s))
  })

  test('counts what has waited when its turn comes, and not what left before', () => {
    const s = service({ maxWait: 1000 })
    s.series(20, 1)
    s.calls.at(-1)?.abandon(new Error('gone'))
    s.clock.advance(2000)
    expect(sent(s)).toBe(19)
    expect(admitted(s)).toBe(19)
  })

  test('goes on counting under other terms', () => {
    const s = service()
    s.call()
    s.service.configure({ limit: { rate: 50, scope } })
    s.call()
    s.clock.advance(100)
    expect(admitted(s)).toBe(2)
  })
})
