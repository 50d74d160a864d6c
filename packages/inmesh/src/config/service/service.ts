import type { ConnectionOptions, HttpPolicy, TlsOptions } from '@inmesh/http'
import type * as z from 'zod'
import { defined } from '../defined.ts'
import { resolveHealth } from '../policy/health.ts'
import { policy, resolvePolicy, type PolicyConfig } from '../policy/policy.ts'
import { choice, list } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { endpointEntry, endpoints, isList, type EndpointEntry, type Endpoints } from './endpoints.ts'
import { entrySource, type EntrySource } from './entry-source.ts'
import { http, resolveHttp, type HttpConfig } from './http.ts'
import { resolveTls, tls, type TlsConfig } from './tls.ts'
import { origin } from './url.ts'

/** One callee. At least one of `endpoints` and `origins` must be there. */
export interface ServiceConfig {
  /**
   * URLs that call sites use already and that mean this service: scheme, host and port. Default: none, so that only
   * `mesh.service(name)` reaches it. An origin belongs to one service.
   */
  readonly origins?: readonly string[] | undefined
  /**
   * Where its tries go. Default: the origins themselves, one address each. Replaced whole by an overlay. A name that
   * stands for many hosts (a Kubernetes ClusterIP) is one endpoint, behind which nothing can be balanced; `dns()` makes
   * one of each address that a name stands for.
   */
  readonly endpoints?: Endpoints | undefined
  /**
   * What tries say they call (`Host`, and the name asked for by TLS): `'origin'`, that of the URL that was called (the
   * first of `origins` for a path alone), as if there were no mesh; `'endpoint'`, the address the try goes to. Default
   * `'origin'`. A service without `origins` has the name that its `dns()` looks up, and else none, so there it is the
   * endpoint. `tls.servername` goes before it for TLS.
   */
  readonly host?: 'origin' | 'endpoint' | undefined
  readonly tls?: TlsConfig | undefined
  readonly http?: HttpConfig | undefined
  readonly policy?: PolicyConfig | undefined
}

export const service: z.ZodType<ServiceConfig> = options<ServiceConfig>('a service, such as { endpoints: [\'http://10.0.0.1:8080\'] }', {
  origins: list(origin(), "a list of URLs of scheme, host and port, such as ['http://catalog.prod:8080']", 1).describe('URLs that call sites use already and that mean this service.'),
  endpoints: endpoints.describe('Where its tries go. Default: the origins themselves.'),
  host: choice('origin', 'endpoint').describe('What tries say they call. Default origin.'),
  tls: tls.describe('For every connection to this service.'),
  http: http.describe('How connections to each endpoint are made, and let go of.'),
  policy: policy.describe('The policies of this service. Without any, the defaults are in force.'),
})

/** A service with its shorthands unfolded and every duration in milliseconds. */
export interface ResolvedService {
  readonly name: string
  /** As `URL.origin` writes them. */
  readonly origins: readonly string[]
  /** A source that was given twice is the same object here, so that a change of something else need not begin it anew. */
  readonly endpoints: readonly EndpointEntry[] | EntrySource
  /** What paths are relative to, where the configuration says it. */
  readonly base: string | undefined
  /** What tries say they call; undefined: each endpoint's own address. */
  readonly host: string | undefined
  readonly tls: TlsOptions | undefined
  readonly http: ConnectionOptions
  readonly policy: HttpPolicy
}

/** `localZone`: where the mesh is. */
export function resolveService(name: string, config: ServiceConfig, localZone?: string): ResolvedService {
  const { origins = [], endpoints: given = origins, host = 'origin', http = {}, policy = {}, tls } = config
  const endpoints = isList(given) ? given.map(endpointEntry) : entrySource(given)
  const logical = origins[0] ?? ('origin' in endpoints ? endpoints.origin : undefined)
  return {
    name,
    origins: origins.map((text) => new URL(text).origin),
    endpoints,
    base: logical,
    host: host === 'origin' && logical !== undefined ? new URL(logical).host : undefined,
    tls: tls && resolveTls(tls),
    http: resolveHttp(http),
    policy: { ...resolvePolicy(policy, localZone), ...httpPolicy(http, policy) },
  }
}

/** What HTTP adds to the policies that every protocol shares. */
function httpPolicy(http: HttpConfig, policy: PolicyConfig): Pick<HttpPolicy, 'losers' | 'classify' | 'classifyEnd' | 'health'> {
  const reweight = policy.reweight === false ? undefined : policy.reweight
  const health = policy.health === undefined ? undefined : resolveHealth(policy.health)
  return defined({ losers: http.losers, classify: reweight?.classify, classifyEnd: reweight?.classifyEnd, health })
}
