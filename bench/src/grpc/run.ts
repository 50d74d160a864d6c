import { Arena } from '../overhead/arena.ts'
import type { Ask } from '../overhead/contender-side.ts'
import { Duel } from '../overhead/duel.ts'
import { controlOf, type Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import type { Row } from '../report/result.ts'
import { startReplicas } from '../wire/replicas.ts'
import { unaryOf } from './contenders.ts'
import { memoryRows } from './memory.ts'
import { serverRows } from './server-cost.ts'

const metric = 'cpu-per-call'
const shared = 'cpu-per-call-one-process'
const memory = 'us-per-call-memory'
const streams = 'stream-10k'
const width = 8
const unary: Ask = { warmUp: 10_000, requests: 20_000, width }
const reading: Ask = { warmUp: 15, requests: 30, width: 1 }
const block = { requests: 300, width }
const control = controlOf('grpc-js')
const unaryProcess = new URL('./unary-process.ts', import.meta.url)
const streamProcess = new URL('./stream-process.ts', import.meta.url)

const bars: readonly Bar[] = [
  { contender: 'inmesh', metric, of: 'ratio', atMost: 1.1, aim: 1.03 },
  { contender: 'inmesh + timeout', metric, of: 'ratio', atMost: 1.1, aim: 1.03 },
  { contender: 'inmesh', metric: `${metric}-uncollected`, of: 'ratio', atMost: 1.1, aim: 1.03 },
  { contender: 'inmesh', metric: shared, of: 'ratio', atMost: 1.1, aim: 1.03 },
  { contender: 'inmesh', metric: memory, of: 'median', atMost: 8 },
  { contender: 'inmesh', metric: streams, of: 'ratio', atMost: 1.03 },
]

export const grpc: Bench = { name: 'grpc', run }

/** What a call over gRPC costs beyond one of grpc-js's own, on both sides of it. */
async function run(seconds: number): Promise<Finding> {
  await using replicas = await startReplicas(new URL('./replica-process.ts', import.meta.url), 3)
  const { origins } = replicas
  const judged = new Arena(unaryProcess, ['grpc-js', control, 'inmesh', 'inmesh + timeout'], origins, unary)
  await judged.run(seconds * 0.4)
  const compared = new Arena(unaryProcess, ['grpc-js', 'inmesh, off', 'inmesh, every policy', 'grpc-js, its retries', 'grpc-js, its hedges'], origins, unary)
  await compared.run(seconds * 0.15)
  const read = new Arena(streamProcess, ['grpc-js', control, 'inmesh'], origins, reading)
  await read.run(seconds * 0.2)
  const rows = [
    ...judged.rows(metric), ...compared.rows(metric), ...(await inOneProcess(origins, seconds * 0.15)), ...(await memoryRows(memory, Math.round(seconds / 6))),
    ...read.rows(streams).filter((row) => row.metric === streams), ...(await serverRows(Math.round(seconds / 10))),
  ]
  return { rows, bars, notes: [...judged.notes, ...compared.notes, ...read.notes] }
}

/** As it is often measured: both in one process, where each pays for what the other leaves behind. */
async function inOneProcess(origins: readonly string[], seconds: number): Promise<Row[]> {
  const baseline = unaryOf('grpc-js', origins)
  const duels = [control, 'inmesh'].map((name) => new Duel(baseline, unaryOf(name, origins)))
  for (let i = 0; i < 2; i++) for (const each of duels) await each.warm(block, 4_000)
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    for (const each of duels) await each.round(block)
  }
  return duels.map((each) => each.row(shared))
}
