import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatLoadReport, LOAD_REPORT_HEADER } from '@inmesh/policy'
import { createWork } from './replica-work.ts'
import type { Replica, WorkOptions } from './replica-work.ts'

export interface ReplicaOptions extends WorkOptions {
  /** The server half around it. Default: it takes what comes. */
  readonly govern?: (listener: RequestListener) => RequestListener
}

export interface ReplicaServer extends Replica {
  readonly server: Server
}

/** A replica that speaks HTTP. */
export function createReplica({ govern = (listener) => listener, ...options }: ReplicaOptions): ReplicaServer {
  const { replyBytes, reports } = options.service
  const work = createWork(options)
  const body = Buffer.alloc(replyBytes, 'x')
  let arrivals = 0

  const handle = govern((request, response) => {
    const header = (name: string): string | undefined => request.headers[name]?.toString()
    // The whole request first: a reply that overtakes its body would reset the connection.
    request.resume().once('end', () =>
      work.arrive(header, (status, inFlight) => {
        // The server half has answered for it, or nobody is there any more.
        if (response.headersSent || response.destroyed) return
        const report = reports ? formatLoadReport({ namedMetrics: { in_flight: inFlight } }, 'json') : undefined
        response.writeHead(status, { 'content-length': body.length, ...(report !== undefined && { [LOAD_REPORT_HEADER]: report }) }).end(body)
      })
    )
  })
  const server = createServer((request, response) => {
    arrivals++
    handle(request, response)
  })
  // Node closes idle connections after 5 s by default; a race with the client's next request is not what is studied here.
  server.keepAliveTimeout = 60_000
  const listen = (port: number): Promise<number> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  return { server, listen, arrivals: () => arrivals, behave: work.behave }
}
