import { describe, expect, test } from 'vitest'
import { testService } from './test-service.ts'

describe('a test service', () => {
  test('runs the real policies on virtual time: a 503 is retried elsewhere', () => {
    const s = testService({}, { endpoints: 2 })
    s.backend.on('a').reply(503)
    const calls = s.series(10, 300)
    expect(calls.every((call) => call.outcome?.kind === 'success')).toBe(true)
    expect(s.recorder.of('retried').length).toBeGreaterThan(0)
    expect(s.backend.to('a').length).toBe(s.recorder.of('retried').length)
    s.assertReleased()
  })

  test('repeats itself byte for byte under one seed, and not under another', () => {
    const trace = (seed: number): string => {
      const s = testService({}, { endpoints: 4, seed })
      s.backend.on('b').reply(503, { after: 3 })
      s.backend.on('c').reply(200, { after: 12 })
      s.series(50, 7)
      s.clock.advance(1000)
      return s.recorder.trace()
    }
    expect(trace(1)).toBe(trace(1))
    expect(trace(1)).not.toBe(trace(2))
  })

  test('tells what is still held', () => {
    const s = testService({}, { endpoints: 2 })
    s.backend.on().hang()
    s.call({ timeout: 1000 })
    expect(() => s.assertReleased()).toThrow(/1 calls without an answer.*1 requests open.*1 tries in flight.*timers/)
  })

  test('lets the caller go away', () => {
    const s = testService()
    s.backend.on().hang()
    const call = s.call()
    call.giveUp(new Error('closed the tab'))
    expect(call.outcome).toEqual({ kind: 'ignored', why: 'caller' })
    expect(call.error).toMatchObject({ message: 'closed the tab' })
    s.assertReleased()
  })

  test('names endpoints, weighs them, and changes them', () => {
    const s = testService({}, { endpoints: ['x', { key: 'y', weight: 3 }] })
    expect([s.endpoint('x').weight, s.endpoint('y').weight]).toEqual([1, 3])
    s.setEndpoints(30)
    expect(s.service.cluster.pool.members.map(({ key }) => key).slice(24, 28)).toEqual(['y', 'z', 'e26', 'e27'])
    expect(() => s.endpoint('x1')).toThrow('no endpoint "x1"')
  })
})
