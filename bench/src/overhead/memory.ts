import { max, median, min } from 'simple-statistics'
import type { Row } from '../report/result.ts'
import { medianWithInterval } from '../stats/ratio.ts'
import { bareMemory, sendAll, type MemoryContender } from '../wire/memory-contender.ts'

const calls = 4_000
const metric = 'us-per-call-memory'

/** What governing costs on top of the bare call, in microseconds of CPU, where no socket hides it. Blocks run A B B A. */
export function measureMemory(contenders: readonly MemoryContender[], rounds: number, base: () => MemoryContender = bareMemory): Row[] {
  const bare = base()
  const again = { ...base(), name: `${bare.name} again` }
  const duels = [again, ...contenders].map((contender) => ({ contender, extra: [] as number[], total: [] as number[] }))
  for (let i = 0; i < 10; i++) for (const contender of [bare, again, ...contenders]) sendAll(contender, calls)
  for (let round = 0; round < rounds; round++) {
    for (const { contender, extra, total } of duels) {
      const a1 = cost(bare)
      const b1 = cost(contender)
      const b2 = cost(contender)
      const a2 = cost(bare)
      total.push((b1 + b2) / 2)
      extra.push((b1 + b2 - a1 - a2) / 2)
    }
  }
  return duels.map(({ contender, extra }) => rowOf(contender.name, bare.name, extra))
}

function cost(contender: MemoryContender): number {
  const before = process.cpuUsage()
  sendAll(contender, calls)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

function rowOf(contender: string, baseline: string, extra: readonly number[]): Row {
  const { low, high } = medianWithInterval(extra)
  const samples = [...extra]
  return { contender, metric, unit: 'us', median: median(samples), min: min(samples), max: max(samples), baseline, ciLow: low, ciHigh: high, runs: samples.length }
}
