import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { addAge, AGES_WIDTH, meanAge, removeAge } from './ages.ts'

describe('ages', () => {
  it('are the mean over the tries that wait, each in medians of its own operation', () => {
    const numbers = new Float64Array(AGES_WIDTH)
    addAge(numbers, 0, 100, 1 / 5)
    addAge(numbers, 0, 100, 1 / 500)
    expect(meanAge(numbers, 0, 2, 600)).toBeCloseTo((100 + 1) / 2, 9)
    expect(meanAge(new Float64Array(AGES_WIDTH), 0, 0, 600)).toBe(0)
  })

  it('agree with the plain mean over any order of beginnings and endings', () => {
    const steps = fc.array(fc.record({
      wait: fc.double({ min: 0, max: 100, noNaN: true }), begin: fc.boolean(), median: fc.constantFrom(0.1, 5, 500), which: fc.nat(),
    }), { maxLength: 100 })
    expect(counterexample(steps, (story) => {
      const numbers = new Float64Array(AGES_WIDTH)
      const open: { start: number; median: number }[] = []
      let now = 1e9
      return story.every(({ wait, begin, median, which }) => {
        now += wait
        if (begin || open.length === 0) {
          open.push({ start: now, median })
          addAge(numbers, 0, now, 1 / median)
        } else {
          const [ended] = open.splice(which % open.length, 1)
          removeAge(numbers, 0, ended!.start, 1 / ended!.median, open.length)
        }
        const plain = open.reduce((sum, { start, median: m }) => sum + (now - start) / m, 0) / (open.length || 1)
        return Math.abs(meanAge(numbers, 0, open.length, now) - plain) <= 1e-3 + 1e-6 * plain
      })
    })).toBeUndefined()
  })

  it('are exactly nothing again when nothing waits, whatever was rounded before', () => {
    const numbers = new Float64Array(AGES_WIDTH)
    for (let i = 0; i < 1_000; i++) addAge(numbers, 0, i * 0.1, 1 / (i + 0.3))
    for (let i = 0; i < 1_000; i++) removeAge(numbers, 0, i * 0.1, 1 / (i + 0.3), 999 - i)
    expect([...numbers]).toEqual([0, 0])
  })
})
