import { readSweep } from '../sweep/read.ts'
import { runSweep } from '../sweep/sweep.ts'
import { keep } from './kept.ts'
import type { KeptSweep } from './kept.ts'

/** A file each in `scenarios/sweeps/` and, of what came of it, in `results/sweeps/`. */
export const SWEEPS: readonly string[] = [
  'reweight-step', 'reweight-weight', 'reweight-decay', 'balance-decay', 'balance-explore-share',
  'eject-rules', 'eject-consecutive', 'eject-base-time', 'backup-extra-load', 'budget-ratio', 'rescue-after', 'blind-clients'
]

export async function keepSweep(name: string): Promise<KeptSweep> {
  const sweep = readSweep(new URL(`../../scenarios/sweeps/${name}.json`, import.meta.url).pathname)
  const { title, description, knobs, seeds, points, date } = await runSweep(sweep)
  return {
    node: process.version,
    date: date.slice(0, 10),
    sweep: name,
    title,
    description,
    knobs: knobs.map((each) => each.replace('contenders[inmesh].policy.', '')),
    seeds: seeds.length,
    points: points.map(({ labels, contenders }) => ({ labels, contenders: contenders.map(keep) }))
  }
}
