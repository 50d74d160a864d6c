import { describe, expect, it } from 'vitest'
import type { Code, Outcome } from '../types.ts'
import { countsAsFailure, isOverload, severityOf, Verdicts } from './verdicts.ts'

function failure(code: Code, status?: number): Outcome {
  return { kind: 'failure', code, reach: 'processed', ...(status === undefined ? {} : { status }) }
}

const NOT_FOUND: Outcome = { kind: 'success', code: 'NOT_FOUND', status: 404 }

describe('severityOf', () => {
  it('is 1 for what is the endpoint’s fault', () => {
    const codes: readonly Code[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNKNOWN', 'DATA_LOSS']
    expect(codes.map((code) => severityOf(failure(code)))).toEqual([1, 1, 1, 1, 1])
    expect([500, 501, 503, 504, 599].map((status) => severityOf(failure('UNIMPLEMENTED', status)))).toEqual([1, 1, 1, 1, 1])
  })

  it('is 0 for success, for the caller’s own fault, for a quota, and for what says nothing', () => {
    const harmless: readonly Outcome[] = [
      { kind: 'success', code: 'OK', status: 200 }, NOT_FOUND, failure('INVALID_ARGUMENT', 400), failure('RESOURCE_EXHAUSTED'),
      failure('UNAVAILABLE', 429), { kind: 'ignored', why: 'superseded' }, { kind: 'ignored', why: 'caller' },
    ]
    expect(harmless.map((outcome) => severityOf(outcome))).toEqual([0, 0, 0, 0, 0, 0, 0])
  })

  it('is a tenth where the callee says that it did nothing: it is busy, not broken', () => {
    const refused: Outcome = { kind: 'failure', code: 'UNAVAILABLE', status: 503, reach: 'refused' }
    expect(severityOf(refused)).toBe(0.1)
    expect(severityOf(refused, { codes: { 503: 2 } })).toBe(2)
    expect(severityOf({ kind: 'failure', code: 'RESOURCE_EXHAUSTED', status: 429, reach: 'refused' })).toBe(0)
    expect([isOverload(refused), countsAsFailure(new Verdicts().of(refused))]).toEqual([true, false])
  })

  it('is what the user says: by business code before status before code', () => {
    const codes = { 5003: 2, 503: 3, UNAVAILABLE: 4 }
    const unavailable = failure('UNAVAILABLE', 503)
    expect(severityOf(unavailable, { codes }, '5003')).toBe(2)
    expect(severityOf(unavailable, { codes }, 'other')).toBe(3)
    expect(severityOf(failure('UNAVAILABLE', 502), { codes })).toBe(4)
    expect(severityOf(failure('INTERNAL', 500), { codes })).toBe(1)
  })

  it('can be more than nothing for a success, and nothing for a failure', () => {
    expect(severityOf(NOT_FOUND, { codes: { 404: 0.5 } })).toBe(0.5)
    expect(severityOf(failure('INTERNAL', 500), { codes: { INTERNAL: 0 } })).toBe(0)
  })

  it('is kept between 0 and 10', () => {
    expect(severityOf(NOT_FOUND, { codes: { 404: 99 } })).toBe(10)
    expect(severityOf(NOT_FOUND, { codes: { 404: -1 } })).toBe(0)
  })

  it('does not find codes that objects have by birth', () => {
    expect(severityOf(NOT_FOUND, { codes: {} }, 'constructor')).toBe(0)
    expect(severityOf(NOT_FOUND, { codes: {} }, '__proto__')).toBe(0)
  })
})

describe('verdicts', () => {
  it('count as failures for ejection from half an ordinary failure on, or when they are to eject', () => {
    const verdicts = new Verdicts({ 404: 0.4, 410: 0.5, 418: { severity: 0, ejectAfter: 1 } })
    const of = (status: number): boolean => countsAsFailure(verdicts.of({ kind: 'success', code: 'OK', status }))
    expect([of(404), of(410), of(418), of(200)]).toEqual([false, true, true, false])
  })

  it('tell overload from brokenness', () => {
    expect([failure('RESOURCE_EXHAUSTED'), failure('UNAVAILABLE', 429), failure('UNAVAILABLE', 503), NOT_FOUND].map(isOverload))
      .toEqual([true, true, false, false])
  })
})
