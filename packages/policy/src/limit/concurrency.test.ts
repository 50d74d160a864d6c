import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { Concurrency, type ConcurrencyEvent } from './concurrency.ts'

function entered(slots: Concurrency<string>, times: number): number {
  return Array.from({ length: times }, () => slots.enter()).filter(Boolean).length
}

describe('concurrency', () => {
  it('has as many slots as its limit, and one more for each that is given back', () => {
    const slots = new Concurrency<string>({ initial: 3 })
    expect(entered(slots, 5)).toBe(3)
    slots.leave('nothing', 0, 1)
    expect([entered(slots, 5), slots.inspect()]).toEqual([1, { limit: 3, inFlight: 3, waiting: 0 }])
  })

  it('gives a slot to whoever waits and not to whoever comes', () => {
    const slots = new Concurrency<string>({ initial: 1 })
    slots.enter()
    slots.join('first', 'CRITICAL', 9)
    expect(slots.next()).toBeUndefined()
    slots.leave('nothing', 0, 1)
    expect(slots.enter()).toBe(false)
    expect([slots.next(), slots.next(), slots.inspect().inFlight]).toEqual(['first', undefined, 1])
  })

  it('lets nobody enter beyond a limit that was cut, until enough have left', () => {
    const slots = new Concurrency<string>({ initial: 10, backoff: 0.5 })
    entered(slots, 10)
    slots.leave('lost', 1, 2)
    expect([slots.inspect().limit, slots.enter()]).toEqual([5, false])
    for (let i = 0; i < 5; i++) slots.leave('nothing', 1, 3)
    expect(slots.enter()).toBe(true)
  })

  it('counts those that it had to let pass', () => {
    const slots = new Concurrency<string>({ initial: 1 })
    slots.enter()
    slots.enterAnyway()
    slots.leave('nothing', 0, 1)
    expect(slots.enter()).toBe(false)
  })

  it('of a burst that is answered at once takes every answer for one of a used limit', () => {
    const [burst, half] = [new Concurrency<string>({ initial: 10, increase: 5 }), new Concurrency<string>({ initial: 10, increase: 5 })]
    const held = Array.from({ length: 10 }, () => {
      burst.enter()
      return burst.inFlight
    })
    for (const entered of held) burst.leave('good', 1, 2, entered)
    expect(burst.inspect().limit).toBe(13)
    for (let i = 0; i < 4; i++) half.enter()
    for (let i = 1; i <= 4; i++) half.leave('good', 1, 2, i)
    expect(half.inspect().limit).toBe(10)
  })

  it('tells of its limit when that has moved by a tenth, and not with every answer', () => {
    const events: ConcurrencyEvent[] = []
    const slots = new Concurrency<string>({ initial: 20, notify: (event) => events.push(event) })
    entered(slots, 20)
    for (let i = 0; i < 200; i++) {
      slots.leave('good', i, i + 1)
      slots.enter()
    }
    slots.leave('lost', 500, 501)
    expect(events.map(({ limit }) => limit)).toEqual([22, 25, 28, 25])
    expect(events.at(-1)).toEqual({ type: 'concurrency', limit: 25, inFlight: 19, waiting: 0 })
  })

  it('has as many slots as it is given, none included, whatever losses say', () => {
    const slots = new Concurrency<string>({ initial: 20 })
    slots.give(2)
    expect(entered(slots, 5)).toBe(2)
    slots.leave('lost', 1, 2)
    expect([slots.limit, entered(slots, 5)]).toEqual([2, 1])
    slots.give(0)
    slots.join('first', 'CRITICAL', 9)
    slots.leave('good', 1, 3)
    slots.leave('good', 1, 3)
    expect([slots.enter(), slots.next(), slots.inspect()]).toEqual([false, undefined, { limit: 0, inFlight: 0, waiting: 1 }])
    slots.give(1)
    expect([slots.next(), slots.inspect().inFlight]).toEqual(['first', 1])
  })

  it('remembers the most that were in flight and waiting at once, and how many entered, until it is asked', () => {
    const slots = new Concurrency<string>({ initial: 3 })
    entered(slots, 3)
    slots.join('first', 'CRITICAL', 9)
    slots.quit('first')
    slots.leave('nothing', 0, 1)
    slots.leave('nothing', 0, 1)
    expect([slots.takeUse(), slots.takeUse()]).toEqual([{ peak: 4, entered: 3 }, { peak: 1, entered: 0 }])
    slots.enter()
    expect(slots.takeUse()).toEqual({ peak: 2, entered: 1 })
  })

  it('never has more in flight than its limit was when they entered, and none in the end', () => {
    const step = fc.oneof(fc.constant('enter' as const), fc.constantFrom('good' as const, 'lost' as const, 'nothing' as const), fc.constant('join' as const))
    expect(counterexample(fc.array(step, { maxLength: 200 }), (steps) => {
      const slots = new Concurrency<number>({ initial: 4, max: 8 })
      let held = 0
      let now = 0
      for (const what of steps) {
        now++
        const before = slots.inspect()
        if (what === 'enter') held += slots.enter() ? 1 : 0
        else if (what === 'join') slots.join(now, 'CRITICAL', 5)
        else if (held > 0) {
          slots.leave(what, now - 1, now)
          held--
          while (slots.next() !== undefined) held++
        }
        const { inFlight, limit } = slots.inspect()
        if (inFlight !== held || (inFlight > before.inFlight && inFlight > Math.max(limit, before.limit))) return false
      }
      for (; held > 0; held--) slots.leave('nothing', 0, now)
      while (slots.next() !== undefined) slots.leave('nothing', 0, now)
      return slots.inspect().inFlight === 0 && slots.inspect().waiting === 0
    })).toBeUndefined()
  })
})
