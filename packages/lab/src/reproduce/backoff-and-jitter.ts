import { backoff } from '@inmesh/policy'
import type { Millis } from '@inmesh/policy'
import { seededRandom } from '../random.ts'
import { contend } from './contended-row.ts'
import type { Wait } from './contended-row.ts'
import type { Experiment, Figure } from './experiment.ts'

const CLIENTS = 100
const RUNS = 40
const BASE = 5
const CAP = 2_000

function exponential(failure: number): Millis {
  return Math.min(CAP, BASE * 2 ** failure)
}

const WAITS: Readonly<Record<string, Wait>> = {
  none: () => 0,
  exponential,
  'equal jitter': (failure, _, random) => (exponential(failure) / 2) * (1 + random.next()),
  // The shipping code; its first ceiling is that of the original, which doubles before the first wait.
  'full jitter (inmesh)': (failure, _, random) => backoff(failure, { min: 2 * BASE, max: CAP }, random),
  decorrelated: (_, before, random) => Math.min(CAP, BASE + random.next() * (3 * Math.max(BASE, before) - BASE))
}

/** Seconds and writes of a hundred clients, measured with the published simulator (20 runs). */
const PUBLISHED: Readonly<Record<string, readonly [seconds: number, writes: number]>> = {
  none: [2.0, 2_420],
  exponential: [64.9, 1_879],
  'equal jitter': [6.6, 814],
  'full jitter (inmesh)': [4.8, 793],
  decorrelated: [4.7, 1_000]
}

/** H10: what jitter is for. */
export const backoffAndJitter: Experiment = {
  title: 'Exponential backoff and jitter: 100 clients write one row',
  source: 'Brooker, Exponential Backoff And Jitter, AWS Architecture Blog 2015; figures by its simulator, aws-arch-backoff-simulator',
  differs: [
    'not a client and a fleet: the contention is modelled on the agenda of the virtual world, not with scenarios',
    'full jitter is the shipping backoff; the other four are written here, for comparison only',
    'the post has graphs; these numbers were read off runs of its simulator'
  ],
  run: (note) =>
    Object.entries(WAITS).flatMap(([name, wait]): Figure[] => {
      note(name)
      const runs = Array.from({ length: RUNS }, (_, seed) => contend(CLIENTS, wait, seededRandom(seed + 1)))
      const [seconds, writes] = PUBLISHED[name] ?? []
      return [
        { what: `${name}: completion`, published: seconds, ours: mean(runs.map(({ completion }) => completion / 1_000)), unit: 's' },
        { what: `${name}: writes`, published: writes, ours: mean(runs.map((each) => each.writes)), unit: 'calls' }
      ]
    })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
