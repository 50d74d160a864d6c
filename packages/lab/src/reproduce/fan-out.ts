import type { Experiment, Figure } from './experiment.ts'
import { play, scenarioOf } from './play.ts'

const SLOW = 900

/** H4: what a rare slow leaf does to a request that needs many. */
export const fanOut: Experiment = {
  title: 'Fan-out arithmetic: share of requests over 1 s when each leaf rarely is',
  source: 'Dean and Barroso, The Tail at Scale, CACM 56(2), 2013, figure and text on variability amplified by scale',
  differs: [
    'pure arithmetic in the paper (63 %, "almost one in five"); here the leaves are drawn and waited for',
    'its measured table (one leaf 10 ms, all leaves 140 ms at p99) is of a service whose distribution was not published: not attempted'
  ],
  run: (note) =>
    [
      { leaves: 100, published: 100 * (1 - 0.99 ** 100), rare: 'one in 100' },
      { leaves: 2_000, published: 100 * (1 - 0.9999 ** 2_000), rare: 'one in 10,000' }
    ].map(({ leaves, published, rare }): Figure => {
      note(`${leaves} leaves`)
      const slow = 1 - play(scenarioOf(`fan-out-${leaves}`), 'round-robin').endedWithin(SLOW)
      return { what: `${leaves} leaves, ${rare} slow`, published, ours: 100 * slow, unit: '%' }
    })
}
