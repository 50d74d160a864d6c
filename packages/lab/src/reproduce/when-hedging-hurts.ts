import type { Scenario } from '../scenario/scenario.ts'
import { saturationOf } from '../virtual/oracle/overload.ts'
import type { Experiment, Figure } from './experiment.ts'
import { atRate, play, scenarioOf } from './play.ts'
import type { Played } from './play.ts'

/** H16: copies cost work, and from some load on they cost more than they give. */
export const whenHedgingHurts: Experiment = {
  title: 'When hedging hurts: everything twice on M/M/1, and a fixed delay under rising load',
  source: 'M/M/1 (closed form); Primorac et al., When to Hedge in Interactive Services (LÆDGE), NSDI 2021, for the finding',
  differs: [
    'LÆDGE’s own figure (p99 −49 % at 60 % load by hedging only where a server is idle) needs its coordinator: not attempted',
    'servers in M/M/1 see each other’s load through the pairs that are drawn; with a hundred of them that is not felt',
    'the second part has no published set-up, so no published figures: it shows where the fixed delay feeds itself'
  ],
  run: (note) => [...twice(note), ...fixedDelay(note)]
}

function twice(note: (what: string) => void): Figure[] {
  const scenario = scenarioOf('send-everything-twice')
  return [0.2, 0.3, 0.36, 0.4].map((load): Figure => {
    note(`everything twice at ${load * 100} %`)
    const at = atLoad(scenario, load)
    const ours = play(at, 'twice').mean / play(at, 'once').mean
    return { what: `everything twice at ${load * 100} % load: mean ÷ mean of once`, published: (1 - load) / (2 * (1 - 2 * load)), ours, unit: '×' }
  })
}

function fixedDelay(note: (what: string) => void): Figure[] {
  const scenario = scenarioOf('hedging-under-load')
  return [0.2, 0.6, 0.8].flatMap((load) =>
    scenario.contenders.flatMap(({ name }): Figure[] => {
      note(`${name} at ${load * 100} %`)
      return rowsOf(`${name} at ${load * 100} % load`, play(atLoad(scenario, load), name))
    })
  )
}

function rowsOf(what: string, played: Played): Figure[] {
  return [
    { what: `${what}: p99`, published: undefined, ours: played.quantile(0.99), unit: 'ms' },
    { what: `${what}: extra load`, published: undefined, ours: 100 * (played.tries / played.calls - 1), unit: '%' }
  ]
}

/** At a share of what the servers can take. */
function atLoad(scenario: Scenario, load: number): Scenario {
  return atRate(scenario, load * saturationOf(scenario))
}
