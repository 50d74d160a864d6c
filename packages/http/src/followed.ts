import { loud, TryContext, type AnyScope, type CallTrace } from '@inmesh/pipeline'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Wire } from './http-target.ts'

// Apart from what every try passes through: what a closure holds is allocated as its function is entered, and calls that
// nobody follows must not pay for it.

/**
 * Sends a try so that nobody else tells of the same request. Before it writes, undici asks a stream for nothing, to see
 * whether it is over: it is asked here beforehand, since what the user's own code begins then is not the client's.
 */
export function dispatchFollowed(trace: CallTrace, context: AnyScope, wire: Wire, request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
  if (request.body instanceof Readable) request.body.read(0)
  trace.run(attemptOf(context), 'wire', () => wire.dispatch(request, handler))
}

/** Where the callee's part of the trace hangs: on this try. Name, value, name, value; undefined where there is nothing to say. */
export function tracedHeaders(trace: CallTrace, context: AnyScope): string[] | undefined {
  const headers: string[] = []
  trace.inject(attemptOf(context), { set: (name, value) => setTraced(headers, name, value) })
  return headers.length === 0 ? undefined : headers
}

/** Whatever undici would refuse, and with it the call: RFC 9110, 5.1 and 5.5. */
const NAME = /^[!#$%&'*+.^_`|~\da-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** These are how a request is sent, and are not for whoever follows it. */
const OF_THE_WIRE: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'keep-alive', 'expect', 'te', 'trailer'])

let told = false

/** A propagator that writes what is no header loses that one: the call would have gone well without it. */
function setTraced(headers: string[], name: string, value: string): void {
  const key = name.toLowerCase()
  if (typeof value !== 'string' || !NAME.test(key) || !VALUE.test(value) || OF_THE_WIRE.has(key)) {
    if (!told) loud(`a trace's header ${JSON.stringify(key)} cannot be sent and is left out; that is not reported again`)
    told = true
    return
  }
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === key) return void (headers[i + 1] = value)
  headers.push(key, value)
}

function attemptOf(context: AnyScope): TryContext | undefined {
  return context instanceof TryContext ? context : undefined
}
