import type { Decisions } from './decisions/decisions.ts'
import type { Recording, Tick } from './recording.ts'
import type { Contender } from './scenario/contenders.ts'
import type { Scenario } from './scenario/scenario.ts'
import { checkMetrics, chooseContenders, leftOut } from './choose.ts'
import { impossibilities } from './scenario/impossible.ts'
import { computeCurves } from './stats/curves.ts'
import type { Curves } from './stats/curves.ts'
import { computeFigures, measuredCalls, pick } from './stats/figures.ts'
import type { Figures } from './stats/figures.ts'
import { readAsserts } from './stats/readings.ts'
import { judge } from './stats/verdicts.ts'
import type { Verdict } from './stats/verdicts.ts'
import { healthyUntil } from './workload/timeline.ts'
import type { Step } from './workload/timeline.ts'
import { worlds } from './worlds.ts'
import type { World } from './worlds.ts'

/** Something that shows a run while it goes on. */
export interface Display {
  readonly begin: (contender: Contender, seed: number) => void
  readonly tick: (tick: Tick) => void
  readonly step: (step: Step) => void
  readonly end: (run: Run) => void
  readonly close: () => void
}

/** One contender under one seed: what came of it, small enough to be kept for every one of many runs. */
export interface Run {
  readonly figures: Figures
  /** By the scenario's asserts, in their order: the number that each is about. */
  readonly readings: readonly (number | undefined)[]
  readonly verdicts: readonly Verdict[]
  readonly curves: Curves
  /** Latencies before the first fault, at most 100,000 of them. */
  readonly healthy: Float64Array
  /** What its processes decided, where they tell and it was asked for. */
  readonly decisions?: Decisions
}

export interface RunOptions {
  readonly world?: World
  /** This many seeds: the scenario's own, then those that follow its last. */
  readonly seeds?: number
  /** Only this contender. */
  readonly contender?: string
  readonly display?: Display
  /** Whether what is decided is recorded, of every run. It costs the deciding process next to nothing, and a virtual run some of its speed. Default false. */
  readonly decisions?: boolean
  /** In the real world: the port of the loopback at which Prometheus may read, while they run, what inmesh contenders decide. */
  readonly metrics?: number
}

/** All runs of a scenario in one world. */
export interface Outcome {
  readonly world: World
  readonly runs: readonly Run[]
  /** What a reader has to know beside the figures: who was left out, and why. */
  readonly notes: readonly string[]
}

/** Runs every contender under every seed, one after the other: two at once would share the machine's CPU. */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Outcome> {
  const { display, world = 'real', decisions = false, metrics } = options
  worlds[world].check(scenario)
  const chosen = chooseContenders(scenario, world, options.contender)
  if (metrics !== undefined) checkMetrics(scenario, world, chosen, metrics)
  const runs: Run[] = []
  try {
    for (const seed of chooseSeeds(scenario.seeds, options.seeds)) {
      const same: Run[] = []
      for (const contender of chosen) {
        display?.begin(contender, seed)
        const run = assess(scenario, await worlds[world].run(scenario, contender, seed, display, { decisions, metrics }), same)
        same.push(run)
        display?.end(run)
      }
      // What one is measured by may have run after it.
      runs.push(...same.map((run) => ({ ...run, verdicts: judge(scenario, run, same) })))
    }
  } finally {
    display?.close()
  }
  return { world, runs, notes: [...leftOut(scenario, world, chosen), ...impossibilities(scenario)] }
}

/** What a recording comes to, `others` being the runs under the same seed so far. */
export function assess(scenario: Scenario, recording: Recording, others: readonly Run[] = []): Run {
  const figures = computeFigures(scenario, recording)
  const readings = readAsserts(scenario, recording, figures)
  return {
    figures,
    readings,
    verdicts: judge(scenario, { figures, readings }, [...others, { figures, readings }]),
    curves: computeCurves(scenario, recording),
    healthy: healthySamples(scenario, recording),
    ...(recording.decisions !== undefined && { decisions: recording.decisions })
  }
}

const MAX_SAMPLES = 100_000

function healthySamples(scenario: Scenario, recording: Recording): Float64Array {
  const { dueAt, latency } = recording.result
  const until = healthyUntil(scenario)
  const calls = measuredCalls(recording).filter((call) => (dueAt[call] ?? 0) < until)
  const every = Math.ceil(calls.length / MAX_SAMPLES)
  return pick(
    latency,
    calls.filter((_, at) => at % every === 0)
  )
}

export function chooseSeeds(own: readonly number[], count: number = own.length): number[] {
  const last = own.at(-1) ?? 0
  return Array.from({ length: count }, (_, at) => own[at] ?? last + 1 + at - own.length)
}
