import { formatWallDeadline } from '@inmesh/policy'
import { ambient, InmeshError, withAmbient } from '@inmesh/pipeline'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { testServer } from '../call.test-support.ts'
import { extract, inject } from './carrier.ts'
import { currentCall, detached } from './current-call.ts'
import type { CurrentCall } from './current-work.ts'
import * as wall from './wall-clock.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Runs `fn` with so much time left, in ms. */
function within<T>(left: number, fn: () => T): T {
  return withAmbient({ deadline: performance.now() + left, criticality: 'SHEDDABLE', noRetry: false }, fn)
}

describe('a message', () => {
  it('carries the time that is left twice, as a length and as an instant, and its criticality', () => {
    vi.spyOn(wall, 'wallNow').mockReturnValue(1_000_000)
    const headers = within(500, () => inject({ own: 'kept' }))
    expect(headers).toMatchObject({ own: 'kept', 'inmesh-criticality': 'SHEDDABLE' })
    const left = Number(headers['x-envoy-expected-rq-timeout-ms'])
    expect(left).toBeGreaterThan(400)
    expect(left).toBeLessThanOrEqual(500)
    expect(Number(headers['inmesh-deadline']) - 1_000_000 - left).toBeLessThanOrEqual(1)
  })

  it('carries nothing of what nobody said', () => {
    expect(inject()).toEqual({})
    expect(withAmbient({ deadline: Infinity, criticality: undefined, noRetry: false }, () => inject())).toEqual({})
  })

  it('carries the mark of the request that it is sent for: what comes of it is a repetition, too', () => {
    const { send } = testServer()
    const call = send({ 'inmesh-attempt': 'retry;after=overload' })
    const headers = withAmbient(call, () => inject())
    expect(headers).toEqual({ 'inmesh-attempt': 'retry;after=overload' })
    expect(extract(headers, ({ isRetry }) => [isRetry, ambient()?.noRetry])).toEqual([true, true])
  })

  it('has less left by as much as it waited', () => {
    const now = vi.spyOn(wall, 'wallNow').mockReturnValue(1_000_000)
    const headers = within(500, () => inject())
    now.mockReturnValue(1_000_200)
    const left = extract(headers, (call) => call.remaining())
    expect(left).toBeGreaterThan(190)
    expect(left).toBeLessThanOrEqual(295)
  })

  it('never has more left than when it was sent, though the clock here is behind', () => {
    vi.spyOn(wall, 'wallNow').mockReturnValue(1_000_000)
    expect(extract({ 'x-envoy-expected-rq-timeout-ms': '500', 'inmesh-deadline': '1000900' }, (call) => call.remaining())).toBeLessThanOrEqual(495)
  })

  it('counts from now where its instant shows that the clocks differ by more than a second', () => {
    vi.spyOn(wall, 'wallNow').mockReturnValue(1_000_000)
    const left = extract({ 'x-envoy-expected-rq-timeout-ms': '500', 'inmesh-deadline': '1600000' }, (call) => call.remaining())
    expect(left).toBeGreaterThan(400)
    expect(left).toBeLessThanOrEqual(495)
  })

  it('whose time is up is run all the same, and knows it', () => {
    const headers = { 'x-envoy-expected-rq-timeout-ms': '500', 'inmesh-deadline': formatWallDeadline(Date.now() - 1_000)! }
    const [left, { aborted, reason }] = extract(headers, (call) => [call.remaining(), call.signal] as const)
    expect([left, aborted, InmeshError.is(reason) && reason.code]).toEqual([0, true, 'INMESH_DEADLINE_EXCEEDED'])
  })

  it('is the current call of what runs for it, and no longer after', async () => {
    let seen: (CurrentCall | undefined)[] = []
    const result = await extract({ 'inmesh-criticality': 'CRITICAL_PLUS' }, async (call) => {
      await Promise.resolve()
      seen = [call, currentCall()]
      return 'done'
    })
    expect(result).toBe('done')
    expect(seen[0]).toBe(seen[1])
    expect(seen[0]!.criticality).toBe('CRITICAL')
    expect(currentCall()).toBeUndefined()
  })

  it('is read from bytes, as Kafka has them, and from lists of one', () => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
    expect(extract({ 'inmesh-criticality': bytes('SHEDDABLE'), 'x-envoy-expected-rq-timeout-ms': [bytes('500')] }, (call) => [call.criticality, call.remaining() > 400])).toEqual(['SHEDDABLE', true])
  })

  it('that says nothing, or nonsense, is as one without headers', () => {
    for (const carrier of [{}, { 'inmesh-deadline': 'tomorrow', 'inmesh-criticality': 7 as never, 'inmesh-attempt': ['retry', 'retry'], 'x-envoy-expected-rq-timeout-ms': '-5' }]) {
      expect(extract(carrier, (call) => [call.remaining(), call.criticality, call.isRetry, call.signal.aborted])).toEqual([Infinity, 'CRITICAL', false, false])
    }
  })

  it('hands on what its handler throws', () => {
    expect(() => extract({ 'x-envoy-expected-rq-timeout-ms': '500' }, () => { throw new Error('on purpose') })).toThrow('on purpose')
  })

  it('refuses options that are wrong', () => {
    expect(() => extract({}, () => {}, { maxCriticality: 'TOP' as never })).toThrow('extract.maxCriticality: got "TOP"')
  })
})

describe('work that is detached', () => {
  it('is for nobody, while what is around it goes on', () => {
    const { send } = testServer()
    const call = send({ 'grpc-timeout': '1S' })
    withAmbient(call, () => {
      expect(detached(() => [ambient(), currentCall()])).toEqual([undefined, undefined])
      expect(currentCall()).toBe(call.current)
    })
  })
})

describe('the current call', () => {
  it('has less left inside of a nearer deadline', () => {
    const { clock, send } = testServer()
    const call = send({ 'grpc-timeout': '1S' })
    withAmbient(call, () => {
      withAmbient({ deadline: clock.now() + 100, criticality: undefined, noRetry: false }, () => expect(currentCall()!.remaining()).toBe(100))
      expect(currentCall()!.remaining()).toBe(995)
    })
  })
})
