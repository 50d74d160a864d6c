import { credentials, type ChannelCredentials, type ClientOptions } from '@grpc/grpc-js'
import { grpc, type GrpcOptions } from '@inmesh/grpc'
import { createMesh, type Mesh, type MeshEvent, type PolicyConfig } from 'inmesh'
import { onTestFinished } from 'vitest'
import { CatalogClient, catalogService } from './catalog.ts'

export interface Rig {
  readonly mesh: Mesh<'catalog'>
  readonly client: CatalogClient
  readonly events: MeshEvent[]
  inFlight(): number
}

export interface RigOptions extends GrpcOptions {
  readonly policy?: PolicyConfig
  readonly credentials?: ChannelCredentials
  readonly channel?: ClientOptions
  readonly origins?: readonly string[]
}

/** No extra try of its own accord, one endpoint after the other. */
export const plain: PolicyConfig = { retry: false, backup: false, rescue: false, eject: false, balance: 'round-robin' }
/** One retry, at once. */
export const retrying: PolicyConfig = { ...plain, retry: { backoff: { min: 0, max: 0 } }, budget: { ratio: 1, initial: 1000 } }

/** A mesh over replicas, and a client of it. */
export function rig(replicas: readonly { readonly url: string }[], { policy = plain, credentials: own = credentials.createInsecure(), channel = {}, origins, ...options }: RigOptions = {}): Rig {
  const events: MeshEvent[] = []
  const mesh = createMesh({
    services: { catalog: { endpoints: replicas.map(({ url }) => url), policy, ...(origins === undefined ? {} : { origins }) } },
    observers: [(event) => events.push(event)],
  })
  const client = new CatalogClient('catalog', own, { ...grpc(mesh).options('catalog', { service: catalogService, ...options }), ...channel })
  onTestFinished(async () => {
    client.close()
    await mesh.close({ within: '50ms' })
  })
  const inFlight = (): number => mesh.inspect('catalog').endpoints.reduce((sum, { inFlight: own, open }) => sum + own + open, 0)
  return { mesh, client, events, inFlight }
}
