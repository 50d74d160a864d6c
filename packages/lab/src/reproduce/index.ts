import { ScenarioError } from '../scenario/mistakes.ts'
import { adaptiveThrottling } from './adaptive-throttling.ts'
import { backoffAndJitter } from './backoff-and-jitter.ts'
import { beyondRoundRobin } from './beyond-round-robin.ts'
import { bimodalLatency } from './bimodal-latency.ts'
import type { Experiment, Reproduction } from './experiment.ts'
import { fanOut } from './fan-out.ts'
import { retryLayers } from './retry-layers.ts'
import { tailAtScaleHedging } from './tail-at-scale-hedging.ts'
import { whenHedgingHurts } from './when-hedging-hurts.ts'

export type { Experiment, Figure, Reproduction } from './experiment.ts'
export { deviation, isReproduced, WITHIN } from './experiment.ts'
export { renderReproduction } from './table.ts'

/** By the name that `reproduce` takes. */
export const experiments: Readonly<Record<string, Experiment>> = {
  'beyond-round-robin': beyondRoundRobin,
  'tail-at-scale-hedging': tailAtScaleHedging,
  'fan-out': fanOut,
  'backoff-and-jitter': backoffAndJitter,
  'retry-layers': retryLayers,
  'bimodal-latency': bimodalLatency,
  'adaptive-throttling': adaptiveThrottling,
  'when-hedging-hurts': whenHedgingHurts
}

/** Something that shows how far it is. */
export interface ReproduceDisplay {
  readonly begin?: (name: string, experiment: Experiment) => void
  readonly note?: (what: string) => void
  readonly end?: (reproduction: Reproduction) => void
}

/** Runs these experiments, or all of them, one after the other. Throws on a name that is none, with those that are. */
export function reproduce(names: readonly string[] = [], display: ReproduceDisplay = {}): Reproduction[] {
  const chosen = names.length === 0 ? Object.keys(experiments) : names
  const unknown = chosen.filter((name) => experiments[name] === undefined)
  if (unknown.length > 0)
    throw new ScenarioError('reproduce', [{ path: 'name', got: unknown.join(', '), accepted: Object.keys(experiments).join(', ') }])
  return chosen.map((name) => {
    const { run, ...about } = experiments[name] as Experiment
    display.begin?.(name, experiments[name] as Experiment)
    const reproduction = { name, ...about, figures: run((what) => display.note?.(what)) }
    display.end?.(reproduction)
    return reproduction
  })
}
