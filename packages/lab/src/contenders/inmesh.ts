import type { Observer } from '@inmesh/pipeline'
import type { Dispatcher } from 'undici'
import { createMesh } from 'inmesh'
import type { Mesh } from 'inmesh'
import type { Endpoint } from '../real/messages.ts'
import { REPEAT_BY_METHOD } from '../scenario/load.ts'
import { urlsByService } from './client.ts'
import type { Client, ClientCall } from './client.ts'

/** What a call site says beside the request: only what its class says and the method does not. */
function callOptions({ class: { operation, repeat, method, timeout }, criticality }: ClientCall): object {
  const mesh = {
    ...(operation !== undefined && { operation }),
    ...(repeat !== REPEAT_BY_METHOD[method] && { repeat }),
    ...(timeout !== undefined && { timeout }),
    // CRITICAL is what everybody is who says nothing.
    ...(criticality !== undefined && criticality !== 'CRITICAL' && { criticality })
  }
  return Object.keys(mesh).length === 0 ? {} : { mesh }
}

/** `createMesh` over the endpoints, with the policy of the scenario and nothing else. */
export async function createInmeshClient(
  endpoints: readonly Endpoint[],
  policy: Readonly<Record<string, unknown>>,
  observers: readonly Observer[] = []
): Promise<Client> {
  const services = Object.fromEntries(
    [...urlsByService(endpoints)].map(([name, urls]) => [name, { endpoints: urls, policy }])
  )
  const mesh = createMesh({ services, observers })
  const overGrpc = new Set(endpoints.filter(({ protocol }) => protocol === 'grpc').map(({ service }) => service))
  const grpc = overGrpc.size > 0 ? await createGrpc(mesh, [...overGrpc]) : undefined
  return {
    request: (call) => {
      if (grpc !== undefined && overGrpc.has(call.class.service)) return grpc.request(call)
      const { class: requestClass, path, headers, body } = call
      const options = { path, method: requestClass.method, headers, body, ...callOptions(call) }
      // A service's dispatcher finds its own origin; undici's type asks for one.
      return mesh.service(requestClass.service).dispatcher.request(options as Dispatcher.RequestOptions)
    },
    close: async () => {
      await grpc?.close()
      await mesh.close()
    }
  }
}

async function createGrpc(mesh: Mesh, services: readonly string[]): Promise<Client> {
  const { createInmeshGrpc } = await import('./inmesh-grpc.ts')
  return createInmeshGrpc(mesh, services)
}
