import { Observers } from '@inmesh/pipeline'
import { seededRandom } from '@inmesh/testing'
import { Command } from 'commander'
import { writeJson } from './report/result.ts'
import { checkpoint, type Checkpoint } from './soak/checkpoint.ts'
import { MemorySoak } from './soak/memory-soak.ts'
import { SocketSoak } from './soak/socket-soak.ts'
import { Tally } from './soak/tally.ts'
import { judge, printReport } from './soak/verdict.ts'
import { startReplicas } from './wire/replicas.ts'

const segments = 10
/** Segments before the first weighing. With two, rows that an endpoint takes when first used still came in the fifth. */
const warmUp = 4
/** Of all calls, over real sockets; the rest goes over wires in memory, which fail in more ways and faster. */
const socketShare = 0.05

interface Options {
  readonly calls: string
  readonly seed: string
  readonly json?: string
}

await new Command('npm run soak --')
  .description('Millions of calls under cancels, faults and live changes, and then nothing may be left behind.')
  .option('--calls <n>', 'how many', '2000000')
  .option('--seed <n>', 'of chance', '1')
  .option('--json <file>', 'where the result goes', 'reports/soak.json')
  .action(run)
  .parseAsync()

async function run({ calls, seed, json }: Options): Promise<void> {
  const unhandled: string[] = []
  process.on('unhandledRejection', (reason) => unhandled.push(String(reason instanceof Error ? reason.stack : reason)))
  process.on('warning', (warning) => { if (warning.name !== 'ExperimentalWarning') unhandled.push(`${warning.name}: ${warning.message}`) })
  const random = seededRandom(Number(seed))
  const tally = new Tally()
  const socketTally = new Tally()
  const events = new Map<string, number>()
  const count = ({ type }: { readonly type: string }): void => void events.set(type, (events.get(type) ?? 0) + 1)
  const observers = new Observers()
  observers.add(count)
  await using replicas = await startReplicas(new URL('./soak/unruly-replica-process.ts', import.meta.url), 4)
  const memory = new MemorySoak(random, tally, observers)
  const sockets = new SocketSoak(replicas.origins, random, socketTally, count)
  const perSegment = Number(calls) / segments
  // Everything that is bounded is filled to its bound first, in a fleet that changes fast, so that what grows after it grows for ever.
  await memory.run(warmUp * perSegment, 20)
  await sockets.run(warmUp * perSegment * socketShare, 20)
  await checkpoint(tally.ended + socketTally.ended, () => memory.atRest && sockets.atRest)
  const points: Checkpoint[] = []
  for (let segment = 0; segment < segments; segment++) {
    await memory.run(perSegment * (1 - socketShare), 1000)
    await sockets.run(perSegment * socketShare, 500)
    const point = await checkpoint(tally.ended + socketTally.ended, () => memory.atRest && sockets.atRest)
    points.push(point)
    console.log(`${point.calls} calls, ${(point.heapBytes / 1e6).toFixed(2)} MB`)
  }
  await sockets.mesh.close()
  const verdict = judge({ points, tallies: [tally, socketTally], atRest: memory.atRest && sockets.atRest, unhandled })
  printReport(verdict, [tally, socketTally], events)
  writeJson(json ?? 'reports/soak.json', { soak: verdict, memory: summary(tally), sockets: summary(socketTally), events: Object.fromEntries(events) })
  if (!verdict.passed) process.exitCode = 1
}

function summary({ begun, ended, replies, failures }: Tally): object {
  return { begun, ended, replies, failures: Object.fromEntries(failures) }
}
