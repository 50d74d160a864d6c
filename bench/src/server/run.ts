import type { Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import { Arena } from './arena.ts'

const metric = 'us-per-request'

const bars: readonly Bar[] = [
  { contender: 'inmesh-fastify', metric, of: 'median', atMost: 5 },
  { contender: 'inmesh-express', metric, of: 'median', atMost: 5 },
]

export const server: Bench = { name: 'server', run }

/** What the middleware costs a request that it lets pass, without sockets. */
async function run(seconds: number): Promise<Finding> {
  const onFastify = new Arena(['fastify', 'fastify again', 'inmesh-fastify', 'under-pressure + rate-limit'])
  const onExpress = new Arena(['express', 'express again', 'inmesh-express', 'express-rate-limit'])
  await onFastify.run(seconds / 2)
  await onExpress.run(seconds / 2)
  return { rows: [...onFastify.rows(metric), ...onExpress.rows(metric)], bars, notes: [onFastify.note, onExpress.note] }
}
