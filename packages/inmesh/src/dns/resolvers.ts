import { promises as dns, type LookupAddress } from 'node:dns'
import type { DnsAddress, DnsResolver, DnsService } from '../config/service/dns-config.ts'

/**
 * As every other program on the machine asks: getaddrinfo. It runs on libuv's threads, two of which it may take by default,
 * and cannot be cancelled: whoever gives up only stops listening.
 */
export function systemResolver(): DnsResolver {
  const servers = serverResolver(undefined)
  return {
    addresses: (name, { family }): Promise<LookupAddress[]> => dns.lookup(name, { all: true, family, order: 'verbatim' }),
    services: (name, options) => servers.services(name, options),
  }
}

/** Asks DNS servers itself, by c-ares. */
export function serverResolver(servers: readonly string[] | undefined): Required<DnsResolver> {
  const resolver = new dns.Resolver()
  if (servers !== undefined) resolver.setServers(servers)
  const cancelled = async <T>(signal: AbortSignal, asked: Promise<T>): Promise<T> => {
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel)
    try {
      return await asked
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
  return {
    addresses: (name, { family, signal }) => cancelled(signal, bothFamilies(resolver, name, family)),
    services: (name, { signal }): Promise<DnsService[]> => cancelled(signal, resolver.resolveSrv(name)),
  }
}

/** One family may be there and the other not; what came of either is an answer. */
async function bothFamilies(resolver: dns.Resolver, name: string, family: 0 | 4 | 6): Promise<readonly DnsAddress[]> {
  const asked: Promise<readonly DnsAddress[]>[] = []
  if (family !== 6) asked.push(resolver.resolve4(name, { ttl: true }))
  if (family !== 4) asked.push(resolver.resolve6(name, { ttl: true }))
  const settled = await Promise.allSettled(asked)
  const found = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  const failed = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []))
  if (found.length === 0 && failed.length > 0) throw failed.find((error) => 'code' in error && error.code !== 'ENODATA') ?? failed[0]!
  return found
}
