import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { GradientLimit } from './gradient-limit.ts'

const BOUNDS = { min: 4, max: 1_000, initial: 20 }

/** A callee that works on `slots` at once, each for `alone` ms, with the limit always used up (or less of it, where told). */
class Callee {
  now = 0
  readonly limit: GradientLimit
  slots: number
  alone: number

  constructor(limit: GradientLimit, slots: number, alone: number) {
    this.limit = limit
    this.slots = slots
    this.alone = alone
  }

  /** Answers come as fast as the slots give them; each has waited for those in hand before it. */
  run(seconds: number, inHand = (): number => this.limit.limit): void {
    for (const end = this.now + seconds * 1_000; this.now < end; ) {
      const held = inHand()
      const latency = this.alone * Math.max(1, held / this.slots)
      this.now += this.alone / Math.min(held, this.slots)
      this.limit.began(held)
      this.limit.ended(this.now - latency, this.now, held, false)
    }
  }
}

describe('a limit by gradient', () => {
  it('comes to what the callee works on at once, and to half as much again and a root to see by, and stays', () => {
    for (const slots of [8, 16, 100]) {
      const callee = new Callee(new GradientLimit(BOUNDS), slots, 30)
      callee.run(30)
      const seen = Array.from({ length: 60 }, () => {
        callee.run(5)
        return callee.limit.limit
      })
      expect(Math.max(...seen), `${slots} slots`).toBeLessThanOrEqual(3 * slots)
      // While it looks how long an answer takes without a queue it is a half, for a moment.
      expect(seen.filter((each) => each >= slots).length, `${slots} slots`).toBeGreaterThanOrEqual(50)
    }
  })

  it('does not take an overload that lasts for the normal state: begun in one, it finds down', () => {
    const callee = new Callee(new GradientLimit({ ...BOUNDS, initial: 200 }), 10, 30)
    callee.run(120)
    expect(callee.limit.limit).toBeLessThanOrEqual(30)
  })

  it('grows again when what it takes has become longer by itself, and is not the queue', () => {
    const callee = new Callee(new GradientLimit(BOUNDS), 50, 20)
    callee.run(20)
    callee.alone = 80
    let lowest = Infinity
    callee.run(9, () => {
      lowest = Math.min(lowest, callee.limit.limit)
      return callee.limit.limit
    })
    expect(lowest).toBeGreaterThanOrEqual(20)
    expect(callee.limit.limit).toBeGreaterThanOrEqual(50)
  })

  it('does not grow while less than half of it is used', () => {
    const limit = new GradientLimit(BOUNDS)
    new Callee(limit, 100, 10).run(20, () => 9)
    expect(limit.limit).toBe(20)
  })

  it('halves itself for one window when it is used up for ten seconds, and not below the least', () => {
    const callee = new Callee(new GradientLimit(BOUNDS), 40, 20)
    const seen: number[] = []
    callee.run(30, () => {
      seen.push(callee.limit.limit)
      return callee.limit.limit
    })
    const halved = seen.filter((limit, at) => at > 0 && limit <= seen[at - 1]! / 1.9).length
    expect(halved).toBeGreaterThanOrEqual(2)
    expect(halved).toBeLessThanOrEqual(3)
    const fixed = new Callee(new GradientLimit({ min: 10, max: 10, initial: 10 }), 4, 20)
    fixed.run(60, () => {
      expect(fixed.limit.limit).toBe(10)
      return 10
    })
  })

  it('is cut at once to a part of what is in hand, and hears nothing of what began before', () => {
    const limit = new GradientLimit({ ...BOUNDS, initial: 200 })
    limit.began(60)
    limit.cut(0.5, 60, 1_000)
    expect(limit.limit).toBe(30)
    for (let at = 0; at < 100; at++) limit.ended(900, 1_200 + at, 30, true)
    expect(limit.limit).toBe(30)
  })

  it('is not cut below its least', () => {
    const limit = new GradientLimit({ ...BOUNDS, initial: 200 })
    limit.began(60)
    for (let at = 0; at < 9; at++) limit.cut(0.5, 30, 1_000 * at)
    expect(limit.limit).toBe(BOUNDS.min)
  })

  it('follows what comes until that takes longer for it, and comes down at once to what does not', () => {
    const callee = new Callee(new GradientLimit(BOUNDS), 100, 50)
    callee.run(1, () => 8)
    for (let doubled = 0; doubled < 5; doubled++, callee.now += 5) callee.limit.follow(callee.limit.limit, callee.now)
    expect(callee.limit.limit).toBe(640)
    callee.run(1, () => Math.min(400, callee.limit.limit))
    expect(callee.limit.limit).toBeGreaterThanOrEqual(100)
    expect(callee.limit.limit).toBeLessThanOrEqual(200)
    const { limit } = callee.limit
    expect([callee.limit.follow(limit, callee.now + 1_000), callee.limit.followsAt > callee.now + 8_000]).toEqual([false, true])
  })

  it('takes twenty answers within 25 ms for a window while it follows', () => {
    const limit = new GradientLimit({ ...BOUNDS, initial: 100 })
    const answers = (from: number, took: number): void => {
      for (let at = from; at < from + 30; at++) {
        limit.began(limit.limit)
        limit.ended(at - took, at, 100, false)
      }
    }
    answers(1_000, 10)
    answers(1_030, 100)
    expect(limit.limit).toBeLessThan(70)
  })

  it('tries a third less before it believes that answers are slower for what is in hand, and a third takes the queue away where they are', () => {
    const slow = (latencyOf: (held: number) => number): GradientLimit => {
      const limit = new GradientLimit(BOUNDS)
      let now = 1_000
      const answer = (held: number, took: number): void => {
        limit.began(held)
        limit.ended(now - took, (now += 3), held, false)
      }
      for (let at = 0; at < 20; at++) answer(6, 20)
      limit.follow(20, now)
      for (let at = 0; at < 20; at++) answer(40, latencyOf(40))
      expect(limit.limit).toBe(26)
      now += 500
      for (let at = 0; at < 20; at++) answer(26, latencyOf(26))
      limit.follow(limit.limit, now)
      return limit
    }
    expect(slow(() => 100).limit).toBe(52)
    expect(slow((held) => 20 * held / 8).limit).toBeLessThan(20)
  })

  it('closes in on what is used where answers take longer by themselves, and no further while nobody comes up against it', () => {
    const callee = new Callee(new GradientLimit({ ...BOUNDS, initial: 200 }), 1_000, 20)
    callee.run(5, () => 12)
    callee.alone = 100
    callee.run(5, () => 60)
    expect(callee.limit.limit).toBeGreaterThanOrEqual(120)
  })

  it('goes down by a tenth where a tenth of a window was lost', () => {
    const limit = new GradientLimit({ ...BOUNDS, initial: 100 })
    for (let at = 0; at < 200; at++) limit.ended(at, at + 50, 20, at % 10 === 0)
    expect(limit.limit).toBeLessThan(100)
    expect(limit.limit).toBeGreaterThan(80)
  })

  it('stays within its bounds whatever comes', () => {
    const step = fc.record({ pass: fc.double({ min: 0, max: 300, noNaN: true }), took: fc.double({ min: 0, max: 1e5, noNaN: true }), lost: fc.boolean(), inFlight: fc.nat(2_000), cut: fc.option(fc.double({ min: 0.5, max: 1, noNaN: true })) })
    const bounds = fc.record({ min: fc.integer({ min: 1, max: 50 }), max: fc.integer({ min: 50, max: 500 }), initial: fc.constant(50) })
    expect(counterexample(fc.tuple(bounds, fc.array(step, { maxLength: 300 })), ([given, steps]) => {
      const limit = new GradientLimit(given)
      let now = 0
      return steps.every(({ pass, took, lost, inFlight, cut }) => {
        now += pass
        limit.began(inFlight)
        if (cut === null) limit.ended(now - took, now, inFlight, lost)
        else limit.cut(cut, inFlight, now)
        return limit.limit >= given.min && limit.limit <= given.max && Number.isInteger(limit.limit)
      })
    })).toBeUndefined()
  })
})
