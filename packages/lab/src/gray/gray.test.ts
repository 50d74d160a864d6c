import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseScenario, readScenario } from '../scenario/parse.ts'
import { cellName, loadOnRest, MEAN_WORK, rateOf, scenarioOf, TIMEOUT } from './cell.ts'
import { contenders, ORACLE, OWN } from './contenders.ts'
import { quickGrid, wholeGrid } from './grid.ts'
import { runCell } from './run.ts'
import { standingOf } from './result.ts'
import type { CellResult, ContenderFigures } from './result.ts'
import { troubles } from './trouble.ts'

const FILES = new URL('../../scenarios/gray/', import.meta.url)
const size = { seeds: 3, calls: 20_000 }

describe('the grid', () => {
  it('has every trouble at every load, with every size of fleet, for one client and for a hundred', () => {
    const plain = wholeGrid().filter(({ cell }) => cell.slots === 4 && cell.drawnBy === 'call')
    expect(plain).toHaveLength(troubles.length * 3 * 5 * 2)
    expect(new Set(plain.map(({ cell }) => cellName(cell))).size).toBe(plain.length)
  })

  it('is of scenarios that the lab takes, with 20,000 calls and more in every seed of the target', () => {
    for (const { cell, size: own } of wholeGrid()) {
      const { load, contenders: parsed } = parseScenario(scenarioOf(cell, own))
      expect(parsed).toHaveLength(own.few === true ? 8 : contenders.length)
      if (cell.load === 0.7 && 'rate' in load) expect((load.rate * load.duration) / 1_000, cellName(cell)).toBeGreaterThanOrEqual(20_000)
    }
  })

  it('asks for the share of the fleet that it says', () => {
    const cell = { trouble: 'hung', load: 0.7, endpoints: 10, clients: 1, slots: 4, drawnBy: 'call' } as const
    expect((rateOf(cell) * MEAN_WORK) / 1_000 / 40).toBeCloseTo(0.7, 3)
    expect(loadOnRest(cell, 20_000)).toBeCloseTo(7 / 9)
    expect(loadOnRest({ ...cell, endpoints: 2 }, 20_000)).toBeCloseTo(1.4)
  })

  it('is kept as files too, one for each trouble: `vitest run packages/lab -u` writes them anew', async () => {
    for (const { cell } of quickGrid()) {
      const text = `${JSON.stringify({ $schema: '../../scenario.schema.json', ...scenarioOf(cell, size) }, null, 2)}\n`
      await expect(text).toMatchFileSnapshot(`../../scenarios/gray/${cell.trouble}.json`)
    }
    for (const file of readdirSync(FILES)) expect(readScenario(new URL(file, FILES).pathname).contenders).toHaveLength(contenders.length)
  })
})

describe('a cell', () => {
  const cell = { trouble: 'failing', load: 0.7, endpoints: 10, clients: 1, slots: 4, drawnBy: 'call' } as const
  const result = runCell(cell, { seeds: 2, calls: 3_000 }, { only: [OWN, 'round-robin', ORACLE] })

  it('counts a call that failed as its whole timeout, however soon it did', () => {
    expect(result.contenders['round-robin']).toMatchObject({ p99: TIMEOUT, success: expect.closeTo(0.95, 2) as number })
  })

  it('keeps the p99 of each seed, and its mean', () => {
    const { seeds, p99 } = result.contenders[OWN] as ContenderFigures
    expect(seeds).toHaveLength(2)
    expect(seeds[0]).not.toBe(seeds[1])
    expect(p99).toBeCloseTo(seeds.reduce((sum, each) => sum + each, 0) / 2, 0)
  })

  it('is decided alike with the pipeline and without', () => {
    const whole = runCell(cell, { seeds: 1, calls: 3_000 }, { only: [OWN], pipeline: true }).contenders[OWN] as ContenderFigures
    const alone = runCell(cell, { seeds: 1, calls: 3_000 }, { only: [OWN] }).contenders[OWN] as ContenderFigures
    expect(whole.p99 / alone.p99).toBeGreaterThan(0.9)
    expect(whole.p99 / alone.p99).toBeLessThan(1.1)
  })

  it('shows that inmesh is near the oracle and far from round robin', () => {
    const standing = standingOf(result)
    expect(standing?.timesOracle).toBeLessThan(1.25)
    expect(standing?.timesBest).toBeLessThan(0.2)
    expect(standing).toMatchObject({ behind: [], nearOracle: true, impossible: false })
  })
})

describe('a standing', () => {
  const figures = (...seeds: number[]): ContenderFigures =>
    ({ p50: 1, p99: seeds.reduce((sum, each) => sum + each, 0) / seeds.length, seeds, success: 1, extraLoad: 0.02 })
  const cell = (own: ContenderFigures, rival: ContenderFigures): CellResult => ({
    trouble: 'slow', load: 0.7, endpoints: 10, clients: 1, slots: 4, drawnBy: 'call', seeds: 3, calls: 1,
    contenders: { [OWN]: own, 'round-robin': rival, [ORACLE]: figures(100, 100, 100) }
  })

  it('is behind a rival that is ahead under every seed, and not behind one that is so by chance', () => {
    expect(standingOf(cell(figures(110, 121, 133), figures(100, 111, 123)))?.behind).toEqual(['round-robin'])
    expect(standingOf(cell(figures(110, 121, 133), figures(80, 140, 110)))?.behind).toEqual([])
  })

  it('calls a tie what is within 2 %', () => {
    expect(standingOf(cell(figures(110, 121, 133), figures(109, 120, 132)))?.behind).toEqual([])
  })
})

describe('a fleet of three at 70 % of which one fails half of its calls', () => {
  it('goes on using the half that works: without it the other two would have more than they can do', () => {
    const cell = { trouble: 'failing', load: 0.7, endpoints: 3, clients: 1, slots: 4, drawnBy: 'call' } as const
    const { contenders: figures } = runCell(cell, { seeds: 2, calls: 10_000 }, { only: [OWN] })
    expect(figures[OWN]?.success).toBeGreaterThan(0.999)
  })

  it('does so before the others have queues that half of all calls wait in', () => {
    const cell = { trouble: 'failing', load: 0.7, endpoints: 3, clients: 1, slots: 4, drawnBy: 'call' } as const
    const { contenders: figures } = runCell(cell, { seeds: 2, calls: 10_000 }, { only: [OWN, ORACLE] })
    expect(figures[OWN]?.p50).toBeLessThan(150)
    expect((figures[OWN]?.p99 ?? Infinity) / (figures[ORACLE]?.p99 ?? 0)).toBeLessThan(2)
  })
})
