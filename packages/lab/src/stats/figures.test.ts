import { describe, expect, it } from 'vitest'
import { sampleRecording, sampleScenario } from '../sample.test-support.ts'
import { computeFigures, triesShare } from './figures.ts'
import { computeSeries } from './series.ts'

const scenario = sampleScenario({ faults: [{ kind: 'hang', replica: 'catalog-2', at: '1s', for: '1s' }] })
const recording = sampleRecording([
  { at: -500, ms: 900, failed: true, tries: [0, 0, 0] },
  { at: 100, ms: 4, tries: [0] },
  { at: 900, ms: 6, tries: [1] },
  { at: 1_100, ms: 300, failed: true, tries: [1, 0] },
  { at: 2_500, ms: 5, tries: [0] }
])

describe('figures', () => {
  const figures = computeFigures(scenario, recording)

  it('count every call due in the measured time and none of the warm-up', () => {
    expect(figures.calls).toBe(4)
    expect(figures.success).toBe(0.75)
    expect(figures.tries).toBe(5)
    expect(figures.extraLoad).toBe(0.25)
    expect(figures.share).toEqual({ 'catalog-1': 3 / 5, 'catalog-2': 2 / 5 })
  })

  it('take failed calls into the latencies at the time they failed', () => {
    expect(figures.latencyMs).toMatchObject({ p50: 5, p99: 300, max: 300 })
  })

  it('call healthy what was due before the first fault', () => {
    expect(figures.healthy).toMatchObject({ calls: 2, latencyMs: { p50: 4, p99: 6 } })
  })

  it('count only failures as hurt when a fault begins with the run', () => {
    const from = sampleScenario({ faults: [{ kind: 'hang', replica: 'catalog-2', at: 0, for: '2s' }] })
    const slow = sampleRecording([
      { at: 100, ms: 900 },
      { at: 1_900, ms: 5 }
    ])
    expect(computeFigures(from, slow).faults[0]?.outOfTheWayMs).toBe(0)
  })

  it('know the share of tries that went to a replica within a span', () => {
    expect(triesShare(recording, ['catalog-2'], { from: 1_000, to: 2_000 })).toBe(0.5)
    expect(triesShare(recording, ['catalog-2'], { from: 2_000, to: 3_000 })).toBe(0)
  })

  it('count a try without a call of its own by its time', () => {
    const { result } = recording
    const strays = {
      ...recording,
      result: { ...result, tries: { ...result.tries, call: result.tries.call.map(() => -1) } }
    }
    expect(computeFigures(scenario, strays).tries).toBe(5)
  })
})

describe('a series', () => {
  it('has one entry a second, and holes where nothing was due', () => {
    const series = computeSeries(
      sampleScenario(),
      sampleRecording([
        { at: 100, ms: 4, tries: [0, 1] },
        { at: 2_100, ms: 8, failed: true }
      ])
    )
    expect(series).toEqual({
      calls: [1, 0, 1],
      success: [1, 0, 0],
      p50: [4, null, 8],
      p99: [4, null, 8],
      share: { 'catalog-1': [0.5, null, 1], 'catalog-2': [0.5, null, 0] }
    })
  })
})
