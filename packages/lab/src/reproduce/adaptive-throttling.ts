import { peers } from '../virtual/peers/index.ts'
import type { Experiment, Figure } from './experiment.ts'
import { play, scenarioOf } from './play.ts'
import { throttled } from './throttled-client.ts'

const CONTENDER = 'round-robin'

/** H13: client-side throttling. */
export const adaptiveThrottling: Experiment = {
  title: 'Client-side throttling: rejections by the backend for each request it serves, at three times its capacity',
  source: 'Site Reliability Engineering, chapter 21, Handling Overload, "Client-side throttling"; K over a window of 2 minutes',
  differs: [
    'the shipping service breaker before a plain round robin; it counts a request when it is answered, not when it is sent',
    'it refuses 80 % at most and lets one a second through, which three times the capacity does not reach',
    'one client process; the book has many, each with a window of its own'
  ],
  run: (note) => {
    const scenario = scenarioOf('adaptive-throttling')
    const make = peers[CONTENDER]!.make({})
    const rejectedPerServed = (k: number | undefined): number => {
      const played = play(scenario, CONTENDER, k === undefined ? undefined : throttled(make, { k }))
      return played.tries / played.succeeded - 1
    }
    return ([[2, 1], [1.1, 0.1], [undefined, undefined]] as const).map(([k, published]): Figure => {
      const what = k === undefined ? 'without throttling' : `K = ${k}`
      note(what)
      return { what, published, ours: rejectedPerServed(k), unit: '×' }
    })
  }
}
