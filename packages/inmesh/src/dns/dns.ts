import { ConfigError } from '../config/check/config-error.ts'
import { mistakesOf } from '../config/check/issues.ts'
import { dnsRelations } from '../config/check/relations.ts'
import { millis } from '../config/defined.ts'
import { dnsConfig, type DnsConfig, type DnsOptions } from '../config/service/dns-config.ts'
import type { EndpointSource } from '../config/service/endpoints.ts'
import { DnsSource, type DnsSettings } from './dns-source.ts'
import { serverResolver, systemResolver } from './resolvers.ts'
import { logicalName, srvName } from './srv.ts'

/**
 * The addresses behind a name, looked up again and again: `endpoints: dns('http://catalog.prod.svc.cluster.local:8080')`.
 * Each address is an endpoint; `Host`, SNI and the check of certificates keep the name. The last good answer stays in force
 * when DNS fails, and one address is taken out only after three answers without it. A host that begins with an underscore
 * (`_http._tcp.catalog.prod`) is one of SRV records.
 *
 * Throws a `ConfigError` that lists every mistake. Looks nothing up before a mesh follows it.
 */
export function dns(url: string | URL, options: DnsOptions = {}): EndpointSource {
  return dnsSource({ ...options, dns: typeof url === 'string' ? url : url.href })
}

/** The same from a configuration's data. */
export function dnsSource(config: DnsConfig): EndpointSource {
  return new DnsName(inOrder(config))
}

class DnsName implements EndpointSource {
  readonly origin: string
  readonly config: DnsConfig

  constructor(config: DnsConfig) {
    this.origin = originOf(config)
    this.config = config
  }

  subscribe(...[update, fail, context]: Parameters<EndpointSource['subscribe']>): AsyncDisposable {
    return new DnsSource(settingsOf(this.config), update, fail, context)
  }
}

/** What a source of ours was made of, by which two of them can be told to be the same. */
export function dnsConfigOf(source: object): DnsConfig | undefined {
  return source instanceof DnsName ? source.config : undefined
}

function inOrder(config: DnsConfig): DnsConfig {
  const parsed = dnsConfig.safeParse(config, { jitless: true })
  const mistakes = [...(parsed.success ? [] : mistakesOf(parsed.error.issues, { dns: config }, ['dns'])), ...dnsRelations({ ...config }, ['dns'])]
  if (!parsed.success || mistakes.length > 0) throw new ConfigError(mistakes)
  return parsed.data
}

function settingsOf({ dns: text, resolver, servers, srv = false, family, refresh, removeAfter = 3 }: DnsConfig): DnsSettings {
  const url = new URL(text)
  const asked = srv !== false || url.hostname.startsWith('_') ? srvName(url, srv) : undefined
  return { url, srv: asked, family: family ?? 0, refresh: millis(refresh), removeAfter, resolver: resolverOf(resolver, servers) }
}

/** A resolver for each follower: to cancel a look cancels all of its looks. */
function resolverOf(resolver: DnsConfig['resolver'], servers: DnsConfig['servers']): DnsSettings['resolver'] {
  if (typeof resolver === 'object') return resolver.services === undefined ? { addresses: (name, options) => resolver.addresses(name, options), services: systemResolver().services! } : resolver
  return resolver === 'dns' || servers !== undefined ? serverResolver(servers) : systemResolver()
}

/** What tries say they call: the name itself, with its port. */
function originOf({ dns: text }: DnsConfig): string {
  const url = new URL(text)
  url.hostname = logicalName(url.hostname)
  return url.origin
}
