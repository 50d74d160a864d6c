import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { formatLoadReport, LOAD_REPORT_HEADER } from '@inmesh/policy'
import { draw } from '../random.ts'
import type { Service } from '../scenario/scenario.ts'
import { DRAW } from '../workload/draws.ts'
import { serviceTimeAt } from '../workload/service-time.ts'
import { burn } from './burn.ts'
import type { Callees } from './callees.ts'
import { CALL_HEADER, DRAW_HEADER, ONCE_HEADER } from './messages.ts'
import type { Behaviour } from './messages.ts'

const HEALTHY: Behaviour = { factor: 1, failCode: 503, failShare: 0 }
/** A call that failed for what was called for it. */
const FAILED_BELOW = 502

export interface ReplicaOptions {
  readonly service: Service
  readonly seed: number
  readonly number: number
  readonly onOnce: (call: number) => void
  /** The server half around it. Default: it takes what comes. */
  readonly govern?: (listener: RequestListener) => RequestListener
  /** What it calls, once it is known where that is. */
  readonly callees?: () => Callees | undefined
}

export interface ReplicaServer {
  readonly server: Server
  /** Requests that came, those included that were turned away. */
  readonly arrivals: () => number
  readonly behave: (behaviour: Behaviour) => void
}

interface Arrived {
  readonly root: number
  readonly key: number
  readonly once: boolean
}

/**
 * A service whose work is waiting on a timer, `slots` at once, the rest in a queue, first come, first served; or computing,
 * one at a time, where the queue is the event loop's.
 */
export function createReplica(options: ReplicaOptions): ReplicaServer {
  const { service, seed, number, onOnce, govern = (listener) => listener, callees } = options
  const drawer = service.drawnBy === 'call' ? 0 : number
  const calls = service.calls.length > 0
  const body = Buffer.alloc(service.replyBytes, 'x')
  const waiting: (() => void)[] = []
  let behaviour = HEALTHY
  let working = 0
  let arrivals = 0
  let inFlight = 0

  function arrive(request: IncomingMessage, response: ServerResponse): void {
    inFlight++
    const arrived = readArrived(request)
    const failure = failureOf(arrived)
    if (failure !== undefined) return reply(response, failure)
    if (!calls) return enter(arrived, response, () => reply(response, 200))
    void serve(arrived, response)
  }

  function failureOf({ key }: Arrived): number | undefined {
    const u = draw(seed, key, number, DRAW.failure)
    if (u < behaviour.failShare) return behaviour.failCode
    return service.failures !== undefined && u < service.failures.share ? service.failures.code : undefined
  }

  async function serve(arrived: Arrived, response: ServerResponse): Promise<void> {
    const below = callees?.()
    if (below === undefined || !(await below.make('before', arrived))) return reply(response, FAILED_BELOW)
    enter(arrived, response, () => {
      void below.make('after', arrived).then((whole) => reply(response, whole ? 200 : FAILED_BELOW))
    })
  }

  /** It works as soon as there is a slot. */
  function enter(arrived: Arrived, response: ServerResponse, done: () => void): void {
    const start = (): void => work(arrived, done)
    if (working < service.slots) return start()
    if (waiting.length >= (service.queue ?? Infinity)) return reply(response, 503)
    waiting.push(start)
  }

  function work({ key, root, once }: Arrived, done: () => void): void {
    if (once) onOnce(root)
    const millis = serviceTimeAt(service.serviceTime, draw(seed, key, drawer, DRAW.time)) * behaviour.factor
    if (service.work === 'cpu') {
      burn(millis)
      return done()
    }
    working++
    setTimeout(() => {
      done()
      working--
      waiting.shift()?.()
    }, millis)
  }

  function reply(response: ServerResponse, status: number): void {
    const report = service.reports ? formatLoadReport({ namedMetrics: { in_flight: inFlight } }, 'json') : undefined
    inFlight--
    // The server half has answered for it, or nobody is there any more.
    if (response.headersSent || response.destroyed) return
    response.writeHead(status, { 'content-length': body.length, ...(report !== undefined && { [LOAD_REPORT_HEADER]: report }) }).end(body)
  }

  const handle = govern((request, response) => {
    // The whole request first: a reply that overtakes its body would reset the connection.
    request.resume().once('end', () => arrive(request, response))
  })
  const server = createServer((request, response) => {
    arrivals++
    handle(request, response)
  })
  // Node closes idle connections after 5 s by default; a race with the client's next request is not what is studied here.
  server.keepAliveTimeout = 60_000
  return { server, arrivals: () => arrivals, behave: (next) => void (behaviour = next) }
}

function readArrived({ headers }: IncomingMessage): Arrived {
  const root = Number(headers[CALL_HEADER] ?? 0)
  return { root, key: Number(headers[DRAW_HEADER] ?? root), once: headers[ONCE_HEADER] !== undefined }
}
