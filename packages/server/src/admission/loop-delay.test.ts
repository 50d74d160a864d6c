import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TimerLoopDelay } from './loop-delay.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A loop whose time goes on by itself only while it is held up. */
function loop(busy = () => false) {
  const told: number[] = []
  const delay = new TimerLoopDelay(() => performance.now(), busy, (ms) => void told.push(ms))
  return { delay, told }
}

describe('the delay of the loop', () => {
  it('is nothing while it is on time, and by how much its timer is late', () => {
    const { delay, told } = loop(() => true)
    delay.wake(performance.now())
    vi.advanceTimersByTime(25)
    const now = performance.now()
    vi.spyOn(performance, 'now').mockReturnValue(now + 25 + 80)
    vi.advanceTimersByTime(25)
    expect(told).toEqual([0, 80])
    delay.stop()
  })

  it('is told to those who come in the very turn that holds it up, each 5 ms at most', () => {
    const { delay, told } = loop()
    const start = performance.now()
    for (const after of [0, 25, 29, 30, 34, 36, 60]) delay.wake(start + after)
    expect(told).toEqual([5, 11, 35])
    delay.stop()
  })

  it('is not asked while there is nothing to do, so that nothing runs in an idle process', () => {
    const { delay, told } = loop()
    expect(vi.getTimerCount()).toBe(0)
    delay.wake(performance.now())
    vi.advanceTimersByTime(25)
    vi.advanceTimersByTime(25)
    expect(told).toEqual([0, 0])
    expect(vi.getTimerCount()).toBe(0)
    delay.wake(performance.now())
    expect(vi.getTimerCount()).toBe(1)
    delay.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is asked for as long as a request is under way', () => {
    let busy = true
    const { delay } = loop(() => busy)
    delay.wake(performance.now())
    vi.advanceTimersByTime(250)
    expect(vi.getTimerCount()).toBe(1)
    busy = false
    vi.advanceTimersByTime(50)
    expect(vi.getTimerCount()).toBe(0)
  })
})
