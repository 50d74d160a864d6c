import { checked } from './check/check.ts'
import { resolveMesh, type ResolvedConfig } from './mesh.ts'

/** What a mesh is made of; throws one `ConfigError` that lists every mistake. */
export function resolveConfig(config: unknown): ResolvedConfig {
  return resolveMesh(checked(config))
}
