import type { CallOptions as MeshCallOptions } from '@inmesh/pipeline'
import type { CallOptions } from '@grpc/grpc-js'

/** grpc-js's options of a call with what a caller may say of it to the mesh. */
export interface GovernedCallOptions extends CallOptions {
  readonly mesh?: MeshCallOptions
}

/**
 * Options of one call, as grpc-js's clients take them: `client.getItem(request, callOptions({ mesh: { repeat: 'always' } }), done)`.
 * grpc-js's type has no room for `mesh`; nothing else happens here. A `deadline` of grpc-js's is a point in time, and the
 * shorter of it and of the policy's timeout holds; `mesh.timeout` takes the place of the policy's.
 */
export function callOptions(options: GovernedCallOptions): CallOptions {
  return options
}

export function meshOf(options: CallOptions): MeshCallOptions | undefined {
  return (options as GovernedCallOptions).mesh
}
