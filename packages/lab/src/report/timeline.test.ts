import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { Change, ChangeType, Decisions } from '../decisions/decisions.ts'
import { assess } from '../run.ts'
import type { Run } from '../run.ts'
import { sampleRecording, sampleScenario } from '../sample.test-support.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { renderPage } from './page.ts'
import { createResult, toJson } from './result.ts'
import { renderTable } from './table.ts'

const change = (at: number, type: ChangeType, more: Partial<Change> = {}): Change => ({ at, by: 'client', service: 'catalog', type, ...more })
const about = (endpoint: string, at: number, type: ChangeType, more: Partial<Change> = {}): Change => change(at, type, { endpoint, ...more })
const decisions: Decisions = {
  by: ['client'],
  every: 1_000,
  changes: [
    about('catalog-1', -500, 'severity-changed', { severity: 0.6 }),
    about('catalog-1', 600, 'severity-changed', { severity: 0 }),
    about('catalog-2', 1_250, 'ejected', { why: 'consecutive', consecutive: 5, length: 500 }),
    change(1_500, 'storm', { share: 0 }),
    about('catalog-2', 1_750, 'probe'),
    about('catalog-2', 2_000, 'returned', { outFor: 750 }),
    about('catalog-1', 2_250, 'ejected', { why: 'failure-rate', failures: 9, tries: 12, length: 500 }),
    about('catalog-3', 2_300, 'unreachable', { complaint: '<script>alert(1)</script>' }),
    about('catalog-3', 3_400, 'reachable', { outFor: 1_100 })
  ],
  beyond: {},
  counts: [{ service: 'catalog', type: 'retried', each: [0, 3, 6] }]
}

const services = { catalog: { replicas: 4, serviceTime: { kind: 'constant', value: '2ms' } } } as const
const scenario = sampleScenario({
  services,
  contenders: [{ peer: 'undici', name: '<u>undici</u>' }, { peer: 'inmesh', name: '<i>inmesh</i>' }],
  faults: [{ kind: 'hang', replica: 'catalog-2', name: '"<b>hang</b>"', at: '1s', for: '1s' }]
})
const names = ['catalog-1', 'catalog-2', 'catalog-3', 'catalog-4']

function runOf(contender: string, told?: Decisions, of: Scenario = scenario): Run {
  const calls = [
    { at: 100, ms: 4, tries: [0] },
    { at: 1_200, ms: 5, tries: [1] }
  ]
  return assess(of, sampleRecording(calls, { contender, endpoints: names, ...(told !== undefined && { decisions: told }) }))
}

function pageOf(told: Decisions, of: Scenario = scenario): string {
  const runs = of.contenders.map(({ name, kind }) => runOf(name, kind === 'inmesh' ? told : undefined, of))
  return renderPage(of, createResult(of, { world: 'real', runs, notes: [] }), runs)
}

/** The lanes of a page by their names, each with the places of what is in it, in ms of the 3 s that are measured. */
function lanesIn(page: string): Map<string, { kind: string; from: number; to: number; title: string }[]> {
  const parts = page.split('<div class="lane ').slice(1)
  return new Map(
    parts.map((part) => {
      const name = /data-lane="([^"]*)"/.exec(part)?.[1] ?? ''
      const placed = [...part.matchAll(/class="((?:fault|span|mark) [^"]*)" style="left:([\d.]+)%(?:;width:([\d.]+)%)?[^"]*" title="([^"]*)"/g)]
      return [name, placed.map(([, kind = '', left, width = '0', title = '']) => ({ kind, from: Number(left) * 30, to: (Number(left) + Number(width)) * 30, title }))] as const
    })
  )
}

const near = (ms: number): unknown => expect.closeTo(ms, 1)

describe('the timeline', () => {
  const page = pageOf(decisions)
  const lanes = lanesIn(page)

  it('has a lane for each endpoint, also of those about which nothing was decided', () => {
    expect([...lanes.keys()].filter((name) => name.startsWith('catalog'))).toEqual(names)
    expect(lanes.get('catalog-4')).toEqual([])
  })

  it('has bars and marks where the events were', () => {
    expect(lanes.get('catalog-2')).toEqual([
      { kind: 'fault endpoint', from: near(1_000), to: near(2_000), title: expect.stringContaining('1 s to 2 s') },
      { kind: 'span ejected', from: near(1_250), to: near(2_000), title: '1.25 s to 2.00 s: ejected: 5 failed in a row; for 500 ms' },
      { kind: 'mark probe', from: near(1_750), to: near(1_750), title: '1.75 s: a probe goes out' },
      { kind: 'mark returned', from: near(2_000), to: near(2_000), title: expect.stringContaining('returned after 750 ms') }
    ])
  })

  it('writes on a bar how long after its fault it began, and why', () => {
    expect(page).toContain('<span><b>+0.3 s</b>5 failed in a row</span>')
  })

  it('draws what had not ended to the end, and what began in the warm-up from its own', () => {
    expect(lanes.get('catalog-1')).toEqual([
      { kind: 'span severity', from: 0, to: near(600), title: expect.stringContaining('error severity 0.6') },
      { kind: 'span ejected open', from: near(2_250), to: near(3_000), title: 'from 2.25 s to the end: ejected: 9 of 12 failed; for 500 ms' }
    ])
  })

  it('has what ends after the measured time end with it, and says when', () => {
    expect(lanes.get('catalog-3')).toMatchObject([{ kind: 'span unreachable open', from: near(2_300), to: near(3_000), title: expect.stringMatching(/^2\.30 s to 3\.40 s/) }])
  })

  it('has lanes of the service, with all faults behind', () => {
    expect(lanes.get('storm')).toMatchObject([{ kind: 'fault service' }, { kind: 'span state open', from: near(1_500), to: near(3_000) }])
    expect(page).toMatch(/data-lane="retries".*?<path d="M1000 100V50\.0H2000V100ZM2000 100V0\.0H3000V100Z"\/>/)
  })

  it('begins and ends where the plots do: both ask the style sheet', () => {
    expect(page).toMatch(/--gutter: \d+px;.*--margin: \d+px;/s)
    expect(page).toContain("lab.gutter = () => Number.parseFloat(lab.color('--gutter'))")
    expect(page).toMatch(/latencyAxis\(data\.latencyRange, lab\.gutter\(\)\)/)
    expect(page).toContain('padding: [room, margin, 0, 0]')
  })

  it('says plainly who tells nothing', () => {
    expect(page).toContain('<p class="note untold">&lt;u&gt;undici&lt;/u&gt; tells no decisions.</p>')
  })

  it('has every decision as text too', () => {
    expect(page).toContain('<tr><td>1.25 s</td><td>catalog-2</td><td>ejected: 5 failed in a row; for 500 ms</td></tr>')
    expect(page).toContain('<tr><td>retries</td><td>catalog</td><td>9</td><td>6 from 2 s on</td></tr>')
    expect(page).toContain('ejected after 250 ms (5 failed in a row), 1 probe, back 0 ms after its end')
  })

  it('takes names and complaints for text', () => {
    expect(page).not.toMatch(/<(i|u|b)>(inmesh|undici|hang)|<script>alert/)
    expect(page).toContain('unreachable: &lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).toContain('title="&quot;&lt;b&gt;hang&lt;/b&gt;&quot;: 1 s to 2 s"')
  })

  it('is in the terminal as a line for each fault', () => {
    const result = createResult(scenario, { world: 'real', runs: [runOf('<i>inmesh</i>', decisions)], notes: [] })
    expect(renderTable(result, pc.createColors(false))).toMatch(/what <i>inmesh<\/i> decided\n {2}"<b>hang<\/b>" {2}at 1 s {2}ejected after 250 ms/)
  })

  it('is in the JSON, whole', () => {
    const result = createResult(scenario, { world: 'real', runs: [runOf('<i>inmesh</i>', decisions)], notes: [] })
    const { contenders } = JSON.parse(toJson(result)) as { contenders: unknown[] }
    expect(contenders[0]).toMatchObject({ decisions: { ...decisions, byFault: [{ hit: 1, out: 1, as: 'ejected', afterMs: 250, probes: 1, backMs: 0 }] } })
  })

  it('says what is not shown where there was too much', () => {
    expect(pageOf({ ...decisions, beyond: { 'severity-changed': { count: 1_234, from: 2_000 } } })).toContain(
      '1,234 more of severity-changed are not kept: from 2.0 s on it is not shown.'
    )
  })

  it('shows bars of several processes paler, and who each is', () => {
    const both = pageOf({ ...decisions, by: ['client-1', 'client-2'], changes: ['client-1', 'client-2'].map((by) => ({ ...decisions.changes[2], by }) as Change) })
    expect(lanesIn(both).get('catalog-2')?.filter(({ kind }) => kind.startsWith('span')).map(({ title }) => title.slice(-10))).toEqual([', client-1', ', client-2'])
    expect(both).toContain(';opacity:0.50"')
    expect(both).toContain('2 processes decide')
  })

  it('is of the replicas where only they tell', () => {
    const servers = pageOf({ ...decisions, by: ['catalog-1'] })
    expect(servers).toContain('tells no decisions of its clients; these are of the replicas.')
  })

  it('stands below the plot of all where there are many contenders', () => {
    const many = sampleScenario({ services, contenders: [{ peer: 'round-robin' }, { peer: 'inmesh' }, { peer: 'oracle' }, { peer: 'envoy' }] })
    const wide = pageOf(decisions, many)
    expect(wide.indexOf('id="overlay"')).toBeLessThan(wide.indexOf('class="timeline"'))
    expect(wide).toContain('round-robin, oracle, envoy: tell no decisions.')
    expect(wide.match(/class="timeline"/g)).toHaveLength(1)
  })
})
