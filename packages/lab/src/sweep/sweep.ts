import { cpus } from 'node:os'
import { createResult } from '../report/result.ts'
import type { ContenderResult, PeerNote, Result } from '../report/result.ts'
import { runScenario } from '../run.ts'
import type { Display } from '../run.ts'
import type { World } from '../worlds.ts'
import type { Sweep } from './read.ts'

/** What is kept of each point: figures, not curves. */
export interface SweepPoint {
  /** A value of each knob. */
  readonly labels: readonly string[]
  readonly ok: boolean
  readonly notes: readonly string[]
  readonly contenders: readonly Pick<
    ContenderResult,
    'name' | 'peer' | 'calls' | 'means' | 'toOracle' | 'asserts' | 'failures'
  >[]
}

export interface SweepResult {
  readonly sweep: string
  readonly title: string
  readonly description: string
  readonly world: World
  readonly date: string
  readonly machine: Result['machine']
  readonly seeds: readonly number[]
  readonly knobs: readonly string[]
  readonly points: readonly SweepPoint[]
  readonly peers: Readonly<Record<string, PeerNote>>
}

export interface SweepOptions {
  readonly seeds?: number
  readonly contender?: string
  readonly world?: World
  /** Shows one point's runs; `at` from 0. */
  readonly display?: (at: number) => Display
}

/** Runs every point of a sweep, one after the other. */
export async function runSweep(sweep: Sweep, options: SweepOptions = {}): Promise<SweepResult> {
  const { contender, display, world = sweep.world, seeds = sweep.seeds } = options
  const results: Result[] = []
  for (const [at, { scenario }] of sweep.points.entries()) {
    const outcome = await runScenario(scenario, {
      world,
      ...(seeds !== undefined && { seeds }),
      ...(contender !== undefined && { contender }),
      ...(display !== undefined && { display: display(at) })
    })
    results.push(createResult(scenario, outcome))
  }
  const { name, title, description, knobs } = sweep
  return {
    sweep: name,
    title,
    description,
    world,
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
    seeds: results[0]?.seeds ?? [],
    knobs,
    points: results.map((result, at) => pointOf(result, sweep.points[at]?.labels ?? [])),
    peers: Object.assign({}, ...results.map(({ peers }) => peers)) as SweepResult['peers']
  }
}

function pointOf({ ok, notes, contenders }: Result, labels: readonly string[]): SweepPoint {
  return {
    labels,
    ok,
    notes,
    contenders: contenders.map(({ name, peer, calls, means, toOracle, asserts, failures }) => ({
      name,
      peer,
      calls,
      means,
      ...(toOracle !== undefined && { toOracle }),
      asserts,
      failures
    }))
  }
}
