import { describe, expect, it } from 'vitest'
import { reportedOutcome } from './reported.ts'
import { severityOf } from './verdicts.ts'

function severity(code: string, codes: Record<string, number> = {}): number {
  const outcome = reportedOutcome(code)
  return severityOf(outcome, { codes }, outcome.kind === 'failure' ? outcome.business : undefined)
}

describe('a reported code', () => {
  it('weighs what a reply of that code would', () => {
    expect(['UNAVAILABLE', 'INTERNAL', 'OK', 'NOT_FOUND', 'RESOURCE_EXHAUSTED'].map((code) => severity(code))).toEqual([1, 1, 0, 0, 0])
    expect(['503', '500', '429', '404', '200'].map((code) => severity(code))).toEqual([1, 1, 0, 0, 0])
  })

  it('of the callee’s own is an ordinary failure, unless the table says more', () => {
    expect([severity('STALE'), severity('STALE', { STALE: 4 }), severity('STALE', { STALE: 0 })]).toEqual([1, 4, 0])
  })

  it('is looked up as status or code, whichever it is', () => {
    expect([severity('503', { 503: 7 }), severity('503', { 500: 7 }), severity('UNAVAILABLE', { UNAVAILABLE: 3 })]).toEqual([7, 1, 3])
  })
})
