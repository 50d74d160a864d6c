import { isIP } from 'node:net'
import { InmeshError, isError, type Attempt, type Call, type ClientWire } from '@inmesh/pipeline'
import type { Outcome } from '@inmesh/policy'
import { SpanKind, SpanStatusCode, type Attributes, type SpanStatus } from '@opentelemetry/api'
import { methodOf } from '../http-method.ts'
import type { LabelValues } from '../label-values.ts'
import { cleanedText } from './cleaned-text.ts'
import { withoutSecrets } from './url.ts'

/** What a call's span is called and says as it begins. It stands for no request: its tries do, each one. */
export function callFacts(values: LabelValues, call: Call): { readonly name: string; readonly attributes: Attributes } {
  const service = values.service(call.service)
  const operation = values.operation(call.service, call.operation)
  const attributes: Attributes = { 'inmesh.service': service, 'inmesh.operation': operation, 'inmesh.criticality': call.criticality }
  if (call.deadline !== Infinity) attributes['inmesh.deadline_ms'] = call.deadline - call.start
  return { name: `${service} ${operation}`, attributes }
}

/** The same of a try. `CLIENT`, as the conventions have it for each request on the wire; what a wrapped function sends is told by whoever sends it. */
export function tryFacts(values: LabelValues, { call, cause, ordinal, start }: Attempt): { readonly name: string; readonly kind: SpanKind; readonly attributes: Attributes } {
  const operation = values.operation(call.service, call.operation)
  const { onWire } = call
  const attributes: Attributes = { 'inmesh.service': values.service(call.service), 'inmesh.operation': operation, 'inmesh.cause': cause, 'inmesh.ordinal': ordinal }
  if (call.deadline !== Infinity) attributes['inmesh.deadline_ms'] = call.deadline - start
  if (onWire === undefined) return { name: operation, kind: SpanKind.INTERNAL, attributes }
  Object.assign(attributes, onWire.protocol === 'grpc' ? rpcFacts(values, call, onWire) : httpFacts(values, call, onWire, ordinal))
  return { name: operation, kind: SpanKind.CLIENT, attributes }
}

function httpFacts(values: LabelValues, { url }: Call, { method, address, port }: ClientWire, ordinal: number): Attributes {
  const attributes: Attributes = { 'http.request.method': methodOf(method), 'server.address': values.address(address) }
  if (port !== undefined) attributes['server.port'] = port
  if (url !== undefined) attributes['url.full'] = cleanedText(withoutSecrets(url))
  if (ordinal > 0) attributes['http.request.resend_count'] = ordinal
  return attributes
}

function rpcFacts(values: LabelValues, { service, operation }: Call, { address }: ClientWire): Attributes {
  return { 'rpc.system.name': 'grpc', 'rpc.method': values.method(service, operation), 'server.address': values.address(address) }
}

/** The endpoint to which a try went, known when it is over; absent where there was none. */
export function endpointFacts(values: LabelValues, { service }: Call, address: string | undefined): Attributes {
  if (address === undefined) return {}
  const attributes: Attributes = { 'inmesh.endpoint': values.endpoint(service, address) }
  const url = URL.parse(address)
  if (url === null || url.hostname === '') return attributes
  // By the conventions an address: to which one a name led, only whoever connects knows.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0) return attributes
  attributes['network.peer.address'] = host
  if (url.port !== '') attributes['network.peer.port'] = Number(url.port)
  return attributes
}

export function outcomeFacts(outcome: Outcome): Attributes {
  if (outcome.kind === 'ignored') return { 'inmesh.outcome': outcome.why }
  const { kind, code } = outcome
  return kind === 'failure' ? { 'inmesh.outcome': kind, 'inmesh.code': code, 'error.type': errorType(outcome) } : { 'inmesh.outcome': kind, 'inmesh.code': code }
}

/** What came over the wire, by the conventions: there a 404 is an error, though it says nothing against who answered so. */
export function replyFacts(outcome: Outcome, wire: ClientWire | undefined): Attributes {
  if (outcome.kind === 'ignored' || wire === undefined) return {}
  const { code, status } = outcome
  if (wire.protocol === 'grpc') return { 'rpc.status_code': code }
  if (status === undefined) return {}
  return status < 400 ? { 'http.response.status_code': status } : { 'http.response.status_code': status, 'error.type': String(status) }
}

/** A status where there is one, else the name that whoever failed has for it, else our code. */
function errorType({ code, status, cause }: Extract<Outcome, { readonly kind: 'failure' }>): string {
  if (status !== undefined) return String(status)
  const named = (cause as { readonly code?: unknown } | undefined)?.code
  return typeof named === 'string' && named !== '' ? cleanedText(named) : code
}

/** Drivers put whole bodies into their messages; a secret that begins in what is shown may be known by its end. */
const MOST_READ = 4_096

/** Left unset for what went well, and for what nobody waits for. */
export function statusFacts(outcome: Outcome): SpanStatus | undefined {
  if (outcome.kind !== 'failure') return undefined
  const { cause, code } = outcome
  return { code: SpanStatusCode.ERROR, message: messageOf(cause) ?? code }
}

/** Drivers put objects there as well, or nothing: a span that could not tell its error would never end. */
function messageOf(error: unknown): string | undefined {
  const message: unknown = isError(error) ? error.message : undefined
  return typeof message === 'string' ? cleanedText(withoutSecrets(message.slice(0, MOST_READ))) : undefined
}

/** Of a call that one of our policies ended. */
export function refusedBy(outcome: Outcome): InmeshError | undefined {
  return outcome.kind === 'failure' && InmeshError.is(outcome.cause) ? outcome.cause : undefined
}
