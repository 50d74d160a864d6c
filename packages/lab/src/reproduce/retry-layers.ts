import type { Experiment, Figure } from './experiment.ts'
import { play, scenarioOf } from './play.ts'

/** Tries that reach the deepest layer for one call at the top. */
function amplification(scenario: string, contender: string, deepest: string): number {
  const played = play(scenarioOf(scenario), contender)
  return played.arrivalsAt(deepest) / played.calls
}

function load(contender: string): number {
  const played = play(scenarioOf('retry-budget'), contender)
  return played.tries / played.calls
}

/** H11: retries of retries, and budgets. */
export const retryLayers: Experiment = {
  title: 'Retries in layers: what reaches the deepest one when it fails',
  source: 'Brooker, Timeouts, retries, and backoff with jitter, Amazon Builders’ Library; Site Reliability Engineering, chapters 21 and 22',
  differs: [
    'nothing at all succeeds below, which is what the arithmetic assumes',
    '10 % budget: Finagle’s, without its floor; the SRE book does not say how its own is kept',
    'inmesh: as it comes, for reads; no floor or first retries are taken off'
  ],
  run: (note): Figure[] => {
    note('five layers')
    const five = amplification('retry-layers-5', '3 tries, no budget', 'layer-5')
    const own = amplification('retry-layers-5', 'inmesh', 'layer-5')
    note('three layers')
    const three = amplification('retry-layers-3', '4 tries, no budget', 'layer-3')
    note('budgets')
    return [
      { what: 'five layers, 3 tries each', published: 243, ours: five, unit: '×' },
      { what: 'five layers, inmesh (a call in 20 s, few enough for the floor of its budget)', published: undefined, ours: own, unit: '×' },
      { what: 'three layers, 4 tries each', published: 64, ours: three, unit: '×' },
      { what: 'one layer, 3 tries', published: 3, ours: load('3 tries, no budget'), unit: '×' },
      { what: 'one layer, 3 tries within a budget of 10 %', published: 1.1, ours: load('3 tries, budget 10 %'), unit: '×' },
      { what: 'one layer, inmesh (budget 20 %)', published: undefined, ours: load('inmesh'), unit: '×' }
    ]
  }
}
