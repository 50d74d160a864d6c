import { GlobalLimiter, nodeClock, nodeRandom, Observers, type Engine } from '@inmesh/pipeline'
import { redis as inmeshRedis } from '@inmesh/redis'
import { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import type { FleetOrder, FleetTold } from './fleet-order.ts'

// One process of many that have a limit together: makes calls as it is told and tells when each was admitted. Times are of
// the machine's monotonic clock, so that those of several processes can be laid side by side.

const order = JSON.parse(process.argv[2] ?? '{}') as FleetOrder
const { port, contender, rate, burst, demand, weight } = order

/** Calls of one tick of the demand. */
const TICK = 1
/** How often what was admitted is told: what a killed process has not told is lost. */
const TELL = 50

type Decide = () => boolean | Promise<boolean>

const client = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null, retryStrategy: () => 50, enableReadyCheck: true })
// Outages are what is measured; the limiter tells of them by itself.
client.on('error', () => {})

let engine: Engine | undefined
let limiter: GlobalLimiter | undefined
let slowest = 0

function inmesh(): Decide {
  const clock = nodeClock()
  const own = inmeshRedis(client)
  engine = own
  const shared = new GlobalLimiter(
    { id: 'bench/limit', rate, per: 1000, burst, maxKeys: 10_000, weight, byCriticality: false, engineLost: 'local-share', minProcesses: 1 },
    own,
    { service: 'bench', clock, observers: new Observers(), random: nodeRandom },
  )
  limiter = shared
  return () => {
    const before = process.hrtime.bigint()
    const admitted = shared.take('', clock.now(), 'CRITICAL') === 0
    slowest = Math.max(slowest, Number(process.hrtime.bigint() - before))
    return admitted
  }
}

function flexible(): Decide {
  // Its own pages advise it where more is refused than admitted: who is over is refused without a round trip.
  const limit = new RateLimiterRedis({ storeClient: client, points: rate, duration: 1, keyPrefix: 'flexible', inMemoryBlockOnConsumed: rate + 1 })
  return () => limit.consume('all').then(() => true, () => false)
}

const decide = contender === 'inmesh' ? inmesh() : flexible()
let admitted: number[] = []
let owed = 0
let last = now()

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

function demanded(at: number): number {
  const since = at - order.start
  return demand.findLast(({ from }) => since >= from)?.perSecond ?? 0
}

function tick(): void {
  const at = now()
  // A process that was stopped does not catch up: its callers were not there either.
  owed += (demanded(at) * Math.min(at - last, 20)) / 1000
  last = at
  for (; owed >= 1; owed--) {
    const answer = decide()
    if (answer === true) admitted.push(now())
    else if (answer !== false) void answer.then((yes) => yes && admitted.push(now()))
  }
}

function tell(): void {
  const shared = limiter?.inspect(performance.now()).shared
  const told: FleetTold = { admitted, slowest, ...(shared === undefined ? {} : { hold: { processes: shared.processes, share: shared.share, refresh: shared.refresh, excess: shared.excess, state: shared.state } }) }
  process.send?.(told)
  admitted = []
  slowest = 0
}

const beats = [setInterval(tick, TICK), setInterval(tell, TELL)]

process.on('message', (message) => {
  if (message !== 'leave') return
  for (const beat of beats) clearInterval(beat)
  tell()
  void Promise.resolve(engine?.close()).finally(() => {
    client.disconnect()
    process.disconnect()
  })
})

await client.ping()
process.send?.('ready')
