import { describe, expect, it } from 'vitest'
import { FailureWindow } from '../estimate/failure-window.ts'
import { isSharedFailure } from './shared-failure.ts'

/** This endpoint's and everybody's window after tries at one instant. */
function windows(own: readonly [tries: number, failures: number], others: readonly [tries: number, failures: number], now = 0): [FailureWindow, FailureWindow] {
  const mine = new FailureWindow(10_000)
  const all = new FailureWindow(10_000)
  for (let i = 0; i < own[0]; i++) {
    mine.add(i < own[1], now)
    all.add(i < own[1], now)
  }
  for (let i = 0; i < others[0]; i++) all.add(i < others[1], now)
  return [mine, all]
}

describe('a shared failure', () => {
  it('is one that the others have at least half as often', () => {
    expect(isSharedFailure(...windows([20, 20], [80, 40]), 20, 0)).toBe(true)
    expect(isSharedFailure(...windows([20, 20], [80, 39]), 20, 0)).toBe(false)
    expect(isSharedFailure(...windows([100, 30], [400, 60]), 20, 0)).toBe(true)
  })

  it('is not claimed on the evidence of fewer than five tries elsewhere', () => {
    expect(isSharedFailure(...windows([20, 20], [4, 4]), 20, 0)).toBe(false)
    expect(isSharedFailure(...windows([20, 20], [5, 5]), 20, 0)).toBe(true)
  })

  it('is judged by the latest seconds: a busy host that dies is not excused by its own good past', () => {
    const [own, all] = windows([9_000, 0], [36_000, 72], 0)
    for (let i = 0; i < 20; i++) {
      own.add(true, 1_000)
      all.add(true, 1_000)
      for (let k = 0; k < 4; k++) all.add(false, 1_000)
    }
    expect(isSharedFailure(own, all, 20, 1_000)).toBe(false)
  })

  it('is seen when an operation breaks everywhere at once', () => {
    const [own, all] = windows([9_000, 0], [36_000, 0], 0)
    for (let i = 0; i < 5; i++) {
      own.add(true, 1_000)
      for (let host = 0; host < 5; host++) all.add(true, 1_000)
    }
    expect(isSharedFailure(own, all, 20, 1_000)).toBe(true)
  })
})
