import { Metadata, Server, ServerCredentials, ServerInterceptingCall } from '@grpc/grpc-js'
import type { sendUnaryData, ServerInterceptor, ServerUnaryCall } from '@grpc/grpc-js'
import { encodeLoadReport, LOAD_REPORT_BIN_HEADER } from '@inmesh/policy'
import { createWork } from './replica-work.ts'
import type { Replica, WorkOptions } from './replica-work.ts'
import { rpcStatusOf } from './rpc-status.ts'
import { replicaService } from './rpc.ts'

export interface GrpcReplicaOptions extends WorkOptions {
  /** The server half. Default: it takes what comes. */
  readonly governed?: ServerInterceptor
}

export interface GrpcReplica extends Replica {
  readonly server: Server
}

/** A replica that speaks gRPC: the same work behind unary methods. */
export function createGrpcReplica({ governed, ...options }: GrpcReplicaOptions): GrpcReplica {
  const { replyBytes, reports } = options.service
  const work = createWork(options)
  const body = Buffer.alloc(replyBytes, 'x')
  let arrivals = 0

  const count: ServerInterceptor = (_method, call) => {
    arrivals++
    return new ServerInterceptingCall(call)
  }
  const serve = ({ metadata }: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
    const header = (name: string): string | undefined => metadata.get(name)[0]?.toString()
    work.arrive(header, (status, inFlight) => {
      const trailers = new Metadata()
      if (reports) trailers.set(LOAD_REPORT_BIN_HEADER, Buffer.from(encodeLoadReport({ namedMetrics: { in_flight: inFlight } })))
      if (status === 200) answer(null, body, trailers)
      else answer({ code: rpcStatusOf(status), details: `as HTTP's ${status}`, metadata: trailers })
    })
  }
  const server = new Server({ interceptors: governed === undefined ? [count] : [count, governed] })
  server.addService(replicaService, { Get: serve, Put: serve, Do: serve })
  const listen = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error)
      )
    })
  return { server, listen, arrivals: () => arrivals, behave: work.behave }
}
