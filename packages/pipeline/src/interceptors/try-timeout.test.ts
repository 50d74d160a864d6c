import { testService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'

describe('a timeout of each try', () => {
  test('gives a hung try up, so that another endpoint may answer in time', () => {
    const s = testService({ timeout: { perTry: 50 }, backup: false, rescue: false }, { endpoints: 2 })
    s.backend.on().once.hang()
    const call = s.call({ timeout: 200 })
    s.clock.advance(100)
    expect(call.reply?.status).toBe(200)
    expect(s.backend.sent).toMatchObject([{ tail: { code: 'DEADLINE_EXCEEDED' }, tailAt: 50 }, { cause: 'retry' }])
    s.assertReleased()
  })

  test('is held against the endpoint that hung', () => {
    const s = testService({ timeout: { perTry: 50 }, backup: false, rescue: false }, { endpoints: 2 })
    s.backend.on('a').hang()
    s.series(30, 60)
    expect(s.recorder.of('severity-changed').map(({ endpoint }) => endpoint)).toContain('a')
    expect(s.backend.to('a').length).toBeLessThan(s.backend.to('b').length / 2)
  })

  test('tells the caller which option it was when every try hung', () => {
    const s = testService({ timeout: { perTry: 50 }, retry: false })
    s.backend.on().hang()
    const call = s.call()
    s.clock.advance(50)
    expect(call.error).toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED', policy: 'timeout.perTry', numbers: { limitMs: 50, elapsedMs: 50 } })
    s.assertReleased()
  })

  test('measures to the head: a body may take longer', () => {
    const s = testService({ timeout: { perTry: 50 } })
    s.backend.on().reply(200, { body: { lasts: 500 } })
    const call = s.call()
    s.clock.advance(502)
    expect(call.tail).toMatchObject({ kind: 'success' })
    s.assertReleased()
  })

  test('leaves a try alone that the call’s own deadline ends no later', () => {
    const s = testService({ timeout: { perTry: 50 } })
    s.backend.on().hang()
    const call = s.call({ timeout: 50 })
    expect(s.clock.pendingHeld).toBe(0)
    s.clock.advance(50)
    expect(call.error).toMatchObject({ policy: 'timeout.total' })
  })

  test('that only observes tells of it and cuts nothing off', () => {
    const s = testService({ timeout: { perTry: 5, mode: 'observe' } })
    s.backend.on().reply(200, { after: 8 })
    const call = s.call()
    s.clock.advance(8)
    expect(call.reply?.status).toBe(200)
    expect(s.recorder.of('mode-differed')).toMatchObject([{ policy: 'timeout.perTry', at: 5 }])
  })
})
