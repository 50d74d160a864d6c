import { manualClock, recorder } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { composeWith } from '../compose.ts'
import { InmeshError } from '../errors.ts'
import { limit, retry, timeout } from '../policies.ts'

const hang = (): Promise<never> => new Promise(() => {})

describe('a timeout around one client', () => {
  test('ends a call that takes longer, and aborts it', async () => {
    const clock = manualClock()
    let signal: AbortSignal | undefined
    const query = composeWith({ clock, name: 'db' }, [timeout(50)]).wrap((context) => {
      signal = context.signal
      return hang()
    })
    const failed = query().catch((error: unknown) => error)
    await clock.run(49)
    expect(signal?.aborted).toBe(false)
    await clock.run(1)
    const error = await failed
    expect(error).toMatchObject({ code: 'INMESH_DEADLINE_EXCEEDED', service: 'db', policy: 'timeout', numbers: { limitMs: 50 } })
    expect(InmeshError.is(error)).toBe(true)
    expect(signal).toMatchObject({ aborted: true, reason: error })
    expect(clock.pending).toBe(0)
  })

  test('leaves a call alone that is faster, and no timer behind', async () => {
    const clock = manualClock()
    const query = composeWith({ clock }, [timeout('1s')]).wrap(async () => 'rows')
    expect(await query()).toBe('rows')
    expect(clock.pending).toBe(0)
  })

  test('is shared by all that stands inside: retries have what is left of it', async () => {
    const clock = manualClock()
    const remaining: number[] = []
    const query = composeWith({ clock }, [timeout(100), retry({ backoff: { min: 0, max: 0 } })]).wrap((context) => {
      remaining.push(context.remaining())
      return new Promise((_, reject) => void clock.schedule(clock.now() + 30, true, reject, new Error('failed')))
    }, { repeat: 'always' })
    const done = query().catch((error: Error) => error.message)
    await clock.run(200)
    expect([await done, remaining]).toEqual(['failed', [100, 70]])
  })

  test('ends a wait in the queue of a limit inside it', async () => {
    const clock = manualClock()
    const query = composeWith({ clock }, [timeout(60), limit({ rate: 10, burst: 1, maxWait: '1s' })]).wrap(async () => clock.now())
    const outcomes = Promise.allSettled([query(), query()])
    await clock.run(200)
    expect(await outcomes).toMatchObject([{ value: 0 }, { reason: { code: expect.stringMatching(/INMESH_(RATE_LIMITED|DEADLINE_EXCEEDED)/) } }])
    expect(clock.pending).toBe(0)
  })

  test('that only observes tells of it and cuts nothing off', async () => {
    const clock = manualClock()
    const record = recorder()
    const query = composeWith({ clock, observe: record }, [timeout(50, { mode: 'observe' })]).wrap(
      () => new Promise((resolve) => void clock.schedule(80, true, resolve, 'late')))
    const done = query()
    await clock.run(100)
    expect(await done).toBe('late')
    expect(record.of('mode-differed')).toMatchObject([{ policy: 'timeout', at: 50 }])
  })
})
