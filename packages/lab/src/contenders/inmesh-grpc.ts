import { Client as GrpcClient, credentials } from '@grpc/grpc-js'
import { callOptions, grpc } from '@inmesh/grpc'
import type { MeshOfServices } from '@inmesh/grpc'
import type { CallOptions } from '@inmesh/pipeline'
import { replicaService } from '../real/rpc.ts'
import { lookUp } from './client.ts'
import type { Client } from './client.ts'
import { callUnary } from './unary.ts'

/** Clients of grpc-js for these services of a mesh. What may be sent again its methods say. */
export function createInmeshGrpc(mesh: MeshOfServices<string>, services: readonly string[]): Client {
  const clients = new Map(
    services.map((name) => [
      name,
      new GrpcClient(name, credentials.createInsecure(), grpc(mesh).options(name, { service: replicaService }))
    ])
  )
  return {
    request: (call) => {
      const { operation, repeat, timeout, service } = call.class
      const said: CallOptions = {
        ...(operation !== undefined && { operation }),
        ...(repeat === 'never' && { repeat }),
        ...(timeout !== undefined && { timeout }),
        ...(call.criticality !== undefined && call.criticality !== 'CRITICAL' && { criticality: call.criticality })
      }
      return callUnary(lookUp(clients, service), call, call.headers, callOptions({ mesh: said }))
    },
    close: async () => {
      for (const client of clients.values()) client.close()
    }
  }
}
