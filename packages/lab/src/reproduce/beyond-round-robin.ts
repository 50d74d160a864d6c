import type { Experiment, Figure } from './experiment.ts'
import { play, scenarioOf } from './play.ts'

/** Success in per cent, then quantiles in ms, as the post's text and graph have them. */
const PUBLISHED: Readonly<Record<string, { success: number; quantiles: readonly (readonly [number, number])[] }>> = {
  'round-robin': { success: 95, quantiles: [[0.97, 1_673], [0.99, 1_715]] },
  'finagle-p2c-least-loaded': { success: 99, quantiles: [[0.99, 205], [0.999, 1_723]] },
  'finagle-p2c-ewma': { success: 99.9, quantiles: [[0.999, 210], [0.9999, 1_780]] }
}

/** H1: one slow replica of eleven, and what balancing makes of it. */
export const beyondRoundRobin: Experiment = {
  title: 'Beyond Round Robin: success within 1 s with one of eleven replicas ten times slower',
  source: 'Jenson and Oanta (Buoyant), Beyond Round Robin: Load Balancing for Latency, 2016, linkerd.io/2016/03/16',
  differs: [
    'the post says that the slow replica takes 2 s; its graph fits ten times slower (slowWithin(15s, 45s, 10) of Finagle’s simulator), and so does this',
    'latencies are drawn from quantiles of the published values, straight lines between them',
    'least loaded is Finagle’s power of two choices; the post does not say how it draws'
  ],
  run: (note) => {
    const scenario = scenarioOf('beyond-round-robin')
    return scenario.contenders.flatMap(({ name }): Figure[] => {
      note(name)
      const played = play(scenario, name)
      const { success, quantiles = [[0.99, undefined], [0.999, undefined], [0.9999, undefined]] } = PUBLISHED[name] ?? {}
      return [
        { what: `${name}: success`, published: success, ours: 100 * played.endedWithin(1_000), unit: '%' },
        ...quantiles.map(([share, ms]): Figure => {
          return { what: `${name}: p${Number((100 * share!).toFixed(2))}`, published: ms, ours: played.quantile(share!), unit: 'ms' }
        })
      ]
    })
  }
}
