import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Budget, type BudgetOptions } from './budget.ts'
import { counterexample } from '../counterexample.test-support.ts'

const NOTHING = { ratio: 0, floor: 0, initial: 0 }

function withdrawAll(budget: Budget, now: number): number {
  let taken = 0
  while (budget.withdraw(now)) taken++
  return taken
}

interface Step {
  readonly wait: number
  readonly calls: number
  readonly extra: number
}

/** When calls were made, and when extra tries were granted, of those wanted at each step. */
function spent(options: BudgetOptions, steps: readonly Step[]): { calls: number[]; extra: number[] } {
  const budget = new Budget(options, 0)
  const calls: number[] = []
  const extra: number[] = []
  let now = 0
  for (const step of steps) {
    now += step.wait
    for (let i = 0; i < step.calls; i++) calls.push(now)
    for (let i = 0; i < step.calls; i++) budget.deposit(now)
    for (let i = 0; i < step.extra; i++) if (budget.withdraw(now)) extra.push(now)
  }
  return { calls, extra }
}

describe('a budget', () => {
  it('allows two extra tries to begin with, for the very first call may fail', () => {
    expect(withdrawAll(new Budget({}, 0), 0)).toBe(2)
  })

  it('earns one extra try from every five calls', () => {
    const budget = new Budget({ ...NOTHING, ratio: 0.2 }, 0)
    for (let i = 0; i < 4; i++) budget.deposit(i)
    expect(budget.withdraw(4)).toBe(false)
    budget.deposit(5)
    expect(budget.withdraw(5)).toBe(true)
    expect(budget.withdraw(5)).toBe(false)
  })

  it('takes nothing when there is not a whole one', () => {
    const budget = new Budget({ ...NOTHING, ratio: 0.5 }, 0)
    budget.deposit(0)
    expect(budget.withdraw(0)).toBe(false)
    expect(budget.balance(0)).toBe(0.5)
  })

  it('counts the greater of what calls bring and the reserve, and not their sum', () => {
    const budget = new Budget({ ratio: 1, floor: 0, initial: 2 }, 0)
    for (let i = 0; i < 3; i++) budget.deposit(0)
    expect(budget.balance(0)).toBe(3)
    expect(withdrawAll(budget, 0)).toBe(3)
  })

  it('advances its initial stock: the next calls pay it', () => {
    const budget = new Budget({ ratio: 0.5, floor: 0, initial: 2 }, 0)
    budget.deposit(0)
    expect(withdrawAll(budget, 0)).toBe(2)
    for (let i = 0; i < 3; i++) budget.deposit(0)
    expect(budget.balance(0)).toBe(0)
    for (let i = 0; i < 2; i++) budget.deposit(0)
    expect(withdrawAll(budget, 0)).toBe(1)
  })

  it('has no stock to begin with where that would be less than one', () => {
    expect(withdrawAll(new Budget({ ratio: 0, floor: 0, initial: 0.9 }, 0), 0)).toBe(0)
  })

  it('forgets what calls earned after its time to live, and not before nine tenths of it', () => {
    const budget = new Budget({ ...NOTHING, ratio: 1, ttl: 10_000 }, 0)
    budget.deposit(500)
    expect(budget.canWithdraw(9_999)).toBe(true)
    expect(budget.canWithdraw(10_000)).toBe(false)
  })

  it('spends first what expires first', () => {
    const budget = new Budget({ ...NOTHING, ratio: 1, ttl: 10_000 }, 0)
    for (const now of [0, 2_000, 5_000]) budget.deposit(now)
    budget.withdraw(5_000)
    expect(budget.balance(11_000)).toBe(2)
  })

  it('refills its reserve by the floor, up to the initial stock and no further', () => {
    const budget = new Budget({ ratio: 0, floor: 1, initial: 2 }, 0)
    withdrawAll(budget, 0)
    expect(budget.withdraw(999)).toBe(false)
    expect(budget.withdraw(1000)).toBe(true)
    expect(withdrawAll(budget, 3_600_000)).toBe(2)
  })

  it('takes what calls bring off the floor: of a service that fails whole a fifth is a fifth', () => {
    const budget = new Budget({ ratio: 0.2, floor: 0.1, initial: 2 }, 0)
    let extra = 0
    for (let at = 1; at <= 1_000; at++) {
      budget.deposit(at * 20)
      while (budget.withdraw(at * 20)) extra += 1
    }
    expect(extra).toBe(200)
    // Nobody calls for 10 s: that is one by the floor.
    expect([budget.withdraw(29_900), budget.withdraw(30_000), budget.withdraw(30_000)]).toEqual([false, true, false])
  })

  it('with a floor of zero never gets its initial stock back', () => {
    const budget = new Budget({ ...NOTHING, initial: 2 }, 0)
    withdrawAll(budget, 0)
    expect(budget.withdraw(1e9)).toBe(false)
  })

  it('adds ten million tenths to a million, to the last one', () => {
    const budget = new Budget({ ...NOTHING, ratio: 0.1 }, 0)
    for (let i = 0; i < 10_000_000; i++) budget.deposit(0)
    expect(budget.balance(0)).toBe(1_000_000)
  })

  it('keeps its stock over a change of options, cut to the new ones', () => {
    const budget = new Budget({ ratio: 0.5, floor: 0, initial: 3 }, 0)
    budget.deposit(0)
    budget.configure({ ratio: 1, floor: 0, initial: 1 })
    expect(budget.balance(0)).toBe(1)
    budget.deposit(0)
    expect(budget.balance(0)).toBe(1.5)
  })

  it('does not mint a reserve when its options are set again and again', () => {
    const budget = new Budget({ ratio: 0, floor: 1, initial: 2 }, 0)
    let taken = withdrawAll(budget, 0)
    for (let now = 0; now <= 10_000; now += 10) {
      budget.configure({ ratio: 0, floor: 1, initial: 2 })
      taken += withdrawAll(budget, now)
    }
    expect(taken).toBeLessThanOrEqual(12)
    expect(taken).toBeGreaterThanOrEqual(10)
  })

  it('drops the deposits when their time to live changes', () => {
    const budget = new Budget({ ...NOTHING, ratio: 1 }, 0)
    budget.deposit(0)
    budget.configure({ ...NOTHING, ratio: 1, ttl: 1_000 })
    expect(budget.balance(0)).toBe(0)
  })

  it('adds its ratio and no more to the load of a callee that fails from the first call on', () => {
    const options = fc.record({ ratio: fc.double({ min: 0.01, max: 2, noNaN: true }), initial: fc.integer({ min: 0, max: 5 }), wanted: fc.integer({ min: 1, max: 3 }) })
    expect(counterexample(options, ({ ratio, initial, wanted }) => {
      const step: Step = { wait: 10, calls: 1, extra: wanted }
      const budget = new Budget({ ratio, floor: 0.1, initial }, 0)
      let extra = 0
      return Array.from({ length: 300 }, () => step).every(({ wait }, i) => {
        const now = (i + 1) * wait
        budget.deposit(now)
        for (let asked = 0; asked < wanted; asked++) if (budget.withdraw(now)) extra += 1
        return extra <= Math.max(initial, ratio * (i + 1)) + 1e-6
      })
    })).toBeUndefined()
  })

  it('never allows more than ratio · calls(W + ttl) + floor · W + initial, whatever the window', () => {
    const step = fc.record({
      wait: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3_000, noNaN: true })),
      calls: fc.integer({ min: 0, max: 12 }),
      extra: fc.integer({ min: 0, max: 8 }),
    })
    const options = fc.record({
      ratio: fc.double({ min: 0, max: 2, noNaN: true }),
      floor: fc.double({ min: 0, max: 5, noNaN: true }),
      ttl: fc.integer({ min: 10, max: 20_000 }),
      initial: fc.double({ min: 0, max: 5, noNaN: true }),
    })
    const input = fc.tuple(options, fc.array(step, { maxLength: 120 }))
    expect(counterexample(input, ([o, steps]) => {
      const { calls, extra } = spent(o, steps)
      return extra.every((from, first) => extra.slice(first).every((to, i) => {
        const paying = calls.filter((at) => at >= from - o.ttl && at <= to).length
        return i + 1 <= o.ratio * paying + (o.floor * (to - from)) / 1000 + o.initial + 1e-5
      }))
    })).toBeUndefined()
  })
})
