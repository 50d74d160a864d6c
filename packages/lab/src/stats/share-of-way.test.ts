import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sayShareOfWay, shareOfWay, shareOfWayUp } from './share-of-way.ts'

describe('share of the way from round robin to the oracle', () => {
  it.each([
    ['as round robin', 100, 0],
    ['as the oracle', 20, 1],
    ['halfway', 60, 0.5],
    ['worse than round robin', 140, -0.5],
    ['better than the oracle, which is greedy', 12, 1.1]
  ])('%s', (_, figure, share) => {
    expect(shareOfWay(figure, 100, 20)).toBeCloseTo(share, 12)
  })

  it('is undefined where the two coincide, whatever the contender does', () => {
    for (const figure of [5, 10, 20]) expect(shareOfWay(figure, 10, 10)).toBeUndefined()
    expect(shareOfWay(10, 10, 9.9)).toBeUndefined()
    expect(shareOfWay(10, 10, 9.7)).toBe(0)
  })

  it('is undefined where the oracle is behind, and where a figure is missing', () => {
    expect(shareOfWay(10, 10, 11)).toBeUndefined()
    for (const missing of [NaN, Infinity]) {
      expect(shareOfWay(missing, 10, 5)).toBeUndefined()
      expect(shareOfWay(10, missing, 5)).toBeUndefined()
      expect(shareOfWay(10, 10, missing)).toBeUndefined()
    }
    expect(shareOfWay(0, 0, 0)).toBeUndefined()
  })

  it('counts failures where success is what is asked for', () => {
    expect(shareOfWayUp(0.999, 0.99, 1)).toBeCloseTo(0.9, 9)
    expect(shareOfWayUp(1, 1, 1)).toBeUndefined()
  })

  it('does not depend on the unit, and is less for the slower of two', () => {
    const latency = fc.double({ min: 1, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(
        latency,
        latency,
        latency,
        latency,
        fc.double({ min: 0.001, max: 1_000, noNaN: true }),
        (a, b, x, y, unit) => {
          const share = shareOfWay(x, a, b)
          const scaled = shareOfWay(x * unit, a * unit, b * unit)
          if (share === undefined || scaled === undefined) return
          expect(Math.abs(scaled - share)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(share)))
          expect((shareOfWay(Math.max(x, y), a, b) ?? 0) <= (shareOfWay(Math.min(x, y), a, b) ?? 0)).toBe(true)
        }
      )
    )
  })

  it.each([
    [undefined, '–'],
    [0.874, '87 %'],
    [-0.001, '0 %'],
    [-0.5, '−50 %'],
    [1.031, '103 %'],
    [-50, '< −999 %']
  ])('%f reads as %s', (share, text) => expect(sayShareOfWay(share)).toBe(text))
})
