import { describe, expect, it } from 'vitest'
import { assess } from '../run.ts'
import { sampleRecording, sampleScenario } from '../sample.test-support.ts'
import { comparisonOf } from './comparison.ts'
import { paints } from './paint.ts'
import { createResult } from './result.ts'

describe('a comparison', () => {
  const scenario = sampleScenario({
    contenders: ['round-robin', 'inmesh', 'oracle'].map((peer) => ({ peer })),
    measure: { within: '15ms' }
  })
  const runs = Object.entries({ 'round-robin': 10, inmesh: 13, oracle: 15 }).map(([contender, answered]) => {
    const calls = Array.from({ length: 20 }, (_, at) => ({ at, ms: at, failed: at >= answered }))
    return assess(scenario, sampleRecording(calls, { contender }))
  })
  const result = createResult(scenario, { world: 'virtual', runs, notes: [] })

  it('walks the way to the oracle upwards where more is better', () => {
    const inmesh = result.contenders[1]?.toOracle
    expect(inmesh).toMatchObject({ served: expect.closeTo(0.6, 9), success: expect.closeTo(0.6, 9) })
    // All three have the same latencies: there is no way to go.
    expect(inmesh).not.toHaveProperty('p99')
  })

  it('tells what was answered in time where the scenario says what that is', () => {
    const { columns, lines } = comparisonOf(result)
    const at = columns.indexOf('in time')
    expect(lines.map(({ cells }) => cells[at])).toEqual(['50 %', '65 %', '75 %'])
  })
})

describe('colours', () => {
  it('are their own for inmesh, round robin and the oracle, and nobody else has them', () => {
    const all = paints(['undici', 'random', 'inmesh', 'oracle', 'envoy', 'round-robin'])
    expect(all).toEqual(['--arm-0', '--arm-2', '--arm-1', '--oracle', '--arm-3', '--round-robin'])
    expect(paints(['undici', 'inmesh'])).toEqual(['--arm-0', '--arm-1'])
    expect(new Set(paints(['inmesh', 'inmesh', 'inmesh'])).size).toBe(3)
  })
})
