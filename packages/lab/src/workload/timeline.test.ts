import { describe, expect, it } from 'vitest'
import { sampleScenario } from '../sample.test-support.ts'
import { healthyUntil, timeline } from './timeline.ts'

const { faults, load } = sampleScenario({
  faults: [
    { kind: 'hang', replica: 'catalog-2', at: 1_000, for: 500 },
    { kind: 'slow', factor: 2, replica: 'catalog-1', at: 200, for: 800 },
    { kind: 'kill', replica: 'catalog-1', at: 1_000, for: 100 }
  ]
})

describe('a timeline', () => {
  it('begins and ends every fault in order of time, endings before beginnings', () => {
    expect(timeline(faults).map(({ at, what, fault }) => `${at} ${what} ${fault.name}`)).toEqual([
      '200 begin slow catalog-1',
      '1000 end slow catalog-1',
      '1000 begin hang catalog-2',
      '1000 begin kill catalog-1',
      '1100 end kill catalog-1',
      '1500 end hang catalog-2'
    ])
  })

  it('is healthy up to the first fault, or throughout without one', () => {
    expect(healthyUntil({ faults, load })).toBe(200)
    expect(healthyUntil({ faults: [], load })).toBe(3_000)
  })

  it('is healthy no longer than the load keeps its first rate', () => {
    const surge = { rate: 10, duration: '3s', classes: [{ method: 'GET' as const, path: '/' }] }
    const spike = sampleScenario({ load: { ...surge, arrivals: 'spike', peak: 20, at: '1s', for: '1s' } })
    const ramp = sampleScenario({ load: { ...surge, arrivals: 'ramp', to: 20, at: '500ms' } })
    expect(healthyUntil(spike)).toBe(1_000)
    expect(healthyUntil(ramp)).toBe(500)
  })
})
