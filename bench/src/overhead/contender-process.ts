import { PerformanceObserver } from 'node:perf_hooks'
import { entryOf } from './by-name.ts'
import { blockOf } from './contender.ts'

/** What the bench asks of a contender's process: so many requests, so many at a time. */
export interface Ask {
  readonly requests: number
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
process.on('message', (ask: Ask) => {
  void answer(ask)
})
process.send?.({ cpu: 0, collecting: 0, ...(entry.chain === undefined ? {} : { chain: entry.chain }) } satisfies Told)

async function answer({ requests, width }: Ask): Promise<void> {
  collecting = 0
  const cpu = await blockOf(entry, requests, width)
  // What was observed is told in a turn of its own.
  await new Promise((resolve) => setImmediate(resolve))
  process.send?.({ cpu, collecting: (collecting * 1000) / requests } satisfies Told)
}
