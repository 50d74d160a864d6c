import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manualClock } from './manual-clock.ts'

const note = (log: string[]) => (name: string): void => void log.push(name)

describe('a manual clock', () => {
  test('stands still until it is moved', () => {
    const clock = manualClock(1000)
    expect(clock.now()).toBe(1000)
    clock.advance(5)
    expect(clock.now()).toBe(1005)
  })

  test('runs timers in the order of their instants, and those of one instant as they were set', () => {
    const clock = manualClock()
    const log: string[] = []
    clock.schedule(20, false, note(log), 'late')
    clock.schedule(10, false, note(log), 'first of two')
    clock.schedule(10, false, note(log), 'second of two')
    clock.advance(20)
    expect(log).toEqual(['first of two', 'second of two', 'late'])
  })

  test('shows each callback the instant that its timer was set for', () => {
    const clock = manualClock()
    const seen: number[] = []
    for (const at of [7, 3, 5]) clock.schedule(at, false, () => seen.push(clock.now()), undefined)
    clock.advance(100)
    expect(seen).toEqual([3, 5, 7])
    expect(clock.now()).toBe(100)
  })

  test('runs timers that are set meanwhile, and leaves those that fall due later', () => {
    const clock = manualClock()
    const log: string[] = []
    clock.schedule(5, false, () => {
      clock.schedule(6, false, note(log), 'within')
      clock.schedule(11, false, note(log), 'beyond')
    }, undefined)
    clock.advance(10)
    expect(log).toEqual(['within'])
    expect(clock.nextAt).toBe(11)
  })

  test('runs a timer that is due already at the next move, never within schedule', () => {
    const clock = manualClock(50)
    const log: string[] = []
    clock.schedule(10, false, note(log), 'overdue')
    expect(log).toEqual([])
    clock.advance()
    expect(log).toEqual(['overdue'])
    expect(clock.now()).toBe(50)
  })

  test('counts what waits, what holds the process, and when the next is due', () => {
    const clock = manualClock()
    const held = clock.schedule(5, true, () => {}, undefined)
    const loose = clock.schedule(3, false, () => {}, undefined)
    clock.schedule(Infinity, true, () => {}, undefined)
    expect([clock.pending, clock.pendingHeld, clock.nextAt]).toEqual([2, 1, 3])
    loose.cancel()
    loose.cancel()
    expect([clock.pending, clock.pendingHeld, clock.nextAt]).toEqual([1, 1, 5])
    clock.advance(5)
    held.cancel()
    expect([clock.pending, clock.pendingHeld, clock.nextAt]).toEqual([0, 0, Infinity])
  })

  test('does not run a timer that another timer of the same instant cancelled', () => {
    const clock = manualClock()
    const log: string[] = []
    clock.schedule(5, false, () => second.cancel(), undefined)
    const second = clock.schedule(5, false, note(log), 'cancelled')
    clock.advance(5)
    expect(log).toEqual([])
  })

  test('stops at a callback that throws and goes on from there', () => {
    const clock = manualClock()
    const log: string[] = []
    clock.schedule(5, false, () => { throw new Error('bug') }, undefined)
    clock.schedule(6, false, note(log), 'behind')
    expect(() => clock.advance(10)).toThrow('bug')
    expect([clock.now(), clock.pending]).toEqual([5, 1])
    clock.advance(5)
    expect(log).toEqual(['behind'])
  })

  test('refuses to go back, to be moved by a timer, and to wait for NaN', () => {
    const clock = manualClock(10)
    expect(() => clock.advanceTo(9)).toThrow(RangeError)
    expect(() => clock.schedule(Number.NaN, false, () => {}, undefined)).toThrow(RangeError)
    clock.schedule(11, false, () => clock.advance(1), undefined)
    expect(() => clock.advance(1)).toThrow('within a timer')
  })

  test('run lets promises settle between timers, so that what they start counts', async () => {
    const clock = manualClock()
    const log: string[] = []
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.schedule(clock.now() + ms, false, resolve, undefined))
    void (async () => {
      for (const step of ['one', 'two', 'three']) {
        await wait(10)
        await Promise.all([Promise.resolve(), Promise.resolve()])
        log.push(`${step} at ${clock.now()}`)
      }
    })()
    await clock.run(25)
    expect(log).toEqual(['one at 10', 'two at 20'])
    await clock.run(5)
    expect(log.at(-1)).toBe('three at 30')
  })

  test('fires whatever is not cancelled, once, in order, for any set of timers', () => {
    const timers = fc.array(fc.record({ at: fc.integer({ min: 0, max: 50 }), cancel: fc.boolean() }), { maxLength: 60 })
    fc.assert(fc.property(timers, fc.array(fc.integer({ min: 0, max: 20 })), (list, moves) => {
      const clock = manualClock()
      const fired: number[] = []
      const handles = list.map(({ at }, i) => clock.schedule(at, false, (n: number) => fired.push(n), i))
      list.forEach(({ cancel }, i) => cancel && handles[i]?.cancel())
      for (const ms of moves) clock.advance(ms)
      clock.advanceTo(Math.max(clock.now(), 50))
      const expected = list.map((timer, i) => ({ ...timer, i })).filter(({ cancel }) => !cancel).toSorted((a, b) => a.at - b.at || a.i - b.i)
      expect(fired).toEqual(expected.map(({ i }) => i))
      expect(clock.pending).toBe(0)
    }))
  })
})
