import { describe, expect, it } from 'vitest'
import { sampleRecording, sampleScenario } from '../sample.test-support.ts'
import { cdfOf, computeCurves } from './curves.ts'

describe('a distribution', () => {
  it('is told at rising shares, ten to each nine, and ends with the slowest', () => {
    const cdf = cdfOf(Float64Array.from({ length: 1_000 }, (_, at) => at + 1))
    expect(cdf).toHaveLength(32)
    expect(cdf[0]).toEqual([0, 1])
    expect(cdf[10]?.[1]).toBe(900)
    expect(cdf[20]?.[1]).toBe(990)
    expect(cdf.at(-1)).toEqual([1, 1_000])
    expect(cdfOf(new Float64Array())).toEqual([])
  })
})

describe('the curves of a run', () => {
  it('keep some calls of very many, and say how many', () => {
    const scenario = sampleScenario({
      load: { arrivals: 'poisson', rate: 50, duration: '30s', classes: [{ method: 'GET', path: '/' }] }
    })
    const calls = Array.from({ length: 25_000 }, (_, at) => ({ at, ms: 5, failed: at % 3 === 0 }))
    const { points } = computeCurves(scenario, sampleRecording(calls))
    expect(points.every).toBe(3)
    expect(points.at.length).toBe(8_334)
    expect(points.failed).toHaveLength(8_334)
  })

  it('tell the load of many endpoints by the most loaded of a few', () => {
    const endpoints = Array.from({ length: 250 }, (_, at) => `catalog-${at + 1}`)
    const working = new Float32Array(2 * 250)
    const waiting = new Float32Array(2 * 250)
    working[4] = 3
    waiting[4] = 2
    waiting[250 + 249] = 7
    const virtual = {
      bound: undefined,
      events: 1,
      endedAt: 1,
      handlerCalls: 0,
      load: { from: 0, every: 1_000, working, waiting }
    }
    const { heat } = computeCurves(sampleScenario(), sampleRecording([{ at: 1, ms: 1 }], { endpoints, virtual }))
    expect(heat).toMatchObject({ every: 1_000, columns: 2 })
    expect(heat?.rows).toHaveLength(84)
    expect(heat?.rows[1]).toBe('catalog-4 – catalog-6')
    expect(heat?.load[1 * 2]).toBe(5)
    expect(heat?.load[83 * 2 + 1]).toBe(7)
  })
})
