import { controlOf, type Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import type { Row } from '../report/result.ts'
import { startReplicas } from '../wire/replicas.ts'
import { governedMemory } from '../wire/memory-contender.ts'
import { Arena } from './arena.ts'
import { poolsOf } from './by-name.ts'
import type { Ask } from './contender-side.ts'
import { governed } from './contenders/inmesh.ts'
import { bare, RoundRobin } from './contenders/round-robin.ts'
import { Duel } from './duel.ts'
import { measureMemory } from './memory.ts'

const program = new URL('./contender-process.ts', import.meta.url)
const metric = 'cpu-per-request'
const shared = 'cpu-per-request-one-process'
const memory = 'us-per-call-memory'
const width = 12
const control = controlOf('undici')
const arena: Ask = { warmUp: 60_000, requests: 100_000, width }
/** A fetch costs three times a request. */
const fetchArena: Ask = { warmUp: 25_000, requests: 35_000, width }
const duel = { requests: 300, width }

const bars: readonly Bar[] = [
  { contender: 'inmesh', metric, of: 'ratio', atMost: 1.15, aim: 1.05 },
  { contender: 'inmesh + timeout', metric, of: 'ratio', atMost: 1.15, aim: 1.05 },
  { contender: 'inmesh', metric: `${metric}-uncollected`, of: 'ratio', atMost: 1.15, aim: 1.05 },
  { contender: 'inmesh', metric: shared, of: 'ratio', atMost: 1.15, aim: 1.05 },
  { contender: 'inmesh', metric: memory, of: 'median', atMost: 6, aim: 3 },
]

export const overhead: Bench = { name: 'overhead', run }

async function run(seconds: number): Promise<Finding> {
  await using replicas = await startReplicas(new URL('./replica-process.ts', import.meta.url), 3)
  const { origins } = replicas
  const judged = new Arena(program, ['undici', control, 'inmesh', 'inmesh + timeout'], origins, arena)
  await judged.run(seconds * 0.45)
  const compared = new Arena(program, ['undici', 'inmesh, every policy', 'opossum', 'opossum + p-retry', 'cockatiel', 'undici + 10 us'], origins, arena)
  await compared.run(seconds * 0.2)
  const fetches = new Arena(program, ['undici fetch', 'inmesh fetch'], origins, fetchArena)
  await fetches.run(seconds * 0.1)
  const rows = [...judged.rows(metric), ...compared.rows(metric), ...fetches.rows(metric), ...(await inOneProcess(origins, seconds * 0.15)), ...memoryRows(Math.round(seconds / 2))]
  return { rows, bars, notes: [...judged.notes, ...compared.notes, ...fetches.notes] }
}

/** As it is often measured: both in one process, where each pays for what the other leaves behind. */
async function inOneProcess(origins: readonly string[], seconds: number): Promise<Row[]> {
  const [mine, others] = [poolsOf(origins), poolsOf(origins)]
  const baseline = bare(new RoundRobin(mine))
  const plain = governed('inmesh', origins)
  const duels = [new Duel(baseline, bare(new RoundRobin(others), control)), new Duel(baseline, plain)]
  for (let i = 0; i < 3; i++) for (const each of duels) await each.warm(duel, 10_000)
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    for (const each of duels) await each.round(duel)
  }
  await plain.mesh.close()
  await Promise.all([...mine, ...others].map((pool) => pool.close()))
  return duels.map((each) => each.row(shared))
}

function memoryRows(rounds: number): Row[] {
  const seen = { events: 0 }
  const contenders = [
    governedMemory('inmesh', {}),
    governedMemory('inmesh + timeout', { timeout: { total: 800 } }),
    governedMemory('inmesh, every policy', everyPolicy, () => { seen.events++ }),
  ]
  return measureMemory(contenders, rounds)
}

const everyPolicy = {
  timeout: { total: 800, perTry: 500 },
  limit: { rate: 10_000_000, burst: 1_000_000 },
  drop: { ratios: { SHEDDABLE: 0.5 } },
  fallback: { reply: () => [] },
}
