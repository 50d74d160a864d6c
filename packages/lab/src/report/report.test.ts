import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { sampleRecording, sampleScenario } from '../sample.test-support.ts'
import type { SampleCall } from '../sample.test-support.ts'
import { assess } from '../run.ts'
import type { Run } from '../run.ts'
import { judge } from '../stats/verdicts.ts'
import { renderPage } from './page.ts'
import { createResult, toJson } from './result.ts'
import { renderTable } from './table.ts'

const scenario = sampleScenario({
  title: 'Tags like <b> & "quotes"',
  contenders: [{ peer: 'undici' }, { peer: 'inmesh' }],
  faults: [{ kind: 'hang', replica: 'catalog-2', at: '1s', for: '1s' }],
  asserts: [{ contender: 'inmesh', metric: 'success', atLeast: 0.9 }]
})

function runOf(contender: string, seed: number, calls: readonly SampleCall[]): Run {
  const recording = sampleRecording(calls, { contender, seed })
  return assess(scenario, recording)
}

const steady = [
  { at: -10, ms: 70 },
  { at: 100, ms: 4 },
  { at: 1_200, ms: 5.25, tries: [1] },
  { at: 2_200, ms: 6 }
]
const runs = [
  runOf('undici', 1, [
    { at: 100, ms: 4 },
    { at: 1_200, ms: 800, failed: true, tries: [1] }
  ]),
  runOf('inmesh', 1, steady),
  runOf('inmesh', 2, [
    { at: 100, ms: 9, failed: true },
    { at: 200, ms: 4 }
  ])
]
const result = createResult(scenario, { world: 'real', runs, notes: [] })

describe('a result', () => {
  it('has the shape that checks and dashboards read', () => {
    expect(JSON.parse(toJson(result))).toMatchObject({
      scenario: 'sample',
      world: 'real',
      seeds: [1, 2],
      healthy: { latencyMs: { p50: 4, p99: 9 } },
      contenders: [
        {
          name: 'undici',
          calls: 2,
          success: 0.5,
          tries: 2,
          extraLoad: 0,
          latencyMs: { p50: 4, p90: 800, p99: 800, p999: 800, max: 800 },
          share: { 'catalog-1': 0.5, 'catalog-2': 0.5 },
          faults: [{ name: 'hang catalog-2', outOfTheWayMs: 200 }],
          asserts: []
        },
        { name: 'inmesh', success: 0.5, asserts: [{ text: 'success >= 0.9', ok: false, got: '50 %' }] }
      ]
    })
  })

  it('keeps every seed beside the worst of each figure', () => {
    const inmesh = result.contenders[1]
    expect(inmesh?.calls).toBe(5)
    expect(inmesh?.perSeed.map(({ seed, success, asserts }) => ({ seed, success, ok: asserts[0]?.ok }))).toEqual([
      { seed: 1, success: 1, ok: true },
      { seed: 2, success: 0.5, ok: false }
    ])
    expect(result.ok).toBe(false)
  })

  it('is a table in the terminal, with what had to hold below', () => {
    const table = renderTable(result, pc.createColors(false))
    expect(table).toMatch(/success +│ +50 % │ +50 % │/)
    expect(table).toMatch(/hang catalog-2 +│ +0\.2 s │ +0\.0 s │/)
    expect(table).toContain('✗ inmesh: success >= 0.9 (50 %)')
    expect(table).toContain('worst of 2 seeds')
  })
})

describe('the page', () => {
  const page = renderPage(scenario, result, runs)
  const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '') as {
    contenders: { points: unknown }[]
    faults: unknown[]
  }

  it('needs nothing from anywhere', () => {
    expect(page).not.toMatch(/(src|href)=|@import|url\(/)
    expect(page).toContain('uPlot=')
  })

  it('escapes what the scenario says', () => {
    expect(page).toContain('<h1>Tags like &lt;b&gt; &amp; &quot;quotes&quot;</h1>')
  })

  it('carries every measured call of the first seed, and which failed', () => {
    expect(data.contenders[0]?.points).toEqual({ at: [100, 1_200], ms: [4, 800], failed: [1], every: 1 })
    expect(data.contenders[1]?.points).toEqual({ at: [100, 1_200, 2_200], ms: [4, 5.3, 6], failed: [], every: 1 })
    expect(data.faults).toEqual([
      {
        name: 'hang catalog-2',
        label: 'hang',
        kind: 'hang',
        number: 1,
        replica: 'catalog-2',
        targets: ['catalog-2'],
        from: 1_000,
        to: 2_000
      }
    ])
  })
})

describe('a comparison of many', () => {
  const many = sampleScenario({
    contenders: [{ peer: 'round-robin' }, { peer: 'inmesh', name: '<i>' }, { peer: 'oracle' }, { peer: 'envoy' }],
    asserts: [{ contender: '<i>', metric: 'shareOfOracle', quantile: 'max', atLeast: 0.7 }]
  })
  const latencies: Record<string, number> = { 'round-robin': 90, '<i>': 30, oracle: 10, envoy: 120 }
  const assessed = [1, 2].flatMap((seed) => {
    const same: Run[] = []
    for (const [contender, ms] of Object.entries(latencies)) {
      const recording = sampleRecording([{ at: 100, ms: ms + seed }], { contender, seed, cpu: undefined })
      same.push(assess(many, recording, same))
    }
    return same.map((run) => ({ ...run, verdicts: judge(many, run, same) }))
  })
  const wide = createResult(many, { world: 'virtual', runs: assessed, notes: ['undici is left out'] })

  it('has a line per contender, with how far it has come to the oracle', () => {
    expect(wide.contenders.map(({ name, toOracle }) => [name, toOracle?.p99])).toEqual([
      ['round-robin', 0],
      ['<i>', 0.75],
      ['oracle', 1],
      ['envoy', -0.375]
    ])
    const table = renderTable(wide, pc.createColors(false))
    expect(table).toMatch(/│ <i> +│ +100 % │ 0\.33\/s │.* 31\.5 ms ± 6\.4 ms │.* 75 % │/)
    expect(table).toMatch(/│ envoy.* −37 % │/)
  })

  it('judges what is relative under the same seed', () => {
    expect(wide.contenders[1]?.asserts).toEqual([
      { text: 'max: 70 % of the way from round robin to the oracle', ok: true, got: '75 %' }
    ])
  })

  it('marks peers that have not reproduced anything, and says where each is described', () => {
    const unverified = { ...wide, peers: { ...wide.peers, envoy: { source: 'a <page>', differs: [], verified: null } } }
    expect(renderTable(unverified, pc.createColors(false))).toMatch(/│ envoy \* +│/)
    const page = renderPage(many, unverified, assessed)
    expect(page).toContain('a &lt;page&gt;. unverified')
  })

  it('draws all contenders together and escapes their names', () => {
    const page = renderPage(many, wide, assessed)
    expect(page).toContain('id="overlay"')
    expect(page).not.toContain('id="latency-0"')
    expect(page).toContain('<p class="warning">undici is left out</p>')
    expect(page).toContain('&lt;i&gt;')
  })

  it('says which bound a run hit', () => {
    const virtual = {
      bound: 'events',
      events: 1_000,
      endedAt: 2_500,
      handlerCalls: 0,
      load: { from: 0, every: 1_000, working: new Float32Array(), waiting: new Float32Array() }
    } as const
    const run = assess(many, sampleRecording([{ at: 100, ms: 4 }], { contender: 'oracle', virtual }))
    const { notes } = createResult(many, { world: 'virtual', runs: [run], notes: [] })
    expect(notes).toEqual(['oracle, seed 1: the bound on events was reached at 2.5 s, after 1,000 events'])
  })
})
