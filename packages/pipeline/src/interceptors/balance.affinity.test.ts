import { testService, type TestService } from '@inmesh/testing'
import type { Balancing } from '@inmesh/policy'
import { describe, expect, test, vi } from 'vitest'
import type { ServicePolicy } from '../service-policy.ts'

const HASH = { by: 'hash' } as const

function service(balance: NonNullable<ServicePolicy['balance']>, said: ServicePolicy = {}): TestService {
  return testService({ balance, backup: false, ...said }, { endpoints: 5 })
}

function addresses(s: TestService): (string | undefined)[] {
  return s.calls.flatMap(({ tries }) => tries.map(({ address }) => address))
}

describe('calls with a key', () => {
  test('go to one endpoint for each affinity, and to several for several', () => {
    const s = service(HASH)
    s.series(10, 10, { affinity: 'u1' })
    expect(new Set(addresses(s)).size).toBe(1)
    for (let i = 0; i < 50; i++) s.series(1, 10, { affinity: `u${i}` })
    expect(new Set(addresses(s)).size).toBe(5)
  })

  test('are balanced by latency when they have none', () => {
    const s = service(HASH)
    s.backend.on('a').reply(200, { after: 100 })
    s.series(1_000, 2)
    expect(s.shares()['a']).toBeLessThan(0.05)
  })

  test('retry in the order of their key, each time the same', () => {
    const s = service(HASH, { retry: { maxExtraTries: 2, backoff: { min: 0, max: 0 } }, budget: { ratio: 5, initial: 100 }, eject: false })
    s.backend.on().reply(503)
    const orders = s.series(5, 10, { affinity: 'u1' }).map(({ tries }) => tries.map(({ address }) => address).join())
    expect([new Set(orders).size, new Set(orders[0]!.split(',')).size]).toEqual([1, 3])
  })

  test('send their backup to the second of that order', () => {
    const s = service(HASH, { backup: { after: 10, maxExtraLoad: 1 }, budget: { ratio: 1, initial: 100 } })
    const home = s.series(1, 200, { affinity: 'u1' })[0]!.tries[0]!.address
    s.backend.on(home).reply(200, { after: 50 })
    const used = s.series(8, 200, { affinity: 'u1' }).map(({ tries }) => tries.map(({ address }) => address).join())
    expect(new Set(used).size).toBe(1)
    expect(used[0]!.split(',')).toHaveLength(2)
  })
})

describe('a key of the policy’s own', () => {
  test('stands in the place of the call’s affinity, and is asked once a call', () => {
    const key = vi.fn<(call: { operation: string }) => string>(({ operation }) => operation)
    const s = service({ ...HASH, key }, { retry: { maxExtraTries: 2, backoff: { min: 0, max: 0 } }, budget: { ratio: 5, initial: 100 }, eject: false })
    s.backend.on().reply(503)
    for (let i = 0; i < 5; i++) s.series(1, 10, { affinity: `u${i}`, operation: 'GET /x' })
    expect(key).toHaveBeenCalledTimes(5)
    expect(new Set(s.calls.map(({ tries }) => tries[0]!.address)).size).toBe(1)
  })

  test('that is none leaves the call without one', () => {
    const s = service({ ...HASH, key: () => undefined })
    s.backend.on().reply(200, { after: 5 })
    s.series(60, 10, { affinity: 'u1' })
    expect(new Set(addresses(s)).size).toBeGreaterThan(2)
  })

  test('that throws is passed over: the call has its own, and is made', () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const key = vi.fn<() => string>(() => { throw new Error('no tenant') })
    const s = service({ ...HASH, key })
    const calls = s.series(40, 10, { affinity: 'u1' })
    expect(calls.every(({ outcome }) => outcome?.kind === 'success')).toBe(true)
    expect(new Set(addresses(s)).size).toBe(1)
    expect(key).toHaveBeenCalledTimes(10)
    expect(s.recorder.of('compiled-out')).toMatchObject([{ interceptor: 'balance.key' }])
  })

  test('is not asked under another balancer, nor where balancing is off', () => {
    const key = vi.fn<() => string>(() => 'k')
    for (const balance of [{ by: 'latency', key }, { ...HASH, key, mode: 'off' }] as const) service(balance).series(5, 10)
    expect(key).not.toHaveBeenCalled()
  })
})

const kinds: readonly Balancing[] = ['weighted-round-robin', 'least-request', 'hash']

describe.each(kinds)('%s', (by) => {
  const affinity = by === 'hash' ? { affinity: 'u1' } : {}

  test('goes in turn where it is off, blind to weights, zones and keys', () => {
    const s = testService({ balance: { by, mode: 'off', localZone: 'x' } }, { endpoints: [{ key: 'a', weight: 9, zone: 'x' }, 'b', { key: 'c', zone: 'y' }] })
    s.series(9, 10, affinity)
    expect(Object.values(s.shares())).toEqual([1 / 3, 1 / 3, 1 / 3])
    expect(s.recorder.of('mode-differed')).toEqual([])
    s.assertReleased()
  })

  test('goes in turn where it observes, and tells whom it would have picked', () => {
    const s = testService({ balance: { by, mode: 'observe' }, backup: false }, { endpoints: 4 })
    s.series(40, 10, affinity)
    expect(Object.values(s.shares())).toEqual([0.25, 0.25, 0.25, 0.25])
    const would = s.recorder.of('mode-differed')
    expect(would.length).toBeGreaterThan(10)
    if (by === 'hash') expect(new Set(would.map((event) => event.would)).size).toBe(1)
    s.assertReleased()
  })

  test('acts on its share of calls where it is enforced in part', () => {
    const s = testService({ balance: { by, mode: { enforce: 0.5 } }, backup: false }, { endpoints: [{ key: 'a', weight: 97 }, 'b', 'c', 'd'] })
    for (let i = 0; i < 2_000; i++) s.series(1, 2, by === 'hash' ? { affinity: `u${i}` } : {})
    // Half of all in turn, which is an eighth, and of the other half nearly all; idle endpoints are all alike to least-request.
    if (by === 'least-request') expect(Math.abs(s.shares()['a']! - 0.375)).toBeLessThan(0.05)
    else expect(Math.abs(s.shares()['a']! - 0.61)).toBeLessThan(0.05)
    s.assertReleased()
  })

  test('closes every lease, whatever becomes of tries and endpoints', () => {
    const s = testService({ balance: { by, slowStart: 1_000 }, backup: { after: 5, maxExtraLoad: 1 }, budget: { ratio: 2, initial: 100 } }, { endpoints: ['a', { key: 'b', priority: 1 }, 'c'] })
    s.backend.on('a').reply(503)
    s.backend.on('b').reply(200, { after: 20 })
    s.backend.on('c').hang()
    s.series(30, 3, affinity)
    s.setEndpoints(['a', 'd'])
    s.series(10, 3, affinity)
    for (const call of s.calls) call.giveUp()
    s.clock.advance(60_000)
    expect(() => s.assertReleased()).not.toThrow()
  })
})
