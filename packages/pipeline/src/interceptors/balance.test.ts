import { contractChecks, testService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'

describe('balancing', () => {
  test('places every try afresh, away from the endpoints already used', () => {
    const s = testService({ retry: { maxExtraTries: 2, backoff: { min: 0, max: 0 } }, budget: { ratio: 5 } }, { endpoints: 3 })
    s.backend.on().reply(503)
    for (const { tries } of s.series(20, 10)) {
      expect(new Set(tries.map(({ address }) => address)).size).toBe(3)
    }
  })

  test('sends less to who is slow and what is left to who is not', () => {
    const s = testService({ backup: false }, { endpoints: 4, seed: 4 })
    s.backend.on('a').reply(200, { after: 100 })
    s.backend.on().reply(200, { after: 5 })
    s.series(1000, 2)
    expect(s.shares()['a']).toBeLessThan(0.05)
  })

  test('hears the tail too: a body that breaks is held against its endpoint', () => {
    const s = testService({ balance: { by: 'round-robin' }, eject: { consecutive: 5 }, backup: false }, { endpoints: 3 })
    s.backend.on('a').reply(200, { body: { breaks: 2 } })
    s.series(200, 5)
    expect(s.recorder.of('ejected').map(({ endpoint }) => endpoint)).toContain('a')
  })

  test('without endpoints says so, at once', () => {
    const s = testService({}, { endpoints: 0 })
    const call = s.call()
    expect(call.error).toMatchObject({ code: 'INMESH_NO_ENDPOINT', numbers: { known: 0 } })
    expect(s.recorder.of('refused')).toMatchObject([{ policy: 'balance', why: 'none known', numbers: { known: 0 } }])
    s.assertReleased()
  })

  test('tells each try’s endpoint when it was picked, and what became of it at its end', () => {
    const s = testService({}, { endpoints: 1 })
    s.backend.on('a').reply(200, { after: 3, body: { lasts: 4 } })
    s.call({ operation: 'GET /x' })
    s.clock.advance(10)
    expect(s.recorder.events).toMatchObject([
      { type: 'picked', at: 0, endpoint: 'a', cause: 'first', ordinal: 0, operation: 'GET /x' },
      { type: 'ended', at: 3, latency: 3, tries: 1, outcome: { kind: 'success' } },
      { type: 'tried', at: 7, endpoint: 'a', latency: 7, outcome: { kind: 'success' } },
    ])
  })

  // Inv. 11.
  test('is not skewed by ten thousand bodies that nobody reads', () => {
    const s = testService({ backup: false }, { endpoints: 4, seed: 9 })
    s.backend.on().reply(200, { body: 'unread' })
    s.series(10_000, 1)
    for (const share of Object.values(s.shares())) expect(Math.abs(share - 0.25)).toBeLessThan(0.03)

    // All of them at one endpoint: as if its replies alone were never read.
    for (const sent of s.backend.sent) if (sent.endpoint !== 'a') sent.read()
    s.clock.advance(2000)
    expect([s.inFlight(), s.endpoint('a').open]).toEqual([0, s.backend.to('a').length])
    const before = s.backend.sent.length
    s.backend.on().reply(200)
    s.series(4000, 1)
    const late = s.backend.sent.slice(before)
    expect(Math.abs(late.filter(({ endpoint }) => endpoint === 'a').length / late.length - 0.25)).toBeLessThan(0.03)
    for (const call of s.calls) call.discard()
    s.assertReleased()
  })

  test('closes every lease once, for an endpoint that has left meanwhile too', () => {
    const checks = contractChecks()
    const s = testService({ interceptors: [checks.layer('routed')] }, { endpoints: 2 })
    s.backend.on().hang()
    s.series(6, 1)
    const gone = [s.endpoint('a'), s.endpoint('b')]
    s.setEndpoints(['c'])
    for (const call of s.calls) call.giveUp()
    expect(gone.map((endpoint) => endpoint.inFlight(s.clock.now()))).toEqual([0, 0])
    expect([checks.unanswered, checks.open, checks.breaches]).toEqual([0, 0, []])
  })
})
