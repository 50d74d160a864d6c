import { describe, expect, it } from 'vitest'
import { sampleRecording, sampleScenario } from '../sample.test-support.ts'
import type { ScenarioInput } from '../scenario/scenario.ts'
import { assess } from '../run.ts'
import { computeFigures } from './figures.ts'
import type { Verdict } from './verdicts.ts'
import { worstFigures, worstVerdicts } from './worst.ts'

const calls = Array.from({ length: 290 }, (_, index) => ({
  at: index * 10,
  ms: index === 250 ? 50 : 5,
  tries: index % 100 === 60 ? [0, 1] : [0]
}))

function verdict(assert: NonNullable<ScenarioInput['asserts']>[number], failed = -1): Verdict | undefined {
  const scenario = sampleScenario({
    asserts: [assert],
    faults: [{ kind: 'hang', replica: 'catalog-2', at: '500ms', for: '2400ms' }]
  })
  const recording = sampleRecording(calls.map((call, index) => ({ ...call, failed: index === failed })))
  return assess(scenario, recording).verdicts[0]
}

describe('an assert', () => {
  it.each<[string, Parameters<typeof verdict>[0], boolean]>([
    ['success that is reached', { metric: 'success', atLeast: 0.996 }, true],
    ['success that is missed', { metric: 'success', atLeast: 0.997 }, false],
    ['an absolute latency', { metric: 'latency', quantile: 'max', atMost: '50ms' }, true],
    ['an absolute latency missed', { metric: 'latency', quantile: 'max', atMost: '49ms' }, false],
    ['latency against the healthy time', { metric: 'latency', quantile: 'p99', atMostTimesHealthy: 1 }, true],
    [
      'latency against the healthy time, missed',
      { metric: 'latency', quantile: 'max', atMostTimesHealthy: 9.9 },
      false
    ],
    ['extra load', { metric: 'extraLoad', atMost: 0.011 }, true],
    ['extra load missed', { metric: 'extraLoad', atMost: 0.01 }, false],
    [
      'the share of a faulty replica',
      { metric: 'faultShare', fault: 'hang catalog-2', after: '1s', below: 0.02 },
      true
    ],
    [
      'the share of a faulty replica, from its start',
      { metric: 'faultShare', fault: 'hang catalog-2', after: 0, below: 0.012 },
      false
    ],
    ['a fault out of the way', { metric: 'outOfTheWay', fault: 'hang catalog-2', within: '2s' }, true],
    ['repeated work', { metric: 'repeatedWork', atMost: 0 }, true],
    ['CPU', { metric: 'cpu', below: 0.1 }, false]
  ])('on %s', (_, assert, ok) => {
    expect(verdict(assert, 20)?.ok).toBe(ok)
  })

  it('says what it wanted and what it got', () => {
    expect(verdict({ metric: 'success', atLeast: 0.999 }, 3)).toMatchObject({
      text: 'success >= 0.999',
      got: '99.655 %'
    })
    expect(verdict({ metric: 'latency', quantile: 'max', atMostTimesHealthy: 2 })?.got).toBe('50 ms = 10.00 × 5 ms')
  })

  it('of another contender is not looked at', () => {
    const scenario = sampleScenario({
      contenders: [{ peer: 'undici' }, { peer: 'inmesh' }],
      asserts: [{ contender: 'inmesh', metric: 'success', atLeast: 1 }]
    })
    const recording = sampleRecording(calls)
    expect(assess(scenario, recording).verdicts).toEqual([])
  })
})

describe('the worst of several seeds', () => {
  const scenario = sampleScenario({ faults: [{ kind: 'hang', replica: 'catalog-2', at: '500ms', for: '1s' }] })
  const good = computeFigures(scenario, sampleRecording(calls))
  const bad = computeFigures(
    scenario,
    sampleRecording(
      calls.map((call) => ({ ...call, failed: true, ms: 9 })),
      { cpu: 0.05 }
    )
  )

  it('is taken figure by figure', () => {
    const worst = worstFigures([good, bad])
    expect(worst).toMatchObject({ calls: 580, success: 0, cpu: 0.1 })
    expect(worst.latencyMs).toMatchObject({ p50: 9, max: 50 })
    expect(worst.faults[0]?.outOfTheWayMs).toBeNull()
  })

  it('fails an assert that failed once, and shows the figure furthest from its bar', () => {
    const of = (ok: boolean, load: number): Verdict => ({ text: 'success', ok, got: String(load), load })
    expect(worstVerdicts([[of(true, 0.2)], [of(false, 1.5)], [of(false, 3)], [of(true, 0.9)]])).toEqual([of(false, 3)])
    expect(worstVerdicts([[of(true, 0.2)], [of(true, 0.9)]])).toEqual([of(true, 0.9)])
  })
})
