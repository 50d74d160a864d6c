import { Metadata, type StatusObject } from '@grpc/grpc-js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classifyStatus, FAILING, type Classifier, type ClassifyStatus } from './classify.ts'
import { statusDetails } from './status-details.ts'

const env = (classify?: ClassifyStatus, more: readonly string[] = []): Classifier => ({ failing: new Set([...FAILING, ...more]), classify, faulty: () => {} })

function ended(code: number, details = '', trailers: Record<string, string | Buffer> = {}): StatusObject {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(trailers)) metadata.add(name, value)
  return { code, details, metadata }
}

const facts = (status: StatusObject, left = true, use = env()): object => classifyStatus(use, status, { left }, undefined)

describe('a status as facts', () => {
  test('says what of the endpoint has failed, and what it only answered', () => {
    expect([0, 1, 3, 5, 6, 7, 9, 10, 11, 16].map((code) => classifyStatus(env(), ended(code), { left: true }, undefined).kind)).toEqual(Array.from({ length: 10 }, () => 'success'))
    expect([2, 4, 8, 12, 13, 14, 15].map((code) => classifyStatus(env(), ended(code), { left: true }, undefined).kind)).toEqual(Array.from({ length: 7 }, () => 'failure'))
    expect(facts(ended(17))).toMatchObject({ kind: 'failure', code: 'UNKNOWN' })
    expect(facts(ended(10), true, env(undefined, ['ABORTED']))).toMatchObject({ kind: 'failure', code: 'ABORTED' })
  })

  test('says how far it got', () => {
    expect(facts(ended(14, 'No connection established'), false)).toMatchObject({ reach: 'unsent' })
    expect(facts(ended(14, 'Stream refused by server'))).toMatchObject({ reach: 'refused' })
    expect(facts(ended(14, 'Write error: Stream closed with error code NGHTTP2_REFUSED_STREAM'))).toMatchObject({ reach: 'refused' })
    expect(facts(ended(14, 'Write error: write after end'))).toMatchObject({ reach: 'processed' })
    expect(facts(ended(14, '', { 'inmesh-refused': '1' }))).toMatchObject({ reach: 'refused' })
    expect(facts(ended(14))).toMatchObject({ reach: 'processed' })
  })

  test('hears pushback: a number is waited for, anything else and twice stops', () => {
    expect(facts(ended(14, '', { 'grpc-retry-pushback-ms': '250' }))).toMatchObject({ retryAfter: 250 })
    for (const value of ['-1', 'x', '', '1.5']) expect(facts(ended(14, '', { 'grpc-retry-pushback-ms': value }))).toMatchObject({ doNotRetry: true })
    const twice = ended(14, '', { 'grpc-retry-pushback-ms': '1' })
    twice.metadata.add('grpc-retry-pushback-ms', '2')
    expect(facts(twice)).toMatchObject({ doNotRetry: true })
    expect(facts(ended(14, '', { 'inmesh-do-not-retry': '1' }))).toMatchObject({ doNotRetry: true })
  })

  test('blames no endpoint for our own credentials or our own message', () => {
    expect(facts(ended(14, 'Getting metadata from plugin failed with error: no'), false)).toMatchObject({ code: 'INVALID_ARGUMENT', doNotRetry: true })
    expect(facts(ended(8, 'Attempted to send message with a size larger than 9'))).toMatchObject({ code: 'INVALID_ARGUMENT', doNotRetry: true })
  })

  test('is what a function of the user’s says', () => {
    expect(facts(ended(13), true, env(() => 'OK'))).toMatchObject({ kind: 'success' })
    expect(facts(ended(0), true, env(() => 'UNAVAILABLE'))).toMatchObject({ kind: 'failure', code: 'UNAVAILABLE' })
    expect(facts(ended(5), true, env(() => 'SOLD_OUT'))).toMatchObject({ kind: 'failure', code: 'NOT_FOUND', business: 'SOLD_OUT' })
    expect(facts(ended(14), true, env(() => { throw new Error('bug') }))).toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe('details of a status', () => {
  test('give the reason of an ErrorInfo', () => {
    const any = Buffer.concat([Buffer.from([0x0a, 40]), Buffer.from('type.googleapis.com/google.rpc.ErrorInfo'), Buffer.from([0x12, 6, 0x0a, 4]), Buffer.from('BUSY')])
    expect(statusDetails(Buffer.concat([Buffer.from([8, 14, 0x1a, any.length]), any]))).toEqual({ reason: 'BUSY' })
  })

  test('give the delay of a RetryInfo', () => {
    const value = Buffer.from([0x0a, 8, 0x08, 1, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01])
    const any = Buffer.concat([Buffer.from([0x0a, 40]), Buffer.from('type.googleapis.com/google.rpc.RetryInfo'), Buffer.from([0x12, value.length]), value])
    expect(statusDetails(Buffer.concat([Buffer.from([0x1a, any.length]), any]))).toEqual({ retryDelay: 1500 })
  })

  test('never throw, whatever comes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => { expect(typeof statusDetails(bytes)).toBe('object') }))
    expect(statusDetails(Buffer.alloc(20_000, 8))).toEqual({})
  })
})
