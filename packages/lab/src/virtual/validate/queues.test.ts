import { describe, expect, it } from 'vitest'
import { batchMeans } from './batch-means.ts'
import { checkQueues } from './queues.ts'
import { erlangC, meanInMD1, meanInMMc, quantileInMM1 } from './theory.ts'

describe('closed forms', () => {
  it('are those of the books', () => {
    expect(meanInMMc({ arrival: 0.07, service: 0.1, servers: 1 })).toBeCloseTo(1 / 0.03, 9)
    // Two servers at 75 %: a textbook's probability to wait is 0.6429, its mean time 1 / (service (1 − ρ²)).
    expect(erlangC({ arrival: 1.5, service: 1, servers: 2 })).toBeCloseTo(0.642_857, 6)
    expect(meanInMMc({ arrival: 1.5, service: 1, servers: 2 })).toBeCloseTo(1 / (1 - 0.75 ** 2), 9)
    expect(meanInMD1({ arrival: 0.5, service: 1 })).toBeCloseTo(1.5, 9)
    expect(quantileInMM1({ arrival: 0.5, service: 1 }, 0.5)).toBeCloseTo(Math.log(2) / 0.5, 9)
  })
})

describe('an interval from batch means', () => {
  it('is as wide as the scatter of the batches says', () => {
    const values = Float64Array.from({ length: 3_000 }, (_, at) => Math.floor(at / 100) % 2)
    const { mean, low, high } = batchMeans(values, 0)
    expect(mean).toBe(0.5)
    // Thirty batches, half of them 0 and half of them 1.
    expect(high - mean).toBeCloseTo(2.756386 * Math.sqrt(7.5 / 29 / 30), 9)
    expect(mean - low).toBeCloseTo(high - mean, 12)
  })
})

describe('the engine', () => {
  it('agrees with queueing theory: M/M/1, M/M/4 and M/D/1, 70 % loaded', { timeout: 60_000 }, () => {
    for (const { name, expected, low, high, arrivals } of checkQueues({ arrivals: 300_000, utilizations: [0.7] })) {
      expect(arrivals, name).toBeGreaterThan(290_000)
      expect(low, name).toBeLessThanOrEqual(expected)
      expect(high, name).toBeGreaterThanOrEqual(expected)
      // Else anything would be inside.
      expect(high - low, name).toBeLessThan(expected * (name.includes('share') ? 0.8 : 0.08))
    }
  })
})
