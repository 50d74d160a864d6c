import { cpus } from 'node:os'
import type { Run } from '../run.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Figures } from '../stats/figures.ts'
import { latencies } from '../stats/quantiles.ts'
import { computeSeries } from '../stats/series.ts'
import type { Series } from '../stats/series.ts'
import type { Verdict } from '../stats/verdicts.ts'
import { worstFigures, worstVerdicts } from '../stats/worst.ts'
import { healthyUntil } from '../workload/timeline.ts'

type Assert = Omit<Verdict, 'load'>

/** A contender's figures; with several seeds the worst of each, every seed's own in `perSeed`. */
export interface ContenderResult extends Omit<Figures, 'seed'> {
  readonly asserts: readonly Assert[]
  /** By the second, of the first seed. */
  readonly series: Series
  readonly perSeed: readonly (Figures & { readonly asserts: readonly Assert[] })[]
}

/** What a run leaves as JSON. */
export interface Result {
  readonly scenario: string
  readonly title: string
  readonly world: 'real'
  readonly date: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string }
  readonly seeds: readonly number[]
  readonly load: { readonly rate: number | null; readonly durationMs: number }
  /** Before the first fault, all contenders together. */
  readonly healthy: { readonly latencyMs: { readonly p50: number; readonly p99: number } }
  readonly ok: boolean
  readonly contenders: readonly ContenderResult[]
}

export function createResult(scenario: Scenario, runs: readonly Run[]): Result {
  const { name, title, load } = scenario
  const names = [...new Set(runs.map(({ figures }) => figures.name))]
  return {
    scenario: name,
    title,
    world: 'real',
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
    seeds: [...new Set(runs.map(({ figures }) => figures.seed))],
    load: { rate: load.arrivals === 'closed' ? null : load.rate, durationMs: load.duration },
    healthy: { latencyMs: pooledHealthy(scenario, runs) },
    ok: runs.every(({ verdicts }) => verdicts.every(({ ok }) => ok)),
    contenders: names.map((each) =>
      contenderResult(
        scenario,
        runs.filter(({ figures }) => figures.name === each)
      )
    )
  }
}

function contenderResult(scenario: Scenario, runs: readonly Run[]): ContenderResult {
  const [first, ...rest] = runs
  if (first === undefined) throw new Error('a contender without runs')
  const { seed: _, ...figures } = worstFigures([first.figures, ...rest.map((run) => run.figures)])
  return {
    ...figures,
    asserts: worstVerdicts([first.verdicts, ...rest.map(({ verdicts }) => verdicts)]).map(toAssert),
    series: computeSeries(scenario, first.recording),
    perSeed: runs.map((run) => ({ ...run.figures, asserts: run.verdicts.map(toAssert) }))
  }
}

function toAssert({ text, ok, got }: Verdict): Assert {
  return { text, ok, got }
}

function pooledHealthy({ faults, load }: Scenario, runs: readonly Run[]): { p50: number; p99: number } {
  const until = healthyUntil(faults, load.duration)
  const samples = runs.flatMap(({ recording: { result } }) =>
    [...result.latency].filter((_, call) => (result.dueAt[call] ?? -1) >= 0 && (result.dueAt[call] ?? 0) < until)
  )
  const { p50, p99 } = latencies(samples)
  return { p50, p99 }
}

/** Times to the microsecond and shares to a millionth: more digits would be noise that nobody measured. */
export function toJson(result: Result): string {
  const round = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(6)) : value
  return `${JSON.stringify(result, round, 2)}\n`
}
