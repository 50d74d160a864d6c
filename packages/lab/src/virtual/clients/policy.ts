import { resolveConfig } from 'inmesh'
import type { PolicyConfig, ResolvedService } from 'inmesh'

/** Every policy of a service in milliseconds, and what HTTP adds. */
export type VirtualPolicy = ResolvedService['policy']

/** A policy as `createMesh` takes it; throws its `ConfigError`. */
export function resolvePolicy(policy: Readonly<Record<string, unknown>>): VirtualPolicy {
  // Whether it is a policy is what the configuration's own check is asked.
  const services = { any: { endpoints: ['http://127.0.0.1'], policy: policy as PolicyConfig } }
  return (resolveConfig({ services }).services.get('any') as ResolvedService).policy
}
