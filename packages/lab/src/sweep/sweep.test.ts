import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pc from 'picocolors'
import { afterAll, describe, expect, it } from 'vitest'
import { sampleInput } from '../sample.test-support.ts'
import { ScenarioError } from '../scenario/mistakes.ts'
import { renderSweepPage } from './page.ts'
import { withValue } from './path.ts'
import { parseSetting, readSweep } from './read.ts'
import { runSweep } from './sweep.ts'
import { renderSweep } from './table.ts'

const folder = mkdtempSync(join(tmpdir(), 'inmesh-sweep-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(content))
  return path
}

const scenario = file('scenario.json', {
  ...sampleInput({
    contenders: [{ peer: 'round-robin' }, { peer: 'inmesh', policy: { timeout: '1s' } }, { peer: 'oracle' }]
  }),
  load: { arrivals: 'poisson', rate: 50, duration: '2s', classes: [{ method: 'GET', path: '/' }] }
})

function mistakesOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof ScenarioError) return error.message
    throw error
  }
  return ''
}

describe('a value at a path', () => {
  const input = { load: { rate: 1 }, contenders: [{ peer: 'random' }, { name: 'ours', peer: 'inmesh' }] }

  it('is put where it belongs, and the rest is left as it was', () => {
    expect(withValue(input, 'load.rate', 5)).toEqual({ ...input, load: { rate: 5 } })
    expect(withValue(input, 'contenders[0].options.timeout', '1s')).toMatchObject({
      contenders: [{ peer: 'random', options: { timeout: '1s' } }, { name: 'ours' }]
    })
    expect(withValue(input, 'contenders[ours].policy', {})).toMatchObject({ contenders: [{}, { policy: {} }] })
    expect(input.load.rate).toBe(1)
  })

  it('must not be in an entry that is not there, nor in a prototype', () => {
    expect(() => withValue(input, 'contenders[theirs].policy', {})).toThrow(/no theirs; accepted: random, ours/)
    expect(() => withValue(input, 'contenders[2].policy', {})).toThrow(/no 2/)
    expect(() => withValue(input, '__proto__.polluted', true)).toThrow(/no __proto__/)
  })
})

describe('a setting of the command line', () => {
  it('has values that are JSON, or else words', () => {
    expect(parseSetting('load.rate=10,20')).toEqual({ path: 'load.rate', values: [10, 20] })
    expect(parseSetting('a.b=1s,true,x')).toEqual({ path: 'a.b', values: ['1s', true, 'x'] })
    expect(parseSetting('a=[{"b":1},{"b":2}]')).toEqual({ path: 'a', values: [{ b: 1 }, { b: 2 }] })
    expect(() => parseSetting('load.rate')).toThrow(/path=value/)
  })
})

describe('a sweep', () => {
  it('has every value of each knob with every value of the others', () => {
    const path = file('sweep.json', {
      version: 1,
      name: 'both',
      scenario: 'scenario.json',
      set: [
        { path: 'load.rate', values: [20, 40] },
        { path: 'load.warmUp', values: ['1s'] },
        {
          name: 'fleet',
          values: [
            { label: 'small', set: { 'services.catalog.replicas': 1 } },
            { label: 'large', set: { 'services.catalog.replicas': 9, 'services.catalog.slots': 2 } }
          ]
        }
      ]
    })
    const { points, knobs } = readSweep(path)
    expect(knobs).toEqual(['load.rate', 'fleet'])
    expect(points.map(({ labels }) => labels.join(' '))).toEqual(['20 small', '20 large', '40 small', '40 large'])
    expect(points[3]?.scenario).toMatchObject({
      load: { rate: 40, warmUp: 1_000 },
      services: { catalog: { replicas: 9, slots: 2 } }
    })
  })

  it('lists what is wrong at any of its points before anything runs', () => {
    const text = mistakesOf(() =>
      readSweep(scenario, [parseSetting('load.rate=10,-1,0'), parseSetting('load.arivals=1')])
    )
    expect(text).toContain('load.rate: got -1')
    expect(text).toContain('load.rate: got 0')
    expect(text.match(/load\.arivals: got an unknown key/g)).toHaveLength(1)
    expect(mistakesOf(() => readSweep(scenario))).toContain('--set: got nothing')
    expect(
      mistakesOf(() => readSweep(file('bad.json', { version: 1, name: 'X', scenario: 'scenario.json', set: [{}] })))
    ).toContain('set[0]: got {}; accepted: a path with values, or a name with labelled values')
  })

  it('runs every point and tells of it in a table and a page', { timeout: 30_000 }, async () => {
    const begun: string[] = []
    const nothing = (): void => {}
    const result = await runSweep(readSweep(scenario, [parseSetting('load.rate=20,60')]), {
      seeds: 2,
      display: (at) => ({
        begin: ({ name }, seed) => void begun.push(`${at} ${name} ${seed}`),
        tick: nothing,
        step: nothing,
        end: nothing,
        close: nothing
      })
    })
    expect(begun).toHaveLength(12)
    expect(result.points.map(({ labels }) => labels)).toEqual([['20'], ['60']])
    const [few, many] = result.points.map(({ contenders }) => contenders.find(({ name }) => name === 'inmesh')!)
    expect(many!.calls / few!.calls).toBeGreaterThan(2)
    expect(many!.means.success.mean).toBe(1)
    const text = renderSweep(result, pc.createColors(false))
    expect(text).toMatch(/│ 60 +│ +inmesh │ +100 % │/)
    const page = renderSweepPage({ ...result, title: '<b>' })
    expect(page).toContain('<h1>&lt;b&gt;</h1>')
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '') as {
      points: string[]
      figures: { id: string; lines: { means: number[] }[] }[]
    }
    expect(data.points).toEqual(['20', '60'])
    expect(data.figures.find(({ id }) => id === 'served')?.lines[1]?.means[1]).toBe(many!.means.served.mean)
  })
})
