import { describe, expect, it } from 'vitest'
import { ReportedWeights } from './reported-weights.ts'
import { weighted } from './strategies.test-support.ts'

function reporting(...weights: readonly number[]): { factors: (now?: number) => number[]; reported: ReportedWeights<number>; pool: ReturnType<typeof weighted> } {
  const pool = weighted(...weights.map(() => 1))
  const reported = new ReportedWeights<number>()
  for (const at of [0, 1_000]) for (const [i, weight] of weights.entries()) reported.report(pool[i]!, weight, at)
  reported.report(pool[0]!, weights[0]!, 2_000)
  return { factors: (now = 2_000) => pool.map((endpoint) => reported.of(endpoint, now)), reported, pool }
}

describe('reported weights', () => {
  it('are relative to their median, whatever their unit', () => {
    expect(reporting(10, 20, 40).factors()).toEqual([0.5, 1, 2])
    expect(reporting(10_000, 20_000, 40_000).factors()).toEqual([0.5, 1, 2])
  })

  it('are held between a tenth and ten times the median', () => {
    expect(reporting(1, 100, 100, 100, 1e9).factors()).toEqual([0.1, 1, 1, 1, 10])
  })

  it('change nothing when only one reports', () => {
    expect(reporting(700).factors()).toEqual([1])
  })

  it('are ordinary for who reports nothing, or nonsense', () => {
    const { factors } = reporting(10, Number.NaN, -5, 0, Infinity, 30)
    expect(factors()).toEqual([1, 1, 1, 1, 1, 3])
  })

  it('are forgotten after three minutes, and with their endpoints', () => {
    const { factors, reported, pool } = reporting(10, 20, 40)
    expect(factors(181_001)).toEqual([0.5, 1, 1])
    expect(factors(182_001)).toEqual([1, 1, 1])
    reported.forget([pool[2]!])
    expect(factors()).toEqual([0.5, 1, 1])
    reported.report(pool[0]!, 10, 200_000)
    expect(factors(200_000)).toEqual([1, 1, 1])
  })
})
