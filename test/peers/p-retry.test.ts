import { backup, compose, retry } from '@inmesh/pipeline'
import pRetry, { AbortError } from 'p-retry'
import { describe, expect, it } from 'vitest'

/** Fails as long as it is told to, and counts how often it was asked. */
function failing(error: () => Error): { readonly calls: () => number; readonly fn: () => Promise<never> } {
  let calls = 0
  return { calls: () => calls, fn: async () => { calls++; throw error() } }
}

const always = { repeat: 'always' } as const
const atOnce = retry({ maxExtraTries: 2, backoff: { min: 0, max: 0 } })

describe('a function written for p-retry, with the real p-retry', () => {
  it('that throws its AbortError is not sent again, and the caller gets what p-retry would have given', async () => {
    const cause = new Error('no such table')
    const [ours, theirs] = [failing(() => new AbortError(cause)), failing(() => new AbortError(cause))]
    await expect(compose(atOnce).wrap(ours.fn, always)()).rejects.toBe(cause)
    await expect(pRetry(theirs.fn, { minTimeout: 0 })).rejects.toBe(cause)
    expect([ours.calls(), theirs.calls()]).toEqual([1, 1])
  })

  it('is sent again where it throws anything else', async () => {
    const { calls, fn } = failing(() => Object.assign(new Error('refused'), { code: 'ECONNRESET' }))
    await expect(compose(atOnce).wrap(fn, always)()).rejects.toThrow('refused')
    expect(calls()).toBe(3)
  })

  it('is not sent again either where the error inside never left this process, or where classify speaks for a retry', async () => {
    const unsent = failing(() => new AbortError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })))
    await expect(compose(atOnce).wrap(unsent.fn, always)()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    const classified = failing(() => new AbortError('busy'))
    const classify = (error: unknown) => ({ kind: 'failure', code: 'UNAVAILABLE', reach: 'refused', cause: error }) as const
    await expect(compose(atOnce).wrap(classified.fn, { ...always, classify })()).rejects.toThrow('busy')
    expect([unsent.calls(), classified.calls()]).toEqual([1, 1])
  })

  it('ends the call at once while nothing else is in flight, a backup in waiting included', async () => {
    const { calls, fn } = failing(() => new AbortError('stop'))
    await expect(compose(atOnce, backup({ after: '5ms', maxExtraLoad: 1 })).wrap(fn, always)()).rejects.toThrow('stop')
    expect(calls()).toBe(1)
  })
})
