import type { MethodDefinition } from '@grpc/grpc-js'
import type { RequestClass } from '../scenario/request-class.ts'

type Rpc = MethodDefinition<Buffer, Buffer> & { readonly options: { readonly idempotency_level: string } }

const SERVICE = 'lab.Replica'
const bytes = (value: Buffer): Buffer => value

function rpc(name: string, level: string): Rpc {
  return {
    path: `/${SERVICE}/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
    options: { idempotency_level: level }
  }
}

/** What a gRPC replica serves. They do the same and differ in what may be sent again, which gRPC says by method. */
export const replicaService = {
  Get: rpc('Get', 'NO_SIDE_EFFECTS'),
  Put: rpc('Put', 'IDEMPOTENT'),
  Do: rpc('Do', 'IDEMPOTENCY_UNKNOWN')
}

export type RpcName = keyof typeof replicaService

const BY_REPEAT: Readonly<Record<RequestClass['repeat'], RpcName>> = {
  concurrent: 'Get',
  sequential: 'Put',
  'if-unprocessed': 'Do',
  never: 'Do'
}

/** The method by which a call of this class is made. */
export function rpcOf({ repeat }: Pick<RequestClass, 'repeat'>): Rpc {
  return replicaService[BY_REPEAT[repeat]]
}

/** Methods as a service config names them. */
export function configName(method: RpcName): { service: string; method: RpcName } {
  return { service: SERVICE, method }
}
