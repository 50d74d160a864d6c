import { cpus } from 'node:os'
import { createResult } from '../report/result.ts'
import type { ContenderResult } from '../report/result.ts'
import { runScenario } from '../run.ts'
import { readScenario } from '../scenario/parse.ts'
import { interval } from '../stats/interval.ts'
import { percent } from '../stats/verdicts.ts'
import type { World } from '../worlds.ts'
import { keptOf, round } from './kept.ts'
import type { KeptValidation } from './kept.ts'

const OWN = 'inmesh'
const VIRTUAL_SEEDS = 10
/** The bar of the demo's own assert. */
const BUSY = 0.5

/** The bad day on real processes and sockets once, and in virtual time under that seed and nine more. */
export async function validate(file: string): Promise<KeptValidation> {
  const virtual = await runs(file, 'virtual', VIRTUAL_SEEDS)
  const [real] = await runs(file, 'real', 1)
  if (real === undefined) throw new Error('a run without figures')
  const { cpu = 0 } = real
  if (cpu >= BUSY) throw new Error(`the machine was ${percent(cpu)} busy: what was measured is the machine; try again when it is idle`)
  return {
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    virtualSeeds: VIRTUAL_SEEDS,
    figures: figuresOf(real).map(({ label, unit, read }) => {
      const digits = unit === 'share' ? 5 : 1
      return { label, unit, real: round(read(real), digits), virtual: keptOf(interval(virtual.map(read)), digits) }
    })
  }
}

type SeedFigures = ContenderResult['perSeed'][number]

async function runs(file: string, world: World, seeds: number): Promise<readonly SeedFigures[]> {
  const scenario = readScenario(file)
  const result = createResult(scenario, await runScenario(scenario, { world, seeds, contender: OWN }))
  return result.contenders[0]?.perSeed ?? []
}

interface Read {
  readonly label: string
  readonly unit: 'ms' | 'share'
  readonly read: (figures: SeedFigures) => number
}

function figuresOf({ faults, share }: SeedFigures): Read[] {
  return [
    { label: 'success', unit: 'share', read: (each) => each.success },
    { label: 'p50', unit: 'ms', read: (each) => each.latencyMs.p50 },
    { label: 'p90', unit: 'ms', read: (each) => each.latencyMs.p90 },
    { label: 'p99', unit: 'ms', read: (each) => each.latencyMs.p99 },
    { label: 'p99.9', unit: 'ms', read: (each) => each.latencyMs.p999 },
    { label: 'p99 before the first fault', unit: 'ms', read: (each) => each.healthy.latencyMs.p99 },
    { label: 'extra load', unit: 'share', read: (each) => each.extraLoad },
    ...Object.keys(share).map((name): Read => ({ label: `share of ${name}`, unit: 'share', read: (each) => each.share[name] ?? 0 })),
    ...faults.map(({ name, to, from }, at): Read => ({
      label: `${name}: out of the way after`,
      unit: 'ms',
      read: (each) => each.faults[at]?.outOfTheWayMs ?? to - from
    }))
  ]
}
