import { status } from '@grpc/grpc-js'
import type { Refusal } from '@inmesh/server'
import { describe, expect, it } from 'vitest'
import { refusedStatus } from './refused-status.ts'

function refused(facts: Partial<Refusal>) {
  const { code, details, metadata } = refusedStatus({ status: 503, policy: 'admission', why: 'limit', detail: 'full', retryAfter: 0, doNotRetry: false, rateLimit: undefined, headers: [], body: '', ...facts })
  return { code, details, ...metadata.getMap() }
}

describe('a refusal, as a status', () => {
  it('says that nothing was done, by whom and why', () => {
    expect(refused({})).toEqual({ code: status.UNAVAILABLE, details: 'full (inmesh: admission, limit)', 'inmesh-refused': '1' })
  })

  it('is not to be retried where the whole service is overloaded, whenever', () => {
    expect(refused({ doNotRetry: true, retryAfter: 1_000 })).toMatchObject({ code: status.UNAVAILABLE, 'inmesh-do-not-retry': '1', 'grpc-retry-pushback-ms': '-1' })
  })

  it('says when to come back over a rate, and the rate', () => {
    expect(refused({ status: 429, policy: 'limits', retryAfter: 1_250.4, rateLimit: '"all";r=0;t=2' })).toMatchObject({ code: status.RESOURCE_EXHAUSTED, 'grpc-retry-pushback-ms': '1251', ratelimit: '"all";r=0;t=2' })
  })

  it('is DEADLINE_EXCEEDED where it came too late', () => {
    expect(refused({ status: 504, policy: 'deadline', why: 'queued' })).toEqual({ code: status.DEADLINE_EXCEEDED, details: 'full (inmesh: deadline, queued)', 'inmesh-refused': '1' })
  })
})
