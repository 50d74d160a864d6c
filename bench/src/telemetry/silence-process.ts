import { max, median, min } from 'simple-statistics'
import { setImmediate as turn } from 'node:timers/promises'
import type { Row } from '../report/result.ts'
import { silent } from './silence.ts'

const calls = 100_000
const runs = 15

const step = silent()
for (let i = 0; i < 20; i++) block()

const samples: number[] = []
for (let run = 0; run < runs; run++) samples.push(await allocated())
const row: Row = { contender: 'inmesh', metric: 'no-listener-bytes', unit: 'bytes', median: median(samples), min: min(samples), max: max(samples), runs }
process.send?.(row)

function block(): void {
  for (let i = 0; i < calls; i++) step()
}

/** Less what measuring itself leaves behind, which is the same for many calls and for none. */
async function allocated(): Promise<number> {
  const nothing = await grown(() => {})
  return Math.round(((await grown(block)) - nothing) / calls)
}

async function grown(work: () => void): Promise<number> {
  globalThis.gc?.()
  await turn()
  const before = process.memoryUsage().heapUsed
  work()
  return process.memoryUsage().heapUsed - before
}
