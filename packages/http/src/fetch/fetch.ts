import { assertCallOptions, InmeshError, type CallOptions } from '@inmesh/pipeline'
import { fetch as undiciFetch, type Dispatcher } from 'undici'
import type { HttpCall } from '../http-call.ts'
import { remember } from '../report.ts'
import { dispatchTo } from '../undici/service-dispatcher.ts'
import { originOf } from '../origin.ts'
import type { HttpService } from '../service.ts'
import { fetchBody, type FetchBody } from './body.ts'

/** What `mesh.fetch` takes beyond `fetch`'s own options. */
export interface FetchInit extends RequestInit {
  readonly mesh?: CallOptions
}

export interface FetchEdge {
  /** What a relative URL is relative to; undefined where only absolute ones are taken. */
  readonly base: string | undefined
  /** The service that an origin means; undefined for one that nobody configured. */
  serviceOf(origin: string): HttpService | undefined
  /** Where requests to other origins go. */
  readonly others: Dispatcher
}

export type GovernedFetch = (input: string | URL | Request, init?: FetchInit) => Promise<Response>

/**
 * `fetch` with its own type and behaviour: redirects, streams, `Request`, abort and response types are undici's, each hop
 * of a redirect is routed by its origin. Rejects with the mesh's own error where a policy refused, and otherwise with
 * `fetch`'s `TypeError` as always. The `Response` is undici's class, which is not the built-in one: `instanceof Response`
 * is false, everything else is the same.
 */
export function governedFetch(edge: FetchEdge): GovernedFetch {
  return (input, init) => {
    let body: FetchBody | Promise<FetchBody>
    try {
      // Here, where the rejection is the mistake itself and not the cause of a failed fetch.
      assertCallOptions(init?.mesh)
      if (init?.body == null) return send(edge, input, init, nothing)
      body = fetchBody(init.body)
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return body instanceof Promise ? body.then((ready) => send(edge, input, init, ready)) : send(edge, input, init, body)
  }
}

const nothing: FetchBody = { replay: undefined, body: undefined, contentType: undefined }

function send(edge: FetchEdge, input: string | URL | Request, init: FetchInit | undefined, body: FetchBody): Promise<Response> {
  const own = init?.mesh
  let last: HttpCall | undefined
  const dispatcher = {
    dispatch: (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean => {
      last = route(edge, options, handler, body, own)
      return true
    },
  }
  let resource: unknown
  let settings: Settings
  try {
    resource = isRequest(input) ? input.url : edge.base === undefined ? input : new URL(input, edge.base)
    const said = isRequest(init) ? partsOf(init) : init
    settings = { ...(isRequest(input) ? overridden(partsOf(input), said) : said), dispatcher, ...(body.body == null ? {} : { body: body.body }) }
  } catch (error) {
    return Promise.reject(error as Error)
  }
  if (body.contentType !== undefined) settings = { ...settings, headers: withType(settings['headers'] as RequestInit['headers'], body.contentType) }
  const replied = undiciFetch(resource as URL, settings).then((response) => {
    remember(response, last)
    return response
  }, unwrap)
  return replied as unknown as Promise<Response>
}

function route(edge: FetchEdge, options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler, { replay }: FetchBody, own: CallOptions | undefined): HttpCall | undefined {
  // A redirect may have turned the request into one without a body.
  const request = replay === undefined || options.body == null ? options : { ...options, body: replay as Buffer }
  const origin = originOf(options.origin)
  const service = origin === undefined ? undefined : edge.serviceOf(origin)
  if (service !== undefined) return dispatchTo(service, request, handler, own)
  edge.others.dispatch(request, handler)
  return undefined
}

/** A refusal of ours is not a failed fetch. */
function unwrap(error: unknown): never {
  const { cause } = error as { cause?: unknown }
  throw InmeshError.is(cause) ? cause : error
}

/** By shape: undici's own `fetch` does not take the built-in `Request`. */
function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && !(input instanceof URL) && 'url' in input && 'method' in input
}

type Settings = Record<string, unknown>

/** The parts of a `Request`, which stand on its prototype. Its body is a stream: it can be read once. */
function partsOf({ method, headers, body, redirect, signal, credentials, integrity, keepalive, referrer, referrerPolicy, cache, mode }: Request): Settings {
  return {
    method, headers: [...headers], redirect, signal, credentials, integrity, keepalive, referrer, referrerPolicy, cache,
    mode: mode === 'navigate' ? 'cors' : mode,
    ...(body === null ? {} : { body, duplex: 'half' }),
  }
}

/** What is not set overrides nothing: a wrapper that passes `{ method: undefined }` on must not turn a POST into a GET. */
function overridden(parts: Settings, init: object | undefined): Settings {
  const set = Object.entries(init ?? {}).filter(([name, value]) => value !== undefined && (name !== 'body' || value !== null))
  return { ...parts, ...Object.fromEntries(set) }
}

function withType(headers: RequestInit['headers'] | undefined, contentType: string): Headers {
  const all = new Headers(headers)
  if (!all.has('content-type')) all.set('content-type', contentType)
  return all
}
