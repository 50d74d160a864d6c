import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { assess } from '../run.ts'
import { createResult } from '../report/result.ts'
import type { Result } from '../report/result.ts'
import { sampleRecording, sampleScenario } from '../sample.test-support.ts'
import { compareResults } from './compare.ts'
import { renderResultComparison } from './table.ts'

const scenario = sampleScenario({ contenders: [{ peer: 'inmesh' }, { peer: 'random' }] })

function resultOf(latencies: Record<string, readonly number[]>, world: Result['world'] = 'virtual'): Result {
  const runs = Object.entries(latencies).flatMap(([contender, all]) =>
    all.map((ms, at) => assess(scenario, sampleRecording([{ at: 100, ms }], { contender, seed: at + 1 })))
  )
  return createResult(scenario, { world, runs, notes: [] })
}

const before = resultOf({ inmesh: [20, 40, 30], random: [50, 60, 70] })
const after = resultOf({ inmesh: [19, 39.1, 28.9], envoy: [1, 2, 3] })

describe('two results', () => {
  it('are compared seed by seed where seeds and world are the same', () => {
    const { paired, figures } = compareResults(['a', 'b'], before, after)
    expect(paired).toBe(true)
    expect(figures.find(({ figure }) => figure === 'p99')).toMatchObject({
      contender: 'inmesh',
      first: 30,
      second: 29,
      beyondNoise: true
    })
    expect(figures.find(({ figure }) => figure === 'success')).toMatchObject({ difference: 0, beyondNoise: false })
  })

  it('of two worlds are two samples', () => {
    const real = resultOf({ inmesh: [19, 39.1, 28.9] }, 'real')
    const { paired, figures } = compareResults(['a', 'b'], before, real)
    expect(paired).toBe(false)
    expect(figures.find(({ figure }) => figure === 'p99')?.beyondNoise).toBe(false)
  })

  it('are shown side by side, with who is in one of them only', () => {
    const text = renderResultComparison(compareResults(['a', 'b'], before, after), pc.createColors(false))
    expect(text).toMatch(/p99 +│ +30 ms │ +29 ms │ −1 ms \(−3\.3 %\) │ −1\.2 ms … −0\.8 ms │ beyond noise │/)
    expect(text).toContain('! only in a: random')
    expect(text).toContain('! only in b: envoy')
  })
})
