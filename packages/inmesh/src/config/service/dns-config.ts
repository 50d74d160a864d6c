import type { Duration } from '@inmesh/pipeline'
import { isIP } from 'node:net'
import * as z from 'zod'
import { isPlain } from '../plain.ts'
import { accepting } from '../schema/accepted.ts'
import { codeOnly } from '../schema/code-only.ts'
import { choice, duration, flag, list, oneOf, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { bareUrl } from './url.ts'

/** An address that a name stands for. */
export interface DnsAddress {
  readonly address: string
  /** How long it may be kept, in seconds, as DNS says it. Absent: the resolver does not tell. */
  readonly ttl?: number | undefined
}

/** One SRV record (RFC 2782). */
export interface DnsService {
  /** The host; `.` says that the service is decidedly not there. */
  readonly name: string
  readonly port: number
  /** Hosts of the lowest number first; others only while none of those is there. */
  readonly priority: number
  /** Share of the traffic among those of one priority. */
  readonly weight: number
  readonly ttl?: number | undefined
}

/**
 * Looks names up. Either is to reject when there is no answer; what it rejects with is told, and the last good answer stays
 * in force. `signal` aborts when the mesh is closed, or after 30 s.
 */
export interface DnsResolver {
  /** Every address of a name, of both families unless one is asked for. */
  addresses(name: string, options: { readonly family: 0 | 4 | 6; readonly signal: AbortSignal }): PromiseLike<readonly DnsAddress[]>
  /** Only asked with `srv`. Absent: the system's servers are. */
  services?(name: string, options: { readonly signal: AbortSignal }): PromiseLike<readonly DnsService[]>
}

/** How a name becomes addresses, and how long they are believed. */
export interface DnsOptions {
  /**
   * `'system'` asks as every other program on the machine does (getaddrinfo): with its search domains, its hosts file and
   * its caches. It tells no TTL. `'dns'` asks DNS servers itself (c-ares) and hears the TTL, but knows no search domain and no
   * hosts file. Or a resolver of your own. Default `'system'`; `'dns'` where `servers` are given.
   */
  readonly resolver?: 'system' | 'dns' | DnsResolver | undefined
  /** The servers to ask, such as `['10.0.0.10', '10.0.0.10:5353']`, tried in order; only with `resolver: 'dns'`. Default: the machine's own. */
  readonly servers?: readonly string[] | undefined
  /**
   * Asks for SRV records, which tell ports, weights and priorities: `true` for `_http._tcp` (`_https._tcp` for an https URL)
   * before the name, or the text to put there, such as `'_api._tcp'`. Asked of DNS servers, so the name must be complete: no
   * search domain is tried. Default `false`: addresses, with the URL's own port.
   */
  readonly srv?: boolean | `_${string}` | undefined
  /** Only IPv4 or only IPv6 addresses. Default: both, and a host that has both is two endpoints. */
  readonly family?: 4 | 6 | undefined
  /**
   * How long an answer is believed at most, give or take a tenth; a shorter TTL goes before it, and 1 s is the least.
   * Default 10 s (HAProxy's `hold valid`) where no TTL is told, else the TTL up to 5 min. 1 s–1 h.
   */
  readonly refresh?: Duration | undefined
  /** Answers in a row without an address after which it goes: some servers answer with a part of a long list. Default 3. 1–100. */
  readonly removeAfter?: number | undefined
}

/** Discovery by DNS as data, for configuration files: what `dns(url, options)` says in code. */
export interface DnsConfig extends DnsOptions {
  /** Scheme and host name, such as `http://catalog.prod.svc.cluster.local:8080`; no path, no address. */
  readonly dns: string
}

const named = "a URL of scheme and host name, such as 'http://catalog.prod.svc.cluster.local:8080' (http or https, no path, no credentials, no address)"
const server = "an address such as '10.0.0.10', '10.0.0.10:5353' or '[fd00::10]:5353'"
const prefix = "a text such as '_http._tcp'"

const url = accepting(named, z.string({ error: named }).refine((text) => isNamed(text), { error: named, abort: true }))
const address = accepting(server, z.string({ error: server }).refine(isServer, { error: server, abort: true }))
const resolver = codeOnly<DnsResolver>('a resolver { addresses }; only in code', (value) => typeof value === 'object' && value !== null && 'addresses' in value && typeof value.addresses === 'function')
const srvPrefix = accepting(prefix, z.string({ error: prefix }).regex(/^_[^\s.]+\._[^\s.]+$/, { error: prefix, abort: true })) as z.ZodType<`_${string}`>
const family = accepting('4 or 6', z.literal([4, 6], { error: '4 or 6' }))

export const dnsConfig: z.ZodType<DnsConfig> = options<DnsConfig>("{ dns: 'http://catalog.prod:8080', refresh, … }", {
  dns: url.describe('Scheme, host name and port.'),
  resolver: oneOf("'system', 'dns', or in code a resolver { addresses }", [choice('system', 'dns'), resolver]).describe('Who is asked. Default system; dns where servers are given.'),
  servers: list(address, "a list of at least one server, such as ['10.0.0.10']", 1).describe("The servers to ask. Default: the machine's own."),
  srv: oneOf(`true, false, or ${prefix}`, [flag(), srvPrefix]).describe('Asks for SRV records. Default false.'),
  family: family.describe('Only IPv4 or only IPv6 addresses. Default: both.'),
  refresh: duration(1000, 3_600_000).describe('How long an answer is believed at most. Default 10 s where no TTL is told.'),
  removeAfter: whole(1, 100).describe('Answers in a row without an address after which it goes. Default 3.'),
}, ['dns'])

function isNamed(text: string): boolean {
  const url = bareUrl(text)
  if (url === undefined || !/^https?:\/\//i.test(text)) return false
  return isIP(url.hostname.replaceAll(/[[\]]/g, '')) === 0
}

function isServer(text: string): boolean {
  const bare = /^\[(.*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([^:]*):\d{1,5}$/.exec(text)?.[1] ?? text
  return isIP(bare) !== 0
}

/** Told by its shape: the only plain data that stands for a source. */
export function isDnsConfig(value: unknown): value is DnsConfig {
  return isPlain(value) && Object.hasOwn(value, 'dns') && !('subscribe' in value)
}
