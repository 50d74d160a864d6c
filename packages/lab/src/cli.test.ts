import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { chooseSeeds } from './run.ts'
import { sampleInput } from './sample.test-support.ts'
import type { Result } from './report/result.ts'
import type { ScenarioInput } from './scenario/scenario.ts'

const folder = mkdtempSync(join(tmpdir(), 'inmesh-lab-'))
const cli = fileURLToPath(new URL('./cli.ts', import.meta.url))
const badDay = fileURLToPath(new URL('../scenarios/bad-day.json', import.meta.url))

function lab(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@inmesh/source', cli, ...args], {
    encoding: 'utf8',
    cwd: folder
  })
  return { code: status, out: stdout, err: stderr }
}

function file(name: string, more: Partial<ScenarioInput>): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(sampleInput(more)))
  return path
}

const short: Partial<ScenarioInput> = {
  load: { arrivals: 'poisson', rate: 50, duration: '500ms', classes: [{ method: 'GET', path: '/' }] }
}
afterAll(() => rmSync(folder, { recursive: true }))

describe('inmesh-lab', () => {
  it('checks a scenario', () => {
    expect(lab('check', badDay)).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('5 replicas, 2 contenders, 6 faults')
    })
  })

  it('lists mistakes and exits with 2', () => {
    const path = file('wrong.json', { faults: [{ kind: 'kill', replica: 'nobody', at: 0, for: 1 }], seeds: [-1] })
    const { code, out, err } = lab('check', path)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(
      /wrong\.json has 2 mistakes\n {2}seeds\[0\]: got -1; accepted: >= 0\n {2}faults\[0\]\.replica: got "nobody"; accepted: catalog-1, catalog-2/
    )
  })

  it('says which world can run it, and why the other cannot', () => {
    const path = file('zones.json', { clients: { processes: 3 }, contenders: [{ peer: 'round-robin' }] })
    const { code, out } = lab('check', path)
    expect(code).toBe(0)
    expect(out).toContain('it runs in the virtual world')
    expect(out).toContain('not in the real world: clients.processes: got 3; accepted: 1: the real world has one')
  })

  it('sweeps a knob, and compares two results', { timeout: 30_000 }, () => {
    const path = file('knob.json', { ...short, contenders: [{ peer: 'random' }] })
    const swept = lab('sweep', path, '--set', 'load.rate=50,100', '--seeds', '2', '--json', 'sweep.json', '--html', 'sweep.html')
    expect(swept).toMatchObject({ code: 0, err: expect.stringContaining('2/2 100  random, seed 2: done') })
    expect(readFileSync(join(folder, 'sweep.html'), 'utf8')).toMatch(/^<!doctype html>/)
    for (const seeds of ['2', '3']) lab('run', path, '--world', 'virtual', '--seeds', seeds, '--json', `${seeds}.json`)
    const { code, out } = lab('compare', '2.json', '3.json', '--json', 'difference.json')
    expect(code).toBe(0)
    expect(out).toContain("means of 2 and 3 seeds, Welch's test")
    expect(JSON.parse(readFileSync(join(folder, 'difference.json'), 'utf8'))).toMatchObject({ paired: false })
    expect(lab('compare', path, '3.json')).toMatchObject({ code: 2, err: expect.stringContaining('knob.json has') })
  })

  it('runs in virtual time, without those that it does not have', () => {
    const path = file('both.json', {
      ...short,
      contenders: [{ peer: 'undici' }, { peer: 'inmesh' }, { peer: 'round-robin' }, { peer: 'oracle' }],
      asserts: [{ contender: 'undici', metric: 'success', atLeast: 1 }]
    })
    const { code, out, err } = lab('run', path, '--world', 'virtual', '--seeds', '3', '--json', 'three.json')
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('oracle, seed 3: done') })
    expect(out).toContain('! undici is not of the virtual world and left out\n! asserts[0] (success) is not judged: undici did')
    expect(out).toContain('p99: way to oracle')
    lab('run', path, '--world', 'virtual', '--html', '--json')
    expect(readFileSync(join(folder, 'reports/sample.html'), 'utf8')).toMatch(/^<!doctype html>/)
    expect(readFileSync(join(folder, 'reports/sample.json'), 'utf8')).toMatch(/^{/)
    const result = JSON.parse(readFileSync(join(folder, 'three.json'), 'utf8')) as Result
    expect(result).toMatchObject({ world: 'virtual', seeds: [1, 2, 3], ok: true })
    expect(result.contenders.map(({ name }) => name)).toEqual(['inmesh', 'round-robin', 'oracle'])
  })

  it('knows its contenders and what a number of seeds is', () => {
    expect(lab('run', badDay, '--contender', 'envoy').err).toContain(
      '--contender: got "envoy"; accepted: undici, inmesh'
    )
    expect(lab('run', badDay, '--seeds', '0').err).toContain('A whole number from 1 to 100.')
  })

  it('runs, writes what was asked for, and keeps progress out of the results', { timeout: 30_000 }, () => {
    const path = file('short.json', { ...short, asserts: [{ metric: 'success', atLeast: 0.99 }] })
    const { code, out, err } = lab('run', path, '--seeds', '2', '--json', 'deep/short.json', '--html', 'short.html')
    expect({ code, err }).toMatchObject({ code: 0 })
    expect(out).toContain('✓ undici: success >= 0.99')
    expect(out).not.toContain('starts:')
    expect(err).toContain('undici, seed 2: done')
    expect(JSON.parse(readFileSync(join(folder, 'deep/short.json'), 'utf8'))).toMatchObject({
      scenario: 'sample',
      seeds: [1, 2],
      ok: true
    })
    expect(readFileSync(join(folder, 'short.html'), 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('has metrics only where a mesh makes calls on real sockets', { timeout: 30_000 }, () => {
    expect(lab('run', file('undici.json', short), '--metrics', '9464')).toMatchObject({ code: 2, err: expect.stringContaining('--metrics: got 9464; accepted: an inmesh contender, which none of these is') })
    const inmesh = file('inmesh.json', { ...short, contenders: [{ peer: 'inmesh' }] })
    expect(lab('run', inmesh, '--metrics', '9464', '--world', 'virtual').err).toContain('--metrics: got 9464; accepted: only in the real world')
    expect(lab('run', inmesh, '--metrics', '65536').err).toContain('A port: a whole number from 1 to 65535.')
  })

  it('exits with 1 when an assert does not hold', { timeout: 30_000 }, () => {
    const { code, out } = lab(
      'run',
      file('strict.json', { ...short, asserts: [{ metric: 'latency', quantile: 'p50', atMost: '1ms' }] })
    )
    expect(code).toBe(1)
    expect(out).toContain('✗ undici: p50 <= 1 ms')
  })
})

describe('inmesh-lab reproduce', () => {
  it('prints published figures beside ours, with what differs, and writes them as JSON', { timeout: 30_000 }, () => {
    const { code, out, err } = lab('reproduce', 'retry-layers', '--json', 'deep/reproduced.json')
    expect(code).toBe(0)
    expect(out).toMatch(/five layers, 3 tries each +│ +243 × │ +243 × │ +\+0\.0 % │/)
    expect(out).toContain('What differs in set-up:')
    expect(out).toContain('1 experiments, 0 figures more than a tenth off')
    expect(err).toContain('retry-layers …')
    expect(JSON.parse(readFileSync(join(folder, 'deep/reproduced.json'), 'utf8'))).toMatchObject({ reproductions: [{ name: 'retry-layers' }] })
  })

  it('lists what there is when asked for what there is not', () => {
    const { code, err } = lab('reproduce', 'nonsense')
    expect(code).toBe(2)
    expect(err).toMatch(/got nonsense; accepted: beyond-round-robin, /)
  })
})

describe('inmesh-lab validate', () => {
  it('says of each queue what theory says and what the virtual world made of it', { timeout: 60_000 }, () => {
    const { code, out } = lab('validate', '--arrivals', '60000', '--utilization', '0.5')
    expect(code).toBe(0)
    expect(out).toMatch(/M\/M\/1 at 50 %: mean time .* 20\.000 .* inside/)
    expect(out).toContain('M/D/1 at 50 %')
  })

  it('says what it accepts', () => {
    expect(lab('validate', '--utilization', '2')).toMatchObject({
      code: 2,
      err: expect.stringContaining('got 2; accepted: a number from 0.01 to 0.95')
    })
  })
})

describe('inmesh-lab peers', () => {
  it('says of each where it comes from, what was verified and what differs', () => {
    const { code, out } = lab('peers', 'finagle-p2c-ewma')
    expect(code).toBe(0)
    expect(out).toMatch(/^finagle-p2c-ewma\n {2}source {4}Finagle, PeakEwma\.scala.*\n {2}verified {2}H1/)
    expect(out).toContain('options   {"decayTime":10000}')
    expect(lab('peers').out).toContain('\noracle\n')
  })

  it('lists them when asked for one that there is not', () => {
    expect(lab('peers', 'nonsense')).toMatchObject({ code: 2, err: expect.stringContaining('got nonsense; accepted: random, ') })
  })
})

it('takes the scenario’s own seeds first, then those that follow', () => {
  expect(chooseSeeds([7, 3])).toEqual([7, 3])
  expect(chooseSeeds([7, 3], 1)).toEqual([7])
  expect(chooseSeeds([7, 3], 4)).toEqual([7, 3, 4, 5])
})
