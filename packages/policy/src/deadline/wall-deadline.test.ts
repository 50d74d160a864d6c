import { describe, expect, it } from 'vitest'
import { formatWallDeadline, messageRemaining, parseWallDeadline } from './wall-deadline.ts'

describe('the instant that a message carries', () => {
  it('comes back as it was written, rounded down', () => {
    expect(parseWallDeadline(formatWallDeadline(1_764_379_320_123.9))).toBe(1_764_379_320_123)
    expect(formatWallDeadline(Infinity)).toBeUndefined()
  })

  it.each([undefined, '', '-1', '1e12', '2026-11-29', '99999999999999', '7258118400001', ['1', '2']])('%s is none', (value) => {
    expect(parseWallDeadline(value)).toBeUndefined()
  })
})

describe('what is left of a message\'s time', () => {
  it('is the least of what it had and what its instant leaves', () => {
    expect(messageRemaining(500, 1_300, 1_000, 1_000)).toEqual({ left: 300, disagree: false })
    expect(messageRemaining(500, 1_900, 1_000, 1_000)).toEqual({ left: 500, disagree: false })
    expect(messageRemaining(500, 900, 1_000, 1_000)).toEqual({ left: 0, disagree: false })
  })

  it('is what either says where the other is not there', () => {
    expect(messageRemaining(500, undefined, 1_000, 1_000)).toEqual({ left: 500, disagree: false })
    expect(messageRemaining(undefined, 1_300, 1_000, 1_000)).toEqual({ left: 300, disagree: false })
    expect(messageRemaining(undefined, undefined, 1_000, 1_000)).toEqual({ left: undefined, disagree: false })
  })

  it('counts from now where the instant shows that clocks differ by more than they may', () => {
    expect(messageRemaining(500, 2_501, 1_000, 1_000)).toEqual({ left: 500, disagree: true })
  })
})
