import type { Clock } from '@inmesh/pipeline'
import type { Random } from '@inmesh/policy'
import type * as z from 'zod'
import { defined } from '../defined.ts'
import { codeOnly } from '../schema/code-only.ts'
import { above, list, name, oneOf, table, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { dnsConfig, type DnsConfig } from './dns-config.ts'
import { origin } from './url.ts'

/** One address of a service. */
export interface EndpointConfig {
  /** Scheme, host and port, such as `http://10.0.0.1:8080`; no path. Twice the same one is a mistake. */
  readonly url: string
  /** Share of traffic relative to the others, under every balancer but `round-robin`. Default 1. Above 0, up to 1,000; to take an endpoint out, leave it out. */
  readonly weight?: number | undefined
  /**
   * Those of the lowest number get the traffic while enough of them are in; what they cannot take goes to the next. Default
   * 0. Whole, 0–100.
   */
  readonly priority?: number | undefined
  /** Where it stands. Another one than `local.zone` makes it dearer, see `balance.zone`. Default: unknown, which is not remote. */
  readonly zone?: string | undefined
  /** Whatever else is known of it, such as `{ version: 'v2' }`; told by `inspect()` and to interceptors. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

export type EndpointList = readonly (string | EndpointConfig)[]

/** Ends a subscription; may take its time. */
export type Unsubscribe = (() => void | PromiseLike<void>) | Disposable | AsyncDisposable

/** What a source may use of the mesh that follows it. */
export interface SourceContext {
  /** For waits: tests and simulations move it by hand. */
  readonly clock: Clock
  readonly random: Random
  /** What `inspect()` is to say beside the list, in one sentence; undefined takes it back. Told once as an event, or as a warning where nobody observes. */
  note(text: string | undefined): void
}

/**
 * Discovery of your own: anything that knows when the addresses of a service change. `update` takes the whole list, each
 * time; `fail` tells of an error, after which the last list stays in force. Nothing more may be called once ended. Until
 * either was first called, at most 10 s, calls wait.
 */
export interface EndpointSource {
  subscribe(update: (endpoints: EndpointList) => void, fail: (error: unknown) => void, context: SourceContext): Unsubscribe
  /** What tries say they call (`Host`, SNI) where the service has no `origins`. Default: each endpoint's own address. */
  readonly origin?: string
}

/**
 * A list; a source that pushes lists, such as `dns()`, which may also be written as data: `{ dns: url }`; or lists that are
 * iterated. An iterable that has ended or thrown leaves its last list in force; a function that makes one is asked again,
 * after 1 s at first and 30 s at most.
 */
export type Endpoints = EndpointList | DnsConfig | EndpointSource | AsyncIterable<EndpointList> | (() => AsyncIterable<EndpointList>)

const url = origin()

const endpoint = oneOf("a URL such as 'http://10.0.0.1:8080' (http or https, no path, no credentials), or { url, weight, priority, zone, labels }", [
  url,
  options<EndpointConfig>('{ url, weight, priority, zone, labels }', {
    url: url.describe('Scheme, host and port.'),
    weight: above(0, 1000).describe('Share of traffic relative to the others. Default 1.'),
    priority: whole(0, 100).describe('Those of the lowest number get the traffic while enough of them are in. Default 0.'),
    zone: name().describe('Where it stands.'),
    labels: table(name(), "texts by name, such as { version: 'v2' }").describe('Whatever else is known of it.'),
  }, ['url']),
])

export const endpointList: z.ZodType<EndpointList> = list(endpoint, 'a list of at least one endpoint', 1)

const source = codeOnly<Exclude<Endpoints, EndpointList | DnsConfig>>('a source of lists', isSource)

export const endpoints: z.ZodType<Endpoints> = oneOf(
  "a list of at least one endpoint, or { dns: 'http://catalog.prod:8080' }; in code also a source (dns(…), { subscribe }, an async iterable of lists, or a function that makes one)",
  [endpointList, dnsConfig, source],
)

/** An endpoint without shorthands. */
export interface EndpointEntry {
  readonly url: URL
  readonly weight?: number
  readonly priority?: number
  readonly zone?: string
  readonly labels?: Readonly<Record<string, string>>
}

export function endpointEntry(config: string | EndpointConfig): EndpointEntry {
  if (typeof config === 'string') return { url: new URL(config) }
  const { url, weight, priority, zone, labels } = config
  return defined({ url: new URL(url), weight, priority, zone, labels })
}

/** `Array.isArray` does not narrow a readonly list. */
export function isList(endpoints: Endpoints): endpoints is EndpointList {
  return Array.isArray(endpoints)
}

function isSource(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null) return false
  return ('subscribe' in value && typeof value.subscribe === 'function') || Symbol.asyncIterator in value
}
