import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleScenario } from '../sample.test-support.ts'
import type { OpenLoad } from '../scenario/load.ts'
import type { ScenarioInput } from '../scenario/scenario.ts'
import { planCalls } from './arrivals.ts'
import { nextAfter, ratesOf } from './rates.ts'
import { zipfPicker } from './zipf.ts'

function loadOf(shape: object): OpenLoad {
  const gaps = 'instants' in shape ? {} : { gaps: 'uniform' }
  const load = { duration: 10_000, ...gaps, classes: [{ method: 'GET', path: '/' }], ...shape }
  return sampleScenario({ load: load as ScenarioInput['load'] }).load as OpenLoad
}

function dueIn(load: OpenLoad, from: number, to: number): number {
  return planCalls(load, 1).dueAt.filter((at) => at >= from && at < to).length
}

describe('arrivals whose rate changes', () => {
  it('ramp along a straight line and stay: as many calls as the area under it', () => {
    const load = loadOf({ arrivals: 'ramp', rate: 100, to: 300, at: 2_000, for: 4_000 })
    expect(dueIn(load, 0, 2_000)).toBeCloseTo(200, -1)
    expect(dueIn(load, 2_000, 4_000)).toBeCloseTo(300, -1)
    expect(dueIn(load, 4_000, 6_000)).toBeCloseTo(500, -1)
    expect(dueIn(load, 6_000, 10_000)).toBeCloseTo(1_200, -1)
  })

  it('spike for a while', () => {
    const load = loadOf({ arrivals: 'spike', rate: 50, peak: 500, at: 3_000, for: 1_000 })
    expect([dueIn(load, 2_000, 3_000), dueIn(load, 3_000, 4_000), dueIn(load, 4_000, 5_000)]).toEqual([50, 500, 50])
  })

  it('scatter as Poisson says where gaps are drawn', () => {
    const load = loadOf({ arrivals: 'spike', rate: 50, peak: 500, at: 3_000, for: 4_000, gaps: 'poisson' })
    const peak = dueIn(load, 3_000, 7_000)
    expect(peak).not.toBe(2_000)
    expect(Math.abs(peak - 2_000)).toBeLessThan(4 * Math.sqrt(2_000))
  })

  it('are what a trace says, in order, within the load', () => {
    const load = loadOf({ arrivals: 'trace', warmUp: 5, instants: [7, -3, 12_000, 1, 1, -9] })
    expect(Array.from(planCalls(load, 1).dueAt)).toEqual([-3, 1, 1, 7])
  })

  it('are due when as many calls have become due as were asked for, whatever the line', () => {
    const shapes = fc.record({
      rate: fc.integer({ min: 1, max: 900 }),
      to: fc.integer({ min: 1, max: 900 }),
      at: fc.nat(5_000),
      for: fc.nat(5_000)
    })
    fc.assert(
      fc.property(shapes, fc.nat(9_000), fc.double({ min: 0.01, max: 900, noNaN: true }), (shape, from, calls) => {
        const rates = ratesOf(loadOf({ arrivals: 'ramp', ...shape }))
        const area = rates.reduce((sum, stretch) => {
          const [start, end] = [Math.max(from, stretch.from), Math.min(nextAfter(rates, from, calls), stretch.to)]
          if (start >= end) return sum
          const rateAt = (at: number): number =>
            stretch.rateFrom === stretch.rateTo
              ? stretch.rateFrom
              : stretch.rateFrom +
                ((stretch.rateTo - stretch.rateFrom) * (at - stretch.from)) / (stretch.to - stretch.from)
          return sum + ((end - start) * (rateAt(start) + rateAt(end))) / 2
        }, 0)
        expect(area).toBeCloseTo(calls, 6)
      })
    )
  })
})

describe('keys that are called for unevenly', () => {
  it('are in proportion to one over their rank to the power of the exponent', () => {
    const pick = zipfPicker(100, 1)
    const counts = new Uint32Array(100)
    for (let draw = 0; draw < 100_000; draw++) counts[pick((draw + 0.5) / 100_000)]! += 1
    expect(counts[0]! / counts[1]!).toBeCloseTo(2, 1)
    expect(counts[0]! / counts[9]!).toBeCloseTo(10, 0)
    expect(counts.every((count) => count > 0)).toBe(true)
  })

  it('are all alike without one', () => {
    const pick = zipfPicker(4, 0)
    expect([0, 0.3, 0.6, 0.999].map(pick)).toEqual([0, 1, 2, 3])
  })
})
