import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { entryOf } from './by-name.ts'
import { blockOf } from './contender.ts'

/** What the bench asks of a contender's process. */
export interface Ask {
  /** Requests before anything counts: the compiler is done with most of its work by then. */
  readonly warmUp: number
  /** Requests that count, without a pause. */
  readonly requests: number
  /** At a time. */
  readonly width: number
}

/** Microseconds a request: all CPU time of the process, and the part of it that went by in collections. */
export interface Told {
  readonly cpu: number
  readonly collecting: number
  readonly chain?: string
}

// One contender and nobody else: no other's garbage, no other's shapes, no other's compiled code.
const [name = '', ...origins] = process.argv.slice(2)
const entry = entryOf(name, origins)
let collecting = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collecting += duration
}).observe({ entryTypes: ['gc'] })

process.once('disconnect', () => process.exit(0))
process.once('message', (ask: Ask) => {
  void answer(ask)
})

async function answer({ warmUp, requests, width }: Ask): Promise<void> {
  await blockOf(entry, warmUp, width)
  await turn()
  collecting = 0
  const cpu = await blockOf(entry, requests, width)
  // What was observed is told in a turn of its own.
  await turn()
  const { chain } = entry
  process.send?.({ cpu, collecting: (collecting * 1000) / requests, ...(chain === undefined ? {} : { chain }) } satisfies Told)
}
