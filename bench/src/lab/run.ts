import { fork } from 'node:child_process'
import { once } from 'node:events'
import { max, median, min } from 'simple-statistics'
import type { Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import type { Row } from '../report/result.ts'
import type { Asked, Measured } from './messages.ts'

const full = 'virtual-full'
const policy = 'virtual-policy'
const small: Omit<Asked, 'pipeline'> = { clients: 1, servers: 10, calls: 1_000_000, runs: 7 }
const large: Asked = { clients: 1_000, servers: 1_000, calls: 10_000_000, pipeline: true, runs: 1 }
const minutes = 60
const gibibyte = 1_024 ** 3

const bars: readonly Bar[] = [
  { contender: full, metric: 'tries-per-second', of: 'median', atLeast: 150_000 },
  { contender: policy, metric: 'tries-per-second', of: 'median', atLeast: 500_000 },
  { contender: full, metric: 'large-world-time', of: 'median', atMost: 10 * minutes },
  { contender: full, metric: 'large-world-memory', of: 'median', atMost: 4 * gibibyte },
]

/** How fast the lab's virtual world is. */
export const lab: Bench = { name: 'lab', run }

async function run(): Promise<Finding> {
  const rows = [
    speed(full, await measured({ ...small, pipeline: true })),
    speed(policy, await measured({ ...small, pipeline: false })),
    ...size(full, await measured(large)),
  ]
  return {
    rows,
    bars,
    notes: [
      'tries a second of CPU time, the collector’s included: 10 replicas at 70 % load, one client, a million calls; the first run, in which the code is compiled, is left out',
      'a large world: 1,000 clients with state of their own, 1,000 replicas, 10 million calls; CPU time too, which on a machine that does nothing else is about the time it takes',
    ],
  }
}

function speed(contender: string, all: readonly Measured[]): Row {
  const values = all.slice(1).map(({ tries, cpuSeconds }) => tries / cpuSeconds)
  return { contender, metric: 'tries-per-second', unit: '1/s', median: median(values), min: min(values), max: max(values), runs: values.length }
}

function size(contender: string, [only]: readonly Measured[]): Row[] {
  if (only === undefined) throw new Error('bench: the large world was not run')
  const row = (metric: string, unit: Row['unit'], value: number): Row => ({ contender, metric, unit, median: value, min: value, max: value, runs: 1 })
  return [row('large-world-time', 's', only.cpuSeconds), row('large-world-memory', 'bytes', only.peakBytes)]
}

async function measured(asked: Asked): Promise<readonly Measured[]> {
  const execArgv = ['--conditions=@inmesh/source', '--max-old-space-size=4096']
  const child = fork(new URL('./measure-process.ts', import.meta.url), { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const gone = once(child, 'exit').then(([code]) => { throw new Error(`the lab's process ended early with code ${code}`) })
  child.send(asked)
  const [answer] = (await Promise.race([once(child, 'message'), gone])) as [readonly Measured[]]
  gone.catch(() => {})
  child.disconnect()
  return answer
}
