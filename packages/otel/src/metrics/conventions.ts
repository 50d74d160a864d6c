import type { ClientWire, MeshEvent, ServerWire } from '@inmesh/pipeline'
import type { Code } from '@inmesh/policy'
import type { Attributes } from '@opentelemetry/api'
import { OTHER } from '../bounded-values.ts'
import { methodOf } from '../http-method.ts'
import type { Recording } from './recording.ts'

// OpenTelemetry's semantic conventions 1.45.0, for metrics of HTTP and RPC:
// https://github.com/open-telemetry/semantic-conventions/tree/v1.45.0/docs/http/http-metrics.md, docs/rpc/rpc-metrics.md and docs/rpc/grpc.md

/** Of gRPC what a server answers with and is to blame for; whatever else is not OK is its caller's. */
const FAULTS: ReadonlySet<Code> = new Set<Code>(['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'])

/** What an adapter for gRPC answers for each status of a refusal. */
const REFUSED: Readonly<Record<number, Code>> = { 429: 'RESOURCE_EXHAUSTED', 503: 'UNAVAILABLE', 504: 'DEADLINE_EXCEEDED' }

export function recordHttpClient(to: Recording, { outcome, latency }: Extract<MeshEvent, { readonly type: 'tried' }>, { method, address, port }: ClientWire): void {
  if (to.instruments.histograms.httpClient === undefined) return
  const attributes: Attributes = { 'http.request.method': methodOf(method), 'server.address': to.values.address(address) }
  if (port !== undefined) attributes['server.port'] = port
  if (outcome.kind === 'ignored') attributes['error.type'] = outcome.why
  else if (outcome.status === undefined) attributes['error.type'] = outcome.code
  else {
    attributes['http.response.status_code'] = outcome.status
    if (outcome.status >= 400) attributes['error.type'] = String(outcome.status)
    // Its head was well and its body was not.
    else if (outcome.kind === 'failure') attributes['error.type'] = outcome.code
  }
  to.time('httpClient', latency, attributes)
}

export function recordRpcClient(to: Recording, { service, operation, outcome, latency }: Extract<MeshEvent, { readonly type: 'ended' }>, { address }: ClientWire): void {
  if (to.instruments.histograms.rpcClient === undefined) return
  const code = outcome.kind === 'ignored' ? 'CANCELLED' : outcome.code
  const attributes: Attributes = { 'rpc.system.name': 'grpc', 'rpc.method': to.values.method(service, operation), 'rpc.status_code': code, 'server.address': to.values.address(address) }
  if (code !== 'OK') attributes['error.type'] = code
  to.time('rpcClient', latency, attributes)
}

interface Request {
  readonly service: string
  readonly operation: string
  readonly wire?: ServerWire | undefined
}

/** `status` is absent of whoever hung up. */
export function recordServer(to: Recording, request: Request, latency: number, answer: { readonly status?: number; readonly code?: Code | undefined }): void {
  const { wire } = request
  if (wire?.protocol === 'http' && to.instruments.histograms.httpServer !== undefined) to.time('httpServer', latency, httpAttributes(to, request, wire, answer.status))
  if (wire?.protocol === 'grpc' && to.instruments.histograms.rpcServer !== undefined) to.time('rpcServer', latency, rpcAttributes(to, request, answer))
}

function httpAttributes(to: Recording, { operation }: Request, { method, scheme = 'http' }: ServerWire, status: number | undefined): Attributes {
  const attributes: Attributes = { 'http.request.method': methodOf(method), 'url.scheme': scheme }
  const route = routeOf(operation, method)
  if (route !== undefined) attributes['http.route'] = to.values.route(route)
  if (status !== undefined) attributes['http.response.status_code'] = status
  if (status === undefined) attributes['error.type'] = 'hung-up'
  else if (status >= 500) attributes['error.type'] = String(status)
  return attributes
}

/** `GET /items/:id` is the route `/items/:id`; a method alone, or what is past the bound of names, is none. */
function routeOf(operation: string, method = ''): string | undefined {
  if (operation === OTHER || operation === method) return undefined
  return operation.startsWith(`${method} `) ? operation.slice(method.length + 1) : operation
}

function rpcAttributes(to: Recording, { service, operation }: Request, { status, code }: { readonly status?: number; readonly code?: Code | undefined }): Attributes {
  const told: Code = code ?? (status === undefined ? 'CANCELLED' : (REFUSED[status] ?? 'UNKNOWN'))
  const attributes: Attributes = { 'rpc.system.name': 'grpc', 'rpc.method': to.values.method(service, operation), 'rpc.status_code': told }
  if (status === undefined) attributes['error.type'] = 'hung-up'
  else if (FAULTS.has(told)) attributes['error.type'] = told
  return attributes
}
