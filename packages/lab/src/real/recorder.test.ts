import { describe, expect, it } from 'vitest'
import { OUTCOME } from './messages.ts'
import { createRecorder } from './recorder.ts'

describe('a recorder', () => {
  it('counts waiting from when a call was due, not from when it was sent', () => {
    const recorder = createRecorder({ dueAt: Float64Array.of(100) })
    recorder.sent(0, 340)
    recorder.ended(0, 350)
    expect(recorder.lateness[0]).toBe(240)
    expect(recorder.latency[0]).toBe(250)
    expect(recorder.outcome[0]).toBe(OUTCOME.success)
  })

  it('fails what is open at the end, with all the time it waited, and hears nothing of it afterwards', () => {
    const recorder = createRecorder({ dueAt: Float64Array.of(100, 200) })
    recorder.sent(0, 100)
    recorder.sent(1, 200)
    recorder.ended(0, 130, 'status 503')
    recorder.closeAt(1_200)
    recorder.ended(1, 1_300)
    expect([...recorder.outcome]).toEqual([OUTCOME.failure, OUTCOME.unfinished])
    expect([...recorder.latency]).toEqual([30, 1_000])
    expect(recorder.failures).toEqual({ 'status 503': 1, 'no answer by the end': 1 })
  })

  it('tells by the tick what ended since the last', () => {
    const recorder = createRecorder({ dueAt: Float64Array.of(0, 0, 0) })
    for (const call of [0, 1, 2]) recorder.sent(call, 0)
    recorder.ended(0, 10)
    recorder.ended(1, 30, 'ECONNRESET')
    expect(recorder.tick(40)).toEqual({ at: 40, calls: 2, failed: 1, p99: 30 })
    expect(recorder.tick(50)).toEqual({ at: 50, calls: 0, failed: 0, p99: 0 })
    expect(recorder.pending()).toBe(1)
  })
})
