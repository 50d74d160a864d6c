import type { Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import { Arena } from './arena.ts'
import { fuzz } from './fuzz.ts'
import { hangUp } from './hang-up.ts'
import { overload, overloadBars } from './overload.ts'

const metric = 'us-per-request'

const bars: readonly Bar[] = [
  { contender: 'inmesh-fastify', metric, of: 'median', atMost: 5 },
  { contender: 'inmesh-express', metric, of: 'median', atMost: 5 },
  { contender: 'three hops', metric: 'hang-up-to-last-hop', of: 'median', atMost: 50_000 },
  ...overloadBars,
]

export const server: Bench = { name: 'server', run }

/** What the middleware costs a request that it lets pass, without sockets; how fast a hang-up goes through; what is left of a server under overload; what bad headers can do. */
async function run(seconds: number): Promise<Finding> {
  const onFastify = new Arena(['fastify', 'fastify again', 'inmesh-fastify', 'under-pressure + rate-limit'])
  const onExpress = new Arena(['express', 'express again', 'inmesh-express', 'express-rate-limit'])
  await onFastify.run(seconds / 2)
  await onExpress.run(seconds / 2)
  const chain = await hangUp()
  const overloaded = await overload()
  const fuzzed = fuzz()
  return { rows: [...onFastify.rows(metric), ...onExpress.rows(metric), chain, ...overloaded.rows, ...fuzzed.rows], bars, notes: [onFastify.note, onExpress.note, overloaded.note, fuzzed.note] }
}
