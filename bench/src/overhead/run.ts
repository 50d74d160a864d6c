import { HttpTarget } from '@inmesh/http'
import { fetch as undiciFetch, type Pool } from 'undici'
import { halfWidth, type Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import { governedMemory } from '../wire/memory-contender.ts'
import type { Contender } from './contender.ts'
import { describeOf, everything, governed, meshOf } from './contenders/inmesh.ts'
import { cockatiel, opossum, opossumWithRetry } from './contenders/peers.ts'
import { bare, RoundRobin, RoundRobinDispatcher, slowed } from './contenders/round-robin.ts'
import { Duel, type DuelOptions } from './duel.ts'
import { measureMemory } from './memory.ts'
import { startReplicas } from '../wire/replicas.ts'

const metric = 'cpu-per-request'
const memory = 'us-per-call-memory'
const options: DuelOptions = { requests: 300, width: 12 }

const bars: readonly Bar[] = [
  { contender: 'inmesh', metric, of: 'ratio', atMost: 1.15, aim: 1.05 },
  { contender: 'inmesh + timeout', metric, of: 'ratio', atMost: 1.15, aim: 1.05 },
  { contender: 'inmesh', metric: memory, of: 'median', atMost: 6, aim: 3 },
]

export const overhead: Bench = { name: 'overhead', run }

async function run(seconds: number): Promise<Finding> {
  await using replicas = await startReplicas(new URL('./replica-process.ts', import.meta.url), 3)
  const { origins } = replicas
  // Built as the mesh builds its own, one set each: what is compared is the choice among them and nothing else.
  const pools = (): readonly Pool[] => origins.map((origin) => new HttpTarget(new URL(origin), {}, undefined).wire as Pool)
  const mine = pools()
  const others = pools()
  const fetchPools = pools()
  const baseline = bare(new RoundRobin(mine))
  const plain = governed('inmesh', origins)
  const timed = governed('inmesh + timeout', origins, { timeout: '800ms' })
  // What has a bar first and alone, so that nobody else's garbage and nobody else's shapes are in the process with it.
  const judged = [new Duel(baseline, bare(new RoundRobin(others), 'undici again')), new Duel(baseline, plain), new Duel(baseline, timed)]
  const rounds = await fight(judged, seconds * 0.45)
  const full = governed('inmesh, every policy', origins, everything)
  const seen = { events: 0 }
  full.mesh.observe(() => { seen.events++ })
  const peers = [opossum, opossumWithRetry, cockatiel].map((peer) => peer(new RoundRobin(mine)))
  const compared = [new Duel(baseline, full), ...peers.map((peer) => new Duel(baseline, peer)), new Duel(baseline, slowed(new RoundRobin(mine), 10))]
  await fight(compared, seconds * 0.25)
  const fetchMesh = meshOf(origins)
  const fetched: Contender = { name: 'inmesh fetch', send: async () => check(await fetchMesh.service('catalog').fetch('/items/42')) }
  const fetches = [new Duel(overFetch('undici fetch', new RoundRobinDispatcher(new RoundRobin(fetchPools))), fetched)]
  await fight(fetches, seconds * 0.15)
  const duels = [...judged, ...compared, ...fetches]
  const rows = duels.map((duel) => duel.row(metric))
  const memoryContenders = [
    governedMemory('inmesh', {}),
    governedMemory('inmesh + timeout', { timeout: { total: 800 } }),
    governedMemory('inmesh, every policy', everyPolicy, () => { seen.events++ }),
  ]
  const memoryRows = measureMemory(memoryContenders, Math.round(seconds / 2))
  for (const peer of peers) peer.close()
  await Promise.all([plain, timed, full].map(({ mesh }) => mesh.close()))
  await fetchMesh.close()
  await Promise.all([...mine, ...others, ...fetchPools].map((pool) => pool.close()))
  return {
    rows: [...rows, ...memoryRows],
    bars,
    controlHalfWidth: halfWidth(rows[0]),
    notes: [
      `${rounds} rounds of A B B A blocks where there is a bar, ${options.requests} requests a block, ${options.width} at a time`,
      'compiled chains, outermost first:',
      ...[plain, timed, full].map((contender) => `  ${contender.name}: ${describeOf(contender)}`),
      `  in memory: ${memoryContenders.map(({ name, steps }) => `${name}: ${steps}`).join('; ')}`,
      `ratios of the sums over all blocks, collections and all: ${duels.map((duel) => `${duel.contender.name} ${duel.ratioOfSums.toFixed(3)}`).join(', ')}`,
    ],
  }
}

const everyPolicy = {
  timeout: { total: 800, perTry: 500 },
  limit: { rate: 10_000_000, burst: 1_000_000 },
  drop: { ratios: { SHEDDABLE: 0.5 } },
  fallback: { reply: () => [] },
}

async function fight(duels: readonly Duel[], seconds: number): Promise<number> {
  for (let i = 0; i < 3; i++) for (const duel of duels) await duel.warm(options, 1000)
  const end = performance.now() + seconds * 1000
  let round = 0
  for (; performance.now() < end; round++) {
    for (const duel of duels) await duel.round(options)
  }
  return round
}

function overFetch(name: string, dispatcher: RoundRobinDispatcher): Contender {
  return { name, send: async () => check(await undiciFetch('http://catalog/items/42', { dispatcher }) as unknown as Response) }
}

async function check(response: Response): Promise<void> {
  await response.text()
  if (response.status !== 200) throw new Error(`got a ${response.status}`)
}
