import { describe, expect, it } from 'vitest'
import { deadlineAfter, effectiveDeadline, remaining } from './deadline.ts'

describe('a deadline', () => {
  it('is the instant that comes of a timeout, and none without one', () => {
    expect(deadlineAfter(250, 1000)).toBe(1250)
    expect(deadlineAfter(undefined, 1000)).toBe(Infinity)
    expect(deadlineAfter(NaN, 1000)).toBe(Infinity)
  })

  it('has passed at once when the timeout is nothing or less', () => {
    expect(deadlineAfter(0, 1000)).toBe(1000)
    expect(deadlineAfter(-5, 1000)).toBe(1000)
  })

  it('leaves what is left, never less than nothing', () => {
    expect(remaining(1250, 1000)).toBe(250)
    expect(remaining(1250, 2000)).toBe(0)
    expect(remaining(Infinity, 2000)).toBe(Infinity)
  })

  it('is the earliest of what the caller has left, the timeout and the own one', () => {
    expect(effectiveDeadline({ inboundRemaining: 100, timeout: 800, own: 1500 }, 1000)).toBe(1095)
    expect(effectiveDeadline({ inboundRemaining: 900, timeout: 800, own: 1900 }, 1000)).toBe(1800)
    expect(effectiveDeadline({ inboundRemaining: 900, timeout: 800, own: 1001 }, 1000)).toBe(1001)
    expect(effectiveDeadline({}, 1000)).toBe(Infinity)
    expect(effectiveDeadline({ own: NaN }, 1000)).toBe(Infinity)
  })

  it('keeps five milliseconds back from the caller, or what it is told', () => {
    expect(effectiveDeadline({ inboundRemaining: 100 }, 0)).toBe(95)
    expect(effectiveDeadline({ inboundRemaining: 100 }, 0, 20)).toBe(80)
    expect(effectiveDeadline({ inboundRemaining: 3 }, 50)).toBe(50)
  })

  it('only shrinks from hop to hop', () => {
    let left = 1000
    for (let hop = 0; hop < 5; hop++) left = remaining(effectiveDeadline({ inboundRemaining: left, timeout: 10_000 }, 77), 77)
    expect(left).toBe(975)
  })
})
