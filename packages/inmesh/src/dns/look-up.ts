import { isIPv6 } from 'node:net'
import type { DnsResolver } from '../config/service/dns-config.ts'
import type { EndpointConfig } from '../config/service/endpoints.ts'
import { srvHosts, type SrvHost } from './srv.ts'

/** What is asked for. */
export interface Question {
  readonly url: URL
  /** The SRV records to ask for; undefined: addresses. */
  readonly srv: string | undefined
  readonly family: 0 | 4 | 6
}

/** What came of it. */
export interface Answer {
  readonly endpoints: readonly EndpointConfig[]
  /** The shortest that was told, in seconds. */
  readonly ttl: number | undefined
}

/** One look: addresses, or SRV records and the addresses of their hosts. Nobody there is an error: it is mostly DNS that has lost its way. */
export async function lookUp(resolver: DnsResolver, { url, srv, family }: Question, signal: AbortSignal): Promise<Answer> {
  const found = srv === undefined ? await addressesOf(resolver, url, family, signal) : await hostsOf(resolver, { url, srv, family }, signal)
  if (found.endpoints.length > 0) return found
  throw Object.assign(new Error(`${srv ?? url.hostname} stands for nobody`), { code: 'ENODATA' })
}

async function addressesOf(resolver: DnsResolver, url: URL, family: 0 | 4 | 6, signal: AbortSignal): Promise<Answer> {
  const addresses = await resolver.addresses(url.hostname, { family, signal })
  const endpoints = addresses.flatMap(({ address }) => endpointAt(url, address, url.port))
  return { endpoints, ttl: shortest(addresses.map(({ ttl }) => ttl)) }
}

async function hostsOf(resolver: DnsResolver, { url, srv, family }: Question & { srv: string }, signal: AbortSignal): Promise<Answer> {
  if (resolver.services === undefined) throw new TypeError('the resolver knows no SRV records: it has no services()')
  const records = await resolver.services(srv, { signal })
  const hosts = srvHosts(records)
  const found = await Promise.allSettled(hosts.map(async (host) => ({ host, addresses: await resolver.addresses(host.name, { family, signal }) })))
  const there = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  // A host whose name leads nowhere is left out; where all do, the first says why.
  if (there.length === 0 && found[0]?.status === 'rejected') throw found[0].reason
  const endpoints = there.flatMap(({ host, addresses }) => spread(url, host, addresses.map(({ address }) => address)))
  return { endpoints, ttl: shortest([...records, ...there.flatMap(({ addresses }) => addresses)].map(({ ttl }) => ttl)) }
}

/** A host's share is that of all its addresses together. */
function spread(url: URL, { port, weight, priority }: SrvHost, addresses: readonly string[]): EndpointConfig[] {
  return addresses.flatMap((address) => endpointAt(url, address, String(port)).map((endpoint) => ({ ...endpoint, weight: weight / addresses.length, priority })))
}

/** None for an address that no URL can hold, such as one with a zone (`fe80::1%eth0`). */
function endpointAt({ protocol }: URL, address: string, port: string): { readonly url: string }[] {
  const url = URL.parse(`${protocol}//${isIPv6(address) ? `[${address}]` : address}${port === '' ? '' : `:${port}`}`)
  return url === null ? [] : [{ url: url.origin }]
}

function shortest(ttls: readonly (number | undefined)[]): number | undefined {
  const told = ttls.filter((ttl) => ttl !== undefined)
  return told.length === 0 ? undefined : Math.min(...told)
}
