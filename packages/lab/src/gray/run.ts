import { mean } from '../stats/interval.ts'
import { parseScenario } from '../scenario/parse.ts'
import { runVirtual } from '../virtual/world.ts'
import { rateOf, scenarioOf } from './cell.ts'
import type { Cell, Size } from './cell.ts'
import { measure } from './measure.ts'
import type { Measured } from './measure.ts'
import type { CellResult, ContenderFigures } from './result.ts'

export interface RunOptions {
  /** Instead of all: only these contenders. */
  readonly only?: readonly string[]
  /** True: with the pipeline around the policies. It decides the same and takes longer; default false. */
  readonly pipeline?: boolean
  /** Instead of the defaults: inmesh's policy. */
  readonly policy?: Readonly<Record<string, unknown>>
  /** True: replicas tell what they have in flight. Default false. */
  readonly reports?: boolean
}

/** Runs one cell: every contender under every seed, the same arrivals and the same work for all. */
export function runCell(cell: Cell, size: Size, { only, pipeline = false, policy, reports = false }: RunOptions = {}): CellResult {
  const input = scenarioOf(cell, size, reports)
  const scenario = parseScenario({ ...input, contenders: input.contenders.map((each) => withPolicy(each, policy)) })
  const chosen = scenario.contenders.filter(({ name }) => only === undefined || only.includes(name))
  const figures = chosen.map((contender): [string, ContenderFigures] => {
    const runs = scenario.seeds.map((seed) => measure(runVirtual(scenario, contender, seed, {}, { pipeline })))
    return [contender.name, summarise(runs)]
  })
  return { ...cell, seeds: size.seeds, calls: Math.round((rateOf(cell) * scenario.load.duration) / 1_000), contenders: Object.fromEntries(figures) }
}

type ContenderInput = ReturnType<typeof scenarioOf>['contenders'][number]

function withPolicy(each: ContenderInput, policy: RunOptions['policy']): ContenderInput {
  return each.peer === 'inmesh' && policy !== undefined ? { ...each, policy: { ...each.policy, ...policy } } : each
}

function summarise(runs: readonly Measured[]): ContenderFigures {
  const of = (read: (run: Measured) => number): number => mean(runs.map(read))
  return {
    p50: tenths(of((run) => run.p50)),
    p99: tenths(of((run) => run.p99)),
    seeds: runs.map((run) => tenths(run.p99)),
    success: Number(of((run) => run.success).toFixed(5)),
    extraLoad: Number(of((run) => run.extraLoad).toFixed(4))
  }
}

function tenths(value: number): number {
  return Number(value.toFixed(1))
}
