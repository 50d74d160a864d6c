import { resolveConfig } from 'inmesh'
import type { PolicyConfig, ResolvedService } from 'inmesh'

/** Every policy of a service in milliseconds, and what HTTP adds. */
export type VirtualPolicy = ResolvedService['policy']

/** Policies as `createMesh` takes them, by the zone that the client is in; throws its `ConfigError`. */
export function policies(policy: Readonly<Record<string, unknown>>): (zone: string | undefined) => VirtualPolicy {
  const byZone = new Map<string | undefined, VirtualPolicy>()
  // A mistake is to be heard of before anything runs.
  byZone.set(undefined, resolve(policy, undefined))
  return (zone) => {
    const known = byZone.get(zone) ?? resolve(policy, zone)
    byZone.set(zone, known)
    return known
  }
}

/** Whether it is a policy is what the configuration's own check is asked. */
function resolve(policy: Readonly<Record<string, unknown>>, zone: string | undefined): VirtualPolicy {
  const services = { any: { endpoints: ['http://127.0.0.1'], policy: policy as PolicyConfig } }
  const local = zone === undefined ? {} : { local: { zone } }
  return (resolveConfig({ services, ...local }).services.get('any') as ResolvedService).policy
}
