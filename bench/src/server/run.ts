import type { Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import { expressContenders, fastifyContenders } from './contenders.ts'
import type { Row } from '../report/result.ts'
import { Relay } from './relay.ts'

const metric = 'us-per-request'

const bars: readonly Bar[] = [
  { contender: 'inmesh-fastify', metric, of: 'median', atMost: 5 },
  { contender: 'inmesh-express', metric, of: 'median', atMost: 5 },
]

export const server: Bench = { name: 'server', run }

/** What the middleware costs a request that it lets pass, without sockets. */
async function run(seconds: number): Promise<Finding> {
  const rows: Row[] = []
  for (const contenders of [await fastifyContenders(), expressContenders()]) {
    const relay = new Relay(contenders, metric)
    await relay.run(seconds / 2)
    rows.push(...relay.rows)
    for (const contender of contenders) await contender.close()
  }
  const intervals = rows.filter(({ baseline }) => baseline !== undefined).map(({ contender, ciLow, ciHigh }) => `${contender} ${ciLow?.toFixed(2)} … ${ciHigh?.toFixed(2)}`)
  return { rows, bars, notes: [`µs of CPU beyond the bare application, 95 % interval of the median: ${intervals.join('; ')}`] }
}
