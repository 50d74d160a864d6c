import { grpcServer } from '@inmesh/grpc'
import type { GrpcServer } from '@inmesh/grpc'
import type { AdmissionSpec } from '../scenario/admission.ts'
import { serverOptions } from './govern.ts'
import type { ServerTelling } from './govern.ts'

/** The server half of a replica that speaks gRPC, as it is shipped. */
export function governGrpc(admission: AdmissionSpec, telling?: ServerTelling): GrpcServer {
  return grpcServer(undefined, serverOptions(admission, telling))
}
