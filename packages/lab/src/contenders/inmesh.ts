import type { Dispatcher } from 'undici'
import { createMesh } from 'inmesh'
import type { Endpoint } from '../real/messages.ts'
import { REPEAT_BY_METHOD } from '../scenario/load.ts'
import type { RequestClass } from '../scenario/load.ts'
import { urlsByService } from './client.ts'
import type { Client } from './client.ts'

/** What a call site says beside the request: only what its class says and the method does not. */
function callOptions({ operation, repeat, method }: RequestClass): object {
  const mesh = { ...(operation !== undefined && { operation }), ...(repeat !== REPEAT_BY_METHOD[method] && { repeat }) }
  return Object.keys(mesh).length === 0 ? {} : { mesh }
}

/** `createMesh` over the endpoints, with the policy of the scenario and nothing else. */
export function createInmeshClient(endpoints: readonly Endpoint[], policy: Readonly<Record<string, unknown>>): Client {
  const services = Object.fromEntries(
    [...urlsByService(endpoints)].map(([name, urls]) => [name, { endpoints: urls, policy }])
  )
  const mesh = createMesh({ services })
  return {
    request: ({ class: requestClass, path, headers, body }) => {
      const options = { path, method: requestClass.method, headers, body, ...callOptions(requestClass) }
      // A service's dispatcher finds its own origin; undici's type asks for one.
      return mesh.service(requestClass.service).dispatcher.request(options as Dispatcher.RequestOptions)
    },
    close: () => mesh.close()
  }
}
