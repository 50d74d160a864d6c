import { formatLoadReport, LOAD_REPORT_HEADER } from '@inmesh/policy'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { draw } from '../random.ts'
import type { Service } from '../scenario/scenario.ts'
import { DRAW } from '../workload/draws.ts'
import { serviceTimeAt } from '../workload/service-time.ts'
import { CALL_HEADER, ONCE_HEADER } from './messages.ts'
import type { Behaviour } from './messages.ts'

const HEALTHY: Behaviour = { factor: 1, failCode: 503, failShare: 0 }

export interface ReplicaOptions {
  readonly service: Service
  readonly seed: number
  readonly number: number
  readonly onOnce: (call: number) => void
}

export interface ReplicaServer {
  readonly server: Server
  readonly arrivals: () => number
  readonly behave: (behaviour: Behaviour) => void
}

/** A service whose work is waiting on a timer: `slots` at once, the rest in a queue, first come, first served. */
export function createReplica(options: ReplicaOptions): ReplicaServer {
  const { service, seed, number, onOnce } = options
  const drawer = service.drawnBy === 'call' ? 0 : number
  const body = Buffer.alloc(service.replyBytes, 'x')
  const waiting: (() => void)[] = []
  let behaviour = HEALTHY
  let working = 0
  let arrivals = 0
  let inFlight = 0

  function arrive(request: IncomingMessage, response: ServerResponse): void {
    arrivals++
    inFlight++
    const call = Number(request.headers[CALL_HEADER] ?? 0)
    if (draw(seed, call, number, DRAW.failure) < behaviour.failShare) return reply(response, behaviour.failCode)
    const start = (): void => work(call, request.headers[ONCE_HEADER] !== undefined, response)
    if (working < service.slots) return start()
    if (waiting.length >= (service.queue ?? Infinity)) return reply(response, 503)
    waiting.push(start)
  }

  function work(call: number, once: boolean, response: ServerResponse): void {
    working++
    if (once) onOnce(call)
    const millis = serviceTimeAt(service.serviceTime, draw(seed, call, drawer, DRAW.time)) * behaviour.factor
    setTimeout(() => {
      reply(response, 200)
      working--
      waiting.shift()?.()
    }, millis)
  }

  function reply(response: ServerResponse, status: number): void {
    const report = service.reports ? formatLoadReport({ namedMetrics: { in_flight: inFlight } }, 'json') : undefined
    inFlight--
    response.writeHead(status, { 'content-length': body.length, ...(report !== undefined && { [LOAD_REPORT_HEADER]: report }) }).end(body)
  }

  const server = createServer((request, response) => {
    // The whole request first: a reply that overtakes its body would reset the connection.
    request.resume().once('end', () => arrive(request, response))
  })
  // Node closes idle connections after 5 s by default; a race with the client's next request is not what is studied here.
  server.keepAliveTimeout = 60_000
  return { server, arrivals: () => arrivals, behave: (next) => void (behaviour = next) }
}
