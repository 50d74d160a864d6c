import type { Contender } from './scenario/contenders.ts'
import { ScenarioError } from './scenario/mistakes.ts'
import type { Scenario } from './scenario/scenario.ts'
import { checkRealWorld } from './real/limits.ts'
import type { Tick } from './real/messages.ts'
import { runReal } from './real/world.ts'
import type { Recording } from './real/world.ts'
import { computeFigures } from './stats/figures.ts'
import type { Figures } from './stats/figures.ts'
import { readAsserts } from './stats/readings.ts'
import { judge } from './stats/verdicts.ts'
import type { Verdict } from './stats/verdicts.ts'
import type { Step } from './workload/timeline.ts'

/** Something that shows a run while it goes on. */
export interface Display {
  readonly begin: (contender: Contender, seed: number) => void
  readonly tick: (tick: Tick) => void
  readonly step: (step: Step) => void
  readonly end: (run: Run) => void
  readonly close: () => void
}

/** One contender under one seed. */
export interface Run {
  readonly recording: Recording
  readonly figures: Figures
  readonly readings: readonly (number | undefined)[]
  readonly verdicts: readonly Verdict[]
}

export interface RunOptions {
  /** This many seeds: the scenario's own, then those that follow its last. */
  readonly seeds?: number
  /** Only this contender. */
  readonly contender?: string
  readonly display?: Display
}

/** Runs every contender under every seed, one after the other: two at once would share the machine's CPU. */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Run[]> {
  checkRealWorld(scenario)
  const { display } = options
  const runs: Run[] = []
  const chosen = chooseContenders(scenario, options.contender)
  try {
    for (const seed of chooseSeeds(scenario.seeds, options.seeds)) {
      for (const contender of chosen) {
        display?.begin(contender, seed)
        const recording = await runReal(scenario, contender, seed, display)
        const run = assess(scenario, recording)
        runs.push(run)
        display?.end(run)
      }
    }
  } finally {
    display?.close()
  }
  return runs
}

/** What a recording comes to. */
export function assess(scenario: Scenario, recording: Recording): Run {
  const figures = computeFigures(scenario, recording)
  const readings = readAsserts(scenario, recording, figures)
  return { recording, figures, readings, verdicts: judge(scenario, { figures, readings }) }
}

export function chooseSeeds(own: readonly number[], count: number = own.length): number[] {
  const last = own.at(-1) ?? 0
  return Array.from({ length: count }, (_, at) => own[at] ?? last + 1 + at - own.length)
}

function chooseContenders({ contenders, name }: Scenario, only: string | undefined): readonly Contender[] {
  if (only === undefined) return contenders
  const chosen = contenders.filter((each) => each.name === only)
  if (chosen.length > 0) return chosen
  const accepted = contenders.map((each) => each.name).join(', ')
  throw new ScenarioError(name, [{ path: '--contender', got: JSON.stringify(only), accepted }])
}
