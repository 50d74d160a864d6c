import { describe, expect, it } from 'vitest'
import { assess } from '../run.ts'
import type { Run } from '../run.ts'
import { sampleRecording, sampleScenario } from '../sample.test-support.ts'
import type { SampleCall } from '../sample.test-support.ts'
import type { ScenarioInput } from '../scenario/scenario.ts'
import { judge } from './verdicts.ts'
import type { Verdict } from './verdicts.ts'

type AssertInput = NonNullable<ScenarioInput['asserts']>[number]

const classes = [
  { method: 'GET' as const, path: '/a', operation: 'a' },
  { method: 'GET' as const, path: '/b', operation: 'b' }
]
const calls: readonly SampleCall[] = [
  { at: 500, ms: 10, tries: [0, 1] },
  { at: 1_000, ms: 40, failed: true },
  { at: 1_999, ms: 30 },
  { at: 2_000, ms: 90 }
]

function read(assert: AssertInput): number | undefined {
  const scenario = sampleScenario({
    load: { arrivals: 'poisson', rate: 1, duration: '4s', classes },
    asserts: [assert]
  })
  const recording = sampleRecording(calls)
  // Calls of operation a, but the last.
  recording.result.classOf.set([0, 0, 0, 1])
  return assess(scenario, recording).readings[0]
}

describe('a reading', () => {
  it.each<[string, AssertInput, number]>([
    ['success of all', { metric: 'success', atLeast: 1 }, 0.75],
    [
      'success of a span: its start belongs to it, its end does not',
      { metric: 'success', atLeast: 1, from: '1s', until: '2s' },
      0.5
    ],
    ['success of an operation', { metric: 'success', atLeast: 1, operation: 'b' }, 1],
    ['a quantile of a span', { metric: 'latency', quantile: 'max', atMost: 1, until: '2s' }, 40],
    ['a quantile of an operation', { metric: 'latency', quantile: 'p50', atMost: 1, operation: 'b' }, 90],
    ['a quantile of what was served', { metric: 'latency', quantile: 'max', calls: 'served', atMost: 1, until: '2s' }, 30],
    ['tries at a service for each call', { metric: 'tries', service: 'catalog', atMost: 1 }, 1.25],
    ['what is served a second', { metric: 'served', atLeast: 1 }, 0.75],
    ['what is served in time', { metric: 'served', atLeast: 1, within: '30ms' }, 0.5],
    ['what is served in a span', { metric: 'served', atLeast: 1, from: '1s', until: '2s' }, 1],
    ['extra load', { metric: 'extraLoad', atMost: 1 }, 0.25],
    ['extra load of a span', { metric: 'extraLoad', atMost: 1, until: '1s' }, 1]
  ])('is %s', (_, assert, expected) => expect(read(assert)).toBe(expected))
})

describe('an assert about another contender', () => {
  function verdictOf(assert: AssertInput): Verdict | undefined {
    const contenders = ['random', 'inmesh', 'round-robin', 'oracle'].map((peer) => ({ peer }))
    const scenario = sampleScenario({ contenders, asserts: [assert] })
    const runs: Run[] = Object.entries({ inmesh: 20, random: 30, 'round-robin': 40, oracle: 15 }).map(
      ([contender, ms], at) => {
        const answered = Array.from({ length: 12 - at }, (_, index) => ({ at: index * 100, ms }))
        return assess(scenario, sampleRecording(answered, { contender }))
      }
    )
    return judge(scenario, runs[0] as Run, runs)[0]
  }

  it.each<[AssertInput, boolean, string]>([
    [
      { contender: 'inmesh', metric: 'latency', quantile: 'p99', atMostTimes: 0.67, of: 'random' },
      true,
      '20 ms = 0.67 × 30 ms'
    ],
    [
      { contender: 'inmesh', metric: 'latency', quantile: 'p99', atMostTimes: 0.66, of: 'random' },
      false,
      '20 ms = 0.67 × 30 ms'
    ],
    [
      { contender: 'inmesh', metric: 'served', atLeastTimes: 1.09, of: 'random' },
      true,
      '4 a second, random 3.7 a second'
    ],
    [
      { contender: 'inmesh', metric: 'served', atLeastTimes: 1.1, of: 'random' },
      false,
      '4 a second, random 3.7 a second'
    ],
    [{ contender: 'inmesh', metric: 'shareOfOracle', atLeast: 0.8 }, true, '80 %'],
    [{ contender: 'inmesh', metric: 'shareOfOracle', atLeast: 0.81 }, false, '80 %']
  ])('%j: %s', (assert, ok, got) => expect(verdictOf(assert)).toMatchObject({ ok, got }))

  it('is not judged where that one did not run', () => {
    const scenario = sampleScenario({
      contenders: [{ peer: 'inmesh' }, { peer: 'random' }],
      asserts: [{ metric: 'latency', quantile: 'p99', atMostTimes: 2, of: 'random' }]
    })
    expect(assess(scenario, sampleRecording([{ at: 1, ms: 1 }], { contender: 'inmesh' })).verdicts).toEqual([])
  })
})
