import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { anyReport } from './reports.test-support.ts'
import { weightOf } from './weight.ts'

describe('the weight of a load report', () => {
  it('is what is served per unit of load: the same work at half the load is twice the weight', () => {
    expect(weightOf({ rpsFractional: 100, cpuUtilization: 0.5 })).toBe(200)
    expect(weightOf({ rpsFractional: 100, cpuUtilization: 0.25 })).toBe(400)
  })

  it('goes by the application’s own utilisation where it is said', () => {
    expect(weightOf({ rpsFractional: 100, cpuUtilization: 0.1, applicationUtilization: 0.8 })).toBe(125)
    expect(weightOf({ rpsFractional: 100, cpuUtilization: 0.1, applicationUtilization: 0 })).toBe(1000)
  })

  it('counts errors as load: who fails everything at once is no fast server', () => {
    expect(weightOf({ rpsFractional: 100, eps: 100, applicationUtilization: 0.1 })).toBeCloseTo(100 / 1.1, 9)
    expect(weightOf({ rpsFractional: 100, eps: 50, applicationUtilization: 0.5 }, 2)).toBeCloseTo(100 / 1.5, 9)
    expect(weightOf({ rpsFractional: 100, eps: 100, applicationUtilization: 0.5 }, 0)).toBe(200)
  })

  it('is not there without requests or without a utilisation', () => {
    expect(weightOf({})).toBeUndefined()
    expect(weightOf({ rpsFractional: 100 })).toBeUndefined()
    expect(weightOf({ cpuUtilization: 0.5, eps: 3 })).toBeUndefined()
    expect(weightOf({ rpsFractional: NaN, cpuUtilization: 0.5 })).toBeUndefined()
    expect(weightOf({ rpsFractional: 1e300, cpuUtilization: 1e-300 })).toBeUndefined()
  })

  it('is above 0 and finite, or not there, and never more for more errors', () => {
    expect(counterexample(fc.tuple(anyReport, fc.double({ min: 0, max: 1e6, noNaN: true })), ([report, more]) => {
      const weight = weightOf(report)
      const worse = weightOf({ ...report, eps: (report.eps ?? 0) + more })
      if (weight === undefined) return worse === undefined || worse > 0
      return weight > 0 && weight < Infinity && (worse === undefined || worse <= weight)
    })).toBeUndefined()
  })
})
