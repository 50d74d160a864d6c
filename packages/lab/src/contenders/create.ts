import type { Observer } from '@inmesh/pipeline'
import type { ClientSpec } from '../scenario/contenders.ts'
import type { Endpoint } from '../real/messages.ts'
import type { Client } from './client.ts'

/** Each contender's code is loaded only where it runs. `observers` makes those that hear what it decides, where it tells. */
export async function createClient(contender: ClientSpec, endpoints: readonly Endpoint[], observers: () => readonly Observer[] = () => []): Promise<Client> {
  if (contender.kind === 'undici') {
    const { createUndiciClient } = await import('./undici.ts')
    return createUndiciClient(endpoints, contender.options)
  }
  if (contender.kind === 'grpc-js') {
    const { createGrpcJsClient } = await import('./grpc-js.ts')
    return createGrpcJsClient(endpoints, contender.options)
  }
  if (contender.kind !== 'inmesh') throw new Error(`${contender.peer} is a peer of the virtual world`)
  const { createInmeshClient } = await import('./inmesh.ts')
  return createInmeshClient(endpoints, contender.policy, observers())
}
