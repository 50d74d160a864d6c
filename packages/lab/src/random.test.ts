import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { draw, Draws, seededRandom } from './random.ts'

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

describe('draws by the million', () => {
  it('are those that are drawn one by one', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(), fc.nat(), fc.nat(), (seed, call, replica, purpose) => {
        expect(new Draws(seed).of(call, replica, purpose)).toBe(draw(seed, call, replica, purpose))
      })
    )
  })
})

describe('draw', () => {
  it('is always inside (0, 1) and always the same for the same keys', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), (keys) => {
        const value = draw(...keys)
        expect(value).toBeGreaterThan(0)
        expect(value).toBeLessThan(1)
        expect(draw(...keys)).toBe(value)
      })
    )
  })

  it('spreads neighbouring keys evenly, and neighbours tell nothing of each other', () => {
    const values = Array.from({ length: 20_000 }, (_, call) => draw(1, call, 3))
    const others = Array.from({ length: 20_000 }, (_, call) => draw(1, call, 4))
    expect(mean(values)).toBeCloseTo(0.5, 1.9)
    const covariance = mean(values.map((value, at) => (value - 0.5) * ((others[at] ?? 0) - 0.5)))
    expect(Math.abs(covariance * 12)).toBeLessThan(0.03)
    const bins = new Uint32Array(20)
    for (const value of values) bins[Math.floor(value * 20)]! += 1
    for (const count of bins) expect(Math.abs(count - 1_000)).toBeLessThan(130)
  })
})

describe('a seeded stream', () => {
  it('repeats itself for the same seed and differs for another', () => {
    const take = (seed: number): number[] => {
      const random = seededRandom(seed)
      return Array.from({ length: 5 }, () => random.next())
    }
    expect(take(7)).toEqual(take(7))
    expect(take(7)).not.toEqual(take(8))
  })

  it('is uniform', () => {
    const random = seededRandom(1)
    const values = Array.from({ length: 50_000 }, () => random.next())
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.006)
    expect(Math.abs(mean(values.map((value) => (value - 0.5) ** 2)) - 1 / 12)).toBeLessThan(0.002)
  })
})
