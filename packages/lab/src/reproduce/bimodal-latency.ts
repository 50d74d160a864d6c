import type { Experiment } from './experiment.ts'
import { play, scenarioOf } from './play.ts'

/** Nobody is served as fast as this; a rejection is. */
const REJECTED_WITHIN = 50

/** H12: a deadline that is far too long. */
export const bimodalLatency: Experiment = {
  title: 'Bimodal latency: 5 % of requests hang until a deadline of 100 s',
  source: 'Site Reliability Engineering, chapter 22, Addressing Cascading Failures, "Bimodal latency"',
  differs: [
    'the book divides: 1,000 threads ÷ (5,000 + 95) busy; here requests arrive at random and are rejected when all threads of their server are busy',
    'the book counts what gets a thread; a twentieth of that hangs and fails as well'
  ],
  run: (note) => {
    const scenario = scenarioOf('bimodal-latency')
    note('deadline 100 s')
    const long = play(scenario, 'deadline 100 s')
    note('deadline 1 s')
    const short = play(scenario, 'deadline 1 s')
    return [
      { what: 'requests that get a thread', published: 19.6, ours: 100 * (1 - long.endedWithin(REJECTED_WITHIN)), unit: '%' },
      { what: 'rejected', published: 80.4, ours: 100 * long.endedWithin(REJECTED_WITHIN), unit: '%' },
      { what: 'answered, with a deadline of 1 s instead', published: undefined, ours: 100 * short.success, unit: '%' }
    ]
  }
}
