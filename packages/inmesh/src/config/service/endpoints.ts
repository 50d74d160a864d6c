import type * as z from 'zod'
import { defined } from '../defined.ts'
import { codeOnly } from '../schema/code-only.ts'
import { above, list, name, oneOf, table } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { origin } from './url.ts'

/** One address of a service. */
export interface EndpointConfig {
  /** Scheme, host and port, such as `http://10.0.0.1:8080`; no path. Twice the same one is a mistake. */
  readonly url: string
  /** Share of traffic relative to the others, under `balance: 'latency'`. Default 1. Above 0, up to 1,000; to take an endpoint out, leave it out. */
  readonly weight?: number | undefined
  /** Where it stands; told by `inspect()` and to interceptors. Does not steer traffic in this version. */
  readonly zone?: string | undefined
  /** Whatever else is known of it, such as `{ version: 'v2' }`; told by `inspect()` and to interceptors. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

export type EndpointList = readonly (string | EndpointConfig)[]

/** Ends a subscription; may take its time. */
export type Unsubscribe = (() => void | PromiseLike<void>) | Disposable | AsyncDisposable

/**
 * Discovery of your own: anything that knows when the addresses of a service change. `update` takes the whole list, each
 * time; `fail` tells of an error, after which the last list stays in force. Nothing more may be called once ended.
 */
export interface EndpointSource {
  subscribe(update: (endpoints: EndpointList) => void, fail: (error: unknown) => void): Unsubscribe
}

/**
 * A list; a source that pushes lists; or lists that are iterated. An iterable that has ended or thrown leaves its last
 * list in force; a function that makes one is asked again, after 1 s at first and 30 s at most.
 */
export type Endpoints = EndpointList | EndpointSource | AsyncIterable<EndpointList> | (() => AsyncIterable<EndpointList>)

const url = origin()

const endpoint = oneOf("a URL such as 'http://10.0.0.1:8080' (http or https, no path, no credentials), or { url, weight, zone, labels }", [
  url,
  options<EndpointConfig>('{ url, weight, zone, labels }', {
    url: url.describe('Scheme, host and port.'),
    weight: above(0, 1000).describe('Share of traffic relative to the others. Default 1.'),
    zone: name().describe('Where it stands.'),
    labels: table(name(), "texts by name, such as { version: 'v2' }").describe('Whatever else is known of it.'),
  }, ['url']),
])

export const endpointList: z.ZodType<EndpointList> = list(endpoint, 'a list of at least one endpoint', 1)

const source = codeOnly<Exclude<Endpoints, EndpointList>>('a source of lists', isSource)

export const endpoints: z.ZodType<Endpoints> = oneOf(
  'a list of at least one endpoint; in code also a source ({ subscribe }, an async iterable of lists, or a function that makes one)',
  [endpointList, source],
)

/** An endpoint without shorthands. */
export interface EndpointEntry {
  readonly url: URL
  readonly weight?: number
  readonly zone?: string
  readonly labels?: Readonly<Record<string, string>>
}

export function endpointEntry(config: string | EndpointConfig): EndpointEntry {
  if (typeof config === 'string') return { url: new URL(config) }
  const { url, weight, zone, labels } = config
  return defined({ url: new URL(url), weight, zone, labels })
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
