import { describe, expect, it } from 'vitest'
import { runScenario } from './run.ts'
import { sampleRecording, sampleScenario } from './sample.test-support.ts'
import { computeFigures } from './stats/figures.ts'

describe('a run of a scenario in virtual time', () => {
  const scenario = sampleScenario({
    services: { catalog: { replicas: 4, serviceTime: { kind: 'exponential', mean: '5ms' } } },
    load: { arrivals: 'poisson', utilization: 0.6, duration: '2s', classes: [{ method: 'GET', path: '/' }] },
    contenders: [{ peer: 'inmesh' }, { peer: 'round-robin' }, { peer: 'oracle' }],
    asserts: [{ contender: 'inmesh', metric: 'latency', quantile: 'p99', atMostTimes: 1_000, of: 'oracle' }]
  })

  it('is the same again, call by call', async () => {
    const [first, second] = [
      await runScenario(scenario, { world: 'virtual' }),
      await runScenario(scenario, { world: 'virtual' })
    ]
    expect(first).toEqual(second)
    expect(first.runs.map(({ figures }) => figures.calls)).toEqual(
      Array.from({ length: 3 }, () => first.runs[0]?.figures.calls)
    )
  })

  it('judges an assert by a contender that runs later', async () => {
    const { runs } = await runScenario(scenario, { world: 'virtual' })
    expect(runs[0]?.verdicts).toMatchObject([{ ok: true, text: "p99 <= 1000 × oracle's" }])
  })

  it('says nothing of the CPU', async () => {
    const { runs } = await runScenario(scenario, { world: 'virtual', contender: 'oracle' })
    expect(runs).toHaveLength(1)
    expect(runs[0]?.figures).not.toHaveProperty('cpu')
  })
})

it('counts the calls that services make of each other as calls', () => {
  const load = { from: 0, every: 1_000, working: new Float32Array(), waiting: new Float32Array() }
  const virtual = { bound: undefined, events: 1, endedAt: 1, handlerCalls: 2, load }
  const recording = sampleRecording([{ at: 1, ms: 1, tries: [0, 1, 1] }], { virtual })
  expect(computeFigures(sampleScenario(), recording).extraLoad).toBe(0)
})
