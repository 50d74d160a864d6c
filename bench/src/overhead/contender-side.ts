import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { blockOf, type Contender } from './contender.ts'

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

/** A contender that runs, and what its compiled chain is where it has one. */
export interface Entry extends Contender {
  readonly chain?: string
}

let collecting = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collecting += duration
}).observe({ entryTypes: ['gc'] })

/** Does what the arena asks of this process, once, and ends with it. */
export function stand(entry: Entry): void {
  process.once('disconnect', () => process.exit(0))
  process.once('message', (ask: Ask) => {
    void answer(entry, ask)
  })
}

async function answer(entry: Entry, { warmUp, requests, width }: Ask): Promise<void> {
  await blockOf(entry, warmUp, width)
  await turn()
  collecting = 0
  const cpu = await blockOf(entry, requests, width)
  // What was observed is told in a turn of its own.
  await turn()
  const { chain } = entry
  process.send?.({ cpu, collecting: (collecting * 1000) / requests, ...(chain === undefined ? {} : { chain }) } satisfies Told)
}
