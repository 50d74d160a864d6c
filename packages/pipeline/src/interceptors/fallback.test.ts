import { AsyncLocalStorage } from 'node:async_hooks'
import { testService } from '@inmesh/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.restoreAllMocks()
})

const quiet = (): void => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {})

/** A fallback that answers when the test says so. */
function slow(): { reply: () => Promise<unknown>; resolve: (value: unknown) => void; reject: (error: unknown) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  return { reply: () => promise, resolve, reject }
}

describe('a fallback', () => {
  test('is what the caller gets instead of a failure, and counts as a degraded success', () => {
    const s = testService({ retry: false, fallback: { reply: (call, error) => ({ for: call.operation, because: error.message }) } })
    s.backend.on().reply(503)
    const call = s.call({ operation: 'GET /items' })
    s.clock.advance(1)
    expect(call.reply).toEqual({ status: 200, body: { for: 'GET /items', because: 'test: failed with UNAVAILABLE 503' } })
    expect(s.recorder.last('ended')).toMatchObject({ fallback: true, outcome: { kind: 'success' } })
    expect(call.outcome).toMatchObject({ kind: 'success' })
  })

  test('sees refusals and failures of the transport alike, each with its own error', () => {
    const seen: unknown[] = []
    const s = testService({ retry: false, drop: { ratios: { SHEDDABLE: 1 } }, fallback: { reply: (_, error) => seen.push(error) } })
    const cause = new Error('reset')
    s.backend.on().fail('UNAVAILABLE', { cause })
    s.call({ criticality: 'SHEDDABLE' })
    s.call()
    s.clock.advance(1)
    expect(seen).toEqual([expect.objectContaining({ code: 'INMESH_DROPPED' }), cause])
  })

  test('waits for the retries: it is the last resort', () => {
    const s = testService({ fallback: { reply: () => 'fallback' } })
    s.backend.on().once.reply(503)
    const call = s.call()
    s.clock.advance(100)
    expect([call.reply?.status, call.degraded, call.tries.length]).toEqual([200, false, 2])
  })

  test('leaves successes alone, a 404 among them, and calls that their caller gave up', () => {
    const reply = vi.fn(() => 'fallback')
    const s = testService({ fallback: { reply } })
    s.backend.on().once.reply(404)
    s.call()
    s.clock.advance(1)
    s.backend.on().hang()
    s.call().giveUp()
    expect(reply).not.toHaveBeenCalled()
    s.assertReleased()
  })

  test('may take its time; the failed reply holds no connection meanwhile', async () => {
    const { reply, resolve } = slow()
    const s = testService({ retry: false, fallback: { reply } })
    s.backend.on().reply(503, { body: 'unread' })
    const call = s.call()
    s.clock.advance(1)
    expect([call.settled, s.backend.open]).toEqual([false, 0])
    resolve('from the cache')
    await s.clock.run(10)
    expect(call.reply?.body).toBe('from the cache')
    s.assertReleased()
  })

  test('that throws or rejects is passed over: the caller gets the failure itself', async () => {
    quiet()
    for (const reply of [() => { throw new Error('bug') }, () => Promise.reject(new Error('bug'))]) {
      const s = testService({ retry: false, fallback: { reply } })
      s.backend.on().reply(503, { content: 'the failure' })
      const call = s.call()
      await s.clock.run(1)
      expect(call.reply).toEqual({ status: 503, body: 'the failure' })
      expect(call.degraded).toBe(false)
      expect(s.recorder.of('interceptor-failed')).toMatchObject([{ interceptor: 'fallback' }])
      expect(s.recorder.last('ended')).toMatchObject({ fallback: false, outcome: { kind: 'failure' } })
      s.assertReleased()
    }
  })

  test('answers a call whose deadline passed: that is when it is needed', () => {
    const s = testService({ fallback: { reply: (_, error) => error.name } })
    s.backend.on().hang()
    const call = s.call({ timeout: 50 })
    s.clock.advance(50)
    expect([call.reply?.body, call.latency]).toEqual(['DeadlineExceeded', 50])
    s.assertReleased()
  })

  test('that is under way when the deadline passes may finish', async () => {
    const { reply, resolve } = slow()
    const s = testService({ retry: false, fallback: { reply } })
    s.backend.on().reply(503)
    const call = s.call({ timeout: 50 })
    await s.clock.run(60)
    expect(call.settled).toBe(false)
    resolve('late but something')
    await s.clock.run(5)
    expect(call.reply?.body).toBe('late but something')
    s.assertReleased()
  })

  test('that rejects after the deadline leaves the caller the failure, and nothing open', async () => {
    quiet()
    const { reply, reject } = slow()
    const s = testService({ retry: false, fallback: { reply } })
    s.backend.on().reply(503)
    const call = s.call({ timeout: 50 })
    await s.clock.run(60)
    reject(new Error('cache down'))
    await s.clock.run(5)
    expect(call.outcome).toMatchObject({ kind: 'failure', status: 503 })
    s.assertReleased()
  })

  test('is let go of when the caller goes away meanwhile, whatever it says later', async () => {
    const { reply, resolve } = slow()
    const s = testService({ retry: false, fallback: { reply } })
    s.backend.on().reply(503)
    const call = s.call()
    await s.clock.run(1)
    call.giveUp()
    expect(call.outcome).toEqual({ kind: 'ignored', why: 'caller' })
    resolve('nobody asked')
    await s.clock.run(5)
    expect(call.reply).toBeUndefined()
    expect(s.recorder.of('ended')).toHaveLength(1)
    s.assertReleased()
  })

  test('that never answers gives the failure back after a second, and what it says later is nobody’s', async () => {
    quiet()
    const { reply, resolve } = slow()
    const s = testService({ retry: false, timeout: { total: 50 }, fallback: { reply } })
    s.backend.on().reply(503)
    const call = s.call()
    await s.clock.run(900)
    expect(call.settled).toBe(false)
    await s.clock.run(200)
    expect(call.outcome).toMatchObject({ kind: 'failure', status: 503 })
    resolve('too late')
    await s.clock.run(5)
    expect(s.recorder.of('ended')).toHaveLength(1)
    s.assertReleased()
  })

  test('may be any thenable, as of a library’s own promises', async () => {
    const s = testService({ retry: false, fallback: { reply: () => ({ then: (resolve: (value: string) => void) => resolve('thenable') }) } })
    s.backend.on().reply(503)
    const call = s.call()
    await s.clock.run(5)
    expect(call.reply?.body).toBe('thenable')
  })
})

test('a fallback is in the async context of its own caller, whoever’s socket or timer led to it', () => {
  const storage = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const s = testService({ retry: false, timeout: { total: 50 }, rescue: false, fallback: { reply: () => seen.push(storage.getStore()) } })
  s.backend.on().once.reply(503, { after: 10 })
  s.backend.on().hang()
  for (const who of ['a', 'b']) storage.run(who, () => s.call())
  storage.run('somebody else', () => s.clock.advance(100))
  expect(seen).toEqual(['a', 'b'])
})
