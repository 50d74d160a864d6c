import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createResult } from '../report/result.ts'
import type { ContenderResult } from '../report/result.ts'
import { runScenario } from '../run.ts'
import { readScenario } from '../scenario/parse.ts'
import { controlFile, CONTROLS } from './controls.ts'

const MINUTE = 60_000
/** What does not hold yet, and is told so on the results page. Whatever makes it hold takes it off here. */
const NOT_REACHED: Readonly<Record<string, readonly string[]>> = {}
const ran = new Map<string, ContenderResult>()

/** One seed, inmesh and round robin. */
async function run(name: string): Promise<ContenderResult> {
  const scenario = readScenario(controlFile(name))
  const contenders = scenario.contenders.filter((each) => each.name === 'inmesh' || each.name === 'round-robin')
  const outcome = await runScenario({ ...scenario, contenders, seeds: scenario.seeds.slice(0, 1) }, { world: 'virtual' })
  const own = createResult({ ...scenario, contenders }, outcome).contenders.find((each) => each.name === 'inmesh')
  if (own === undefined) throw new Error('inmesh is in every control')
  ran.set(name, own)
  return own
}

describe('negative controls', () => {
  it('are all run', () => {
    const files = readdirSync(new URL('../../scenarios/controls/', import.meta.url))
    expect(files.sort()).toEqual(CONTROLS.map((name) => `${name}.json`).sort())
  })

  it.each(CONTROLS)('%s: nothing is lost where nothing can be won', async (name) => {
    const { asserts } = await run(name)
    expect(asserts.length).toBeGreaterThan(1)
    expect(asserts.filter(({ ok }) => !ok).map(({ text }) => text)).toEqual(NOT_REACHED[name] ?? [])
  }, MINUTE)

  it('one error in a thousand moves the p99 by less than 5 %', () => {
    const [errors, none] = [ran.get('uniform-errors'), ran.get('no-errors')]
    expect(errors?.success).toBeGreaterThan(0.9999)
    expect((errors?.latencyMs.p99 ?? Infinity) / (none?.latencyMs.p99 ?? 0)).toBeLessThan(1.05)
  })
})
