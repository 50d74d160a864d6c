import type { MeshConfig } from './config/index.ts'

/**
 * The configuration that a mesh has now, for what tells how it is. Beside the mesh and not on it: it holds what users gave,
 * keys of TLS too, and is for nobody to print as it is.
 */
const configs = new WeakMap<object, () => MeshConfig>()

export function rememberConfig(mesh: object, config: () => MeshConfig): void {
  configs.set(mesh, config)
}

/** Undefined for what `createMesh` has not made. */
export function configOf(mesh: object): MeshConfig | undefined {
  return configs.get(mesh)?.()
}
