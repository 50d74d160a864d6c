import type { DnsService } from '../config/service/dns-config.ts'

/** A host of an SRV record, with what its record says of it. */
export interface SrvHost {
  readonly name: string
  readonly port: number
  /** Its rank among those there are, 0 first: their numbers, up to 65,535, mean nothing by themselves. */
  readonly priority: number
  /** Relative to the others of its priority: their mean is 1. */
  readonly weight: number
}

/** Weight 0 is to get "a very small chance" where others have more (RFC 2782). */
const leastShare = 0.01
const heaviest = 1000
const lastRank = 100

/**
 * Records as hosts. Weights, which go up to 65,535, are put in relation to the mean of their priority; a priority whose
 * weights are all 0 spreads evenly. A target of `.` says that the service is decidedly not there.
 */
export function srvHosts(records: readonly DnsService[]): readonly SrvHost[] {
  const there = records.filter(({ name }) => name !== '.' && name !== '')
  const means = new Map([...Map.groupBy(there, ({ priority }) => priority)].map(([priority, group]) => [priority, meanOf(group)]))
  const ranks = [...means.keys()].toSorted((a, b) => a - b)
  return there.map(({ name, port, priority, weight }) => ({ name, port, priority: Math.min(lastRank, ranks.indexOf(priority)), weight: relative(weight, means.get(priority) ?? 0) }))
}

function meanOf(records: readonly DnsService[]): number {
  return records.reduce((sum, { weight }) => sum + weight, 0) / records.length
}

function relative(weight: number, mean: number): number {
  return mean === 0 ? 1 : Math.min(heaviest, Math.max(leastShare, weight / mean))
}

/** The name to ask for: `_http._tcp.` before the host, unless the host says it itself. */
export function srvName({ hostname, protocol }: URL, srv: boolean | string): string {
  if (hostname.startsWith('_')) return hostname
  return `${typeof srv === 'string' ? srv : `_${protocol.slice(0, -1)}._tcp`}.${hostname}`
}

/** The name that stands for the service: without `_http._tcp.`. */
export function logicalName(hostname: string): string {
  return hostname.replace(/^(_[^.]+\.){1,2}/, '').replace(/\.$/, '')
}
