import { EngineModel, testService, type TestService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { Metered } from './meter.test-support.ts'

/** A real chain on virtual time, and what is told of it. */
function metered(...args: Parameters<typeof testService>): { readonly s: TestService; sum(name: string, attributes?: Record<string, unknown>): Promise<number> } {
  const meter = new Metered()
  const s = testService(...args)
  s.service.observers.add(meter.observer)
  return {
    s,
    sum: async (name, attributes = {}) => {
      const points = (await meter.points(name)).filter((point) => Object.entries(attributes).every(([label, value]) => point.attributes[label] === value))
      return points.reduce((sum, { value, count }) => sum + (count ?? value), 0)
    },
  }
}

const cause = (of: string): Record<string, unknown> => ({ 'inmesh.cause': of })

describe('of a service whose endpoint fails', () => {
  test('calls and tries are counted apart, and a retry is asked for, sent and wins', async () => {
    const { s, sum } = metered({ retry: { maxExtraTries: 1 }, eject: false, backup: false }, { endpoints: 2 })
    s.backend.on('a').fail('UNAVAILABLE')
    s.series(10, 400, { repeat: 'always' })
    s.clock.advance(1000)
    const failed = s.backend.sent.filter(({ endpoint }) => endpoint === 'a').length
    expect(failed).toBeGreaterThan(0)
    expect(await sum('inmesh.call.duration', { 'inmesh.outcome': 'success' })).toBe(10)
    expect(await sum('inmesh.try.duration')).toBe(s.backend.sent.length)
    expect(await sum('inmesh.try.duration', { 'inmesh.outcome': 'failure', 'inmesh.code': 'UNAVAILABLE' })).toBe(failed)
    for (const what of ['asked', 'sent', 'won']) expect(await sum(`inmesh.extra_try.${what}`, cause('retry')), what).toBe(failed)
    expect(await sum('inmesh.extra_try.refused')).toBe(0)
    // It is not HTTP: nothing says a method.
    expect(await sum('http.client.request.duration')).toBe(0)
  })

  test('what was asked for is what was sent and what was refused, and no budget is told of once', async () => {
    const { s, sum } = metered({ retry: { maxExtraTries: 1 }, eject: false, backup: false }, { endpoints: 2 })
    for (const endpoint of ['a', 'b']) s.backend.on(endpoint).fail('UNAVAILABLE')
    s.series(40, 5, { repeat: 'always' })
    s.clock.advance(1000)
    const [asked, sent, refused] = [await sum('inmesh.extra_try.asked'), await sum('inmesh.extra_try.sent'), await sum('inmesh.extra_try.refused')]
    expect(sent).toBeGreaterThan(0)
    expect(await sum('inmesh.extra_try.refused', { 'inmesh.why': 'budget' })).toBeGreaterThan(0)
    expect(asked).toBe(sent + refused)
    expect(await sum('inmesh.budget.empty', { 'inmesh.budget': 'retry' })).toBeGreaterThan(0)
    expect(await sum('inmesh.extra_try.won')).toBe(0)
  })

  test('its ejection and return are counted', async () => {
    const { s, sum } = metered({ retry: false, balance: { by: 'round-robin' } }, { endpoints: 4 })
    s.backend.on('a').fail('UNAVAILABLE')
    s.series(100, 10, { repeat: 'always' })
    expect(await sum('inmesh.ejection.enforced', { 'inmesh.why': 'consecutive' })).toBe(1)
    s.backend.on('a').reply(200)
    s.series(1000, 10, { repeat: 'always' })
    expect(await sum('inmesh.ejection.probes')).toBeGreaterThan(0)
    expect(await sum('inmesh.ejection.returns')).toBe(1)
  })
})

test('a backup that wins is told from the try that it beat', async () => {
  const { s, sum } = metered({ backup: { after: 20 }, retry: false, eject: false }, { endpoints: 2 })
  s.series(200, 5, { repeat: 'always' })
  s.backend.on('a').hang()
  s.series(20, 100, { repeat: 'always' })
  s.clock.advance(1000)
  const sent = await sum('inmesh.extra_try.sent', cause('backup'))
  expect(sent).toBeGreaterThan(0)
  expect(await sum('inmesh.extra_try.won', cause('backup'))).toBe(sent)
  expect(await sum('inmesh.try.duration', { 'inmesh.outcome': 'superseded', 'inmesh.cause': 'first' })).toBe(sent)
})

test('calls that a policy refuses are counted by criticality', async () => {
  const { s, sum } = metered({ drop: { ratios: { SHEDDABLE: 1 } } })
  s.call({ criticality: 'SHEDDABLE' })
  s.call()
  s.clock.advance(100)
  expect(await sum('inmesh.call.refused', { 'inmesh.policy': 'drop', 'inmesh.criticality': 'SHEDDABLE' })).toBe(1)
  expect(await sum('inmesh.call.duration')).toBe(2)
})

test('a call whose fallback answers is a call, and a fallback of its criticality', async () => {
  const { s, sum } = metered({ drop: { ratios: { SHEDDABLE: 1 } }, fallback: { reply: () => 'degraded' } })
  s.call({ criticality: 'SHEDDABLE' })
  s.clock.advance(100)
  expect(await sum('inmesh.call.fallbacks', { 'inmesh.criticality': 'SHEDDABLE' })).toBe(1)
  expect(await sum('inmesh.call.duration', { 'inmesh.outcome': 'fallback' })).toBe(1)
})

test('asks, grants and tokens of a limit of many processes are counted', async () => {
  const { clock } = testService()
  const { s, sum } = metered({ limit: { rate: 100, scope: 'global' } }, { clock, engine: new EngineModel({ clock }).connect() })
  s.series(400, 5)
  s.clock.advance(3000)
  s.series(10, 5)
  expect(await sum('inmesh.lease.asked', { 'inmesh.limit': 'test/limit' })).toBeGreaterThan(5)
  expect(await sum('inmesh.lease.granted')).toBeGreaterThan(5)
  expect(await sum('inmesh.lease.tokens')).toBeGreaterThan(50)
  expect(await sum('inmesh.lease.unused')).toBeGreaterThan(0)
  expect(await sum('inmesh.call.refused', { 'inmesh.policy': 'limit', 'inmesh.why': 'rate' })).toBeGreaterThan(0)
})
