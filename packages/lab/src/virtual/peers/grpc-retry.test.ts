import { describe, expect, it, vi } from 'vitest'
import type { VirtualCall } from '../contract.ts'
import { BUSY, Fleet } from './fleet.test-support.ts'
import { peers } from './index.ts'
import { RetryThrottle } from './retry/throttled-retries.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

describe("gRPC's retry throttle", () => {
  it('stops at half its tokens: with 10, at the fifth failure', () => {
    const throttle = new RetryThrottle(10, 0.1)
    for (let failure = 1; failure <= 4; failure++) throttle.failed()
    expect(throttle.allows).toBe(true)
    throttle.failed()
    expect(throttle.allows).toBe(false)
  })

  it('goes on when successes have brought it above half: one at 0.1', () => {
    const throttle = new RetryThrottle(10, 0.1)
    for (let failure = 1; failure <= 6; failure++) throttle.failed()
    for (let success = 1; success <= 10; success++) throttle.succeeded()
    expect([throttle.tokens.toFixed(6), throttle.allows]).toEqual(['5.000000', false])
    throttle.succeeded()
    expect(throttle.allows).toBe(true)
  })

  it('has no more than its maximum and no less than nothing', () => {
    const throttle = new RetryThrottle(10, 0.1)
    throttle.succeeded()
    expect(throttle.tokens).toBe(10)
    for (let failure = 0; failure < 20; failure++) throttle.failed()
    expect(throttle.tokens).toBe(0)
  })
})

describe('a gRPC channel', () => {
  it('backs off 100, 200, 400 ms, each within a fifth', () => {
    const fleet = new Fleet({ replicas: 4, serviceTime: () => 1, failure: () => BUSY })
    fleet.call(fleet.client(peers['grpc-retry']!.make({})))
    fleet.agenda.run()
    const gaps = fleet.sent.slice(1).map(({ at }, before) => at - fleet.sent[before]!.at)
    expect(gaps).toHaveLength(3)
    for (const [at, base] of [100, 200, 400].entries()) {
      expect(gaps[at]! / base).toBeGreaterThanOrEqual(0.8)
      expect(gaps[at]! / base).toBeLessThanOrEqual(1.2)
    }
  })

  it('of a service that fails whole sends four retries, then first tries only', () => {
    const fleet = new Fleet({ replicas: 4, serviceTime: () => 1, failure: () => BUSY })
    fleet.every(fleet.client(peers['grpc-retry']!.make({})), 1_000, 100)
    expect(fleet.sent.length - 100).toBe(3)
  })

  it('retries what is named only', () => {
    const internal = { ...BUSY, code: 'INTERNAL', status: 500 } as const
    const fleet = new Fleet({ replicas: 4, serviceTime: () => 1, failure: () => internal })
    fleet.call(fleet.client(peers['grpc-retry']!.make({})))
    fleet.call(fleet.client(peers['grpc-retry']!.make({ retryPolicy: { retryableStatusCodes: ['INTERNAL'] } })))
    fleet.agenda.run()
    expect(fleet.sent).toHaveLength(5)
  })

  it.each([
    ['one in twelve: every one is retried, since eleven successes bring back more than a failure costs', 12, 100, 100],
    ['one in five: after the first few none is, however well a retry would have done', 5, 4, 12]
  ])('where one try fails, and its retry would not, in %s', (_, nth, atLeast, atMost) => {
    const fails = ({ index }: VirtualCall): boolean => index % nth === 0 && fleet.sent.at(-1)?.ordinal === 0
    const fleet: Fleet = new Fleet({ replicas: 1, serviceTime: () => 1, failure: (call) => (fails(call) ? BUSY : undefined) })
    fleet.every(fleet.client(peers['grpc-retry']!.make({})), 500, 1_200)
    expect(fleet.sent.length - 1_200).toBeGreaterThanOrEqual(atLeast)
    expect(fleet.sent.length - 1_200).toBeLessThanOrEqual(atMost)
  })
})
