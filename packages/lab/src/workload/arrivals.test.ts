import { describe, expect, it } from 'vitest'
import { sampleScenario } from '../sample.test-support.ts'
import { openLoad } from '../scenario/load.ts'
import { pathOf, planCalls } from './arrivals.ts'

const { load: sample } = sampleScenario({
  load: {
    arrivals: 'poisson',
    rate: 200,
    warmUp: '5s',
    duration: '300s',
    classes: [
      { method: 'GET', path: '/', weight: 4 },
      { method: 'POST', path: '/', weight: 1 }
    ]
  }
})

const load = openLoad(sample)

describe('planned calls', () => {
  it('are the same for every contender: they follow from load and seed alone', () => {
    expect(planCalls(load, 3)).toEqual(planCalls(load, 3))
    expect(planCalls(load, 3).dueAt).not.toEqual(planCalls(load, 4).dueAt)
  })

  it('begin in the warm-up, end with the measured time, in order', () => {
    const { dueAt } = planCalls(load, 1)
    expect(dueAt[0]).toBeGreaterThanOrEqual(-5_000)
    expect(dueAt[0]).toBeLessThan(-4_900)
    expect(dueAt.at(-1)).toBeLessThan(300_000)
    expect(dueAt.at(-1)).toBeGreaterThan(299_900)
    expect(dueAt.toSorted()).toEqual(dueAt)
  })

  it('come at the rate, and second by second as scattered as Poisson says: variance = mean', () => {
    const { dueAt } = planCalls(load, 1)
    const counts = new Float64Array(300)
    for (const at of dueAt) if (at >= 0) counts[Math.floor(at / 1_000)]! += 1
    const mean = counts.reduce((sum, count) => sum + count, 0) / 300
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / 299
    expect(Math.abs(mean - 200)).toBeLessThan(3 * Math.sqrt(200 / 300))
    // The index of dispersion of 300 Poisson counts is within 1 ± 3 √(2/299).
    expect(Math.abs(variance / mean - 1)).toBeLessThan(3 * Math.sqrt(2 / 299))
  })

  it('have exponential gaps (Kolmogorov–Smirnov at 1 %)', () => {
    const { dueAt } = planCalls(load, 2)
    const gaps = dueAt
      .slice(1)
      .map((at, index) => at - (dueAt[index] ?? 0))
      .sort()
    const distance = gaps.reduce(
      (worst, gap, at) => Math.max(worst, Math.abs(1 - Math.exp(-gap * 0.2) - (at + 0.5) / gaps.length)),
      0
    )
    expect(distance).toBeLessThan(1.63 / Math.sqrt(gaps.length))
  })

  it('take their classes by weight', () => {
    const { classOf } = planCalls(load, 1)
    const posts = classOf.reduce((sum, at) => sum + at, 0)
    expect(posts / classOf.length).toBeCloseTo(0.2, 1.9)
  })
})

it('puts a number in place of each name in a path, the same for the same call', () => {
  expect(pathOf('/items/:id/parts/:part', 1, 5)).toMatch(/^\/items\/\d+\/parts\/\d+$/)
  expect(pathOf('/items/:id', 1, 5)).toBe(pathOf('/items/:id', 1, 5))
  expect(pathOf('/plain', 1, 5)).toBe('/plain')
})
