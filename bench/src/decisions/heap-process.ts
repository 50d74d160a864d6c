import { max, median, min } from 'simple-statistics'
import { setImmediate as turn } from 'node:timers/promises'
import type { Row } from '../report/result.ts'
import { bareMemory, governedMemory, sendAll, type MemoryContender } from '../wire/memory-contender.ts'
import { statePerEndpoint } from './endpoint-state.ts'

const calls = 4_000
const runs = 25
const metric = 'heap-per-call'

const bare = bareMemory()
const contenders = [governedMemory('inmesh', {}), governedMemory('inmesh + timeout', { timeout: { total: 800 } })]
for (let i = 0; i < 40; i++) for (const contender of [bare, ...contenders]) sendAll(contender, calls)

const rows: Row[] = []
for (const contender of contenders) rows.push(await rowOf(contender))
rows.push(...statePerEndpoint())
process.send?.(rows)

async function rowOf(contender: MemoryContender): Promise<Row> {
  const samples: number[] = []
  for (let run = 0; run < runs; run++) samples.push((await allocated(contender)) - (await allocated(bare)))
  return { contender: contender.name, metric, unit: 'bytes', median: median(samples), min: min(samples), max: max(samples), baseline: 'undici', runs }
}

async function allocated(contender: MemoryContender): Promise<number> {
  globalThis.gc?.()
  await turn()
  const before = process.memoryUsage().heapUsed
  sendAll(contender, calls)
  return (process.memoryUsage().heapUsed - before) / calls
}
