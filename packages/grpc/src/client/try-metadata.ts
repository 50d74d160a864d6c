import { ATTEMPT_HEADER, CRITICALITY_HEADER, formatAttemptMark, formatGrpcPreviousAttempts, formatGrpcTimeout, type Code } from '@inmesh/policy'
import { loud, TryContext, type AnyScope, type CallTrace } from '@inmesh/pipeline'
import type { Metadata } from '@grpc/grpc-js'
import type { GrpcCall } from './grpc-call.ts'

/**
 * The metadata of one try: the caller's, with what this try has to say. The call's own copy is written to, which whoever
 * sends it copies at once; a try with headers of its own has one of its own.
 */
export function metadataFor(call: GrpcCall, context: AnyScope, left: number | undefined, sent: Metadata): Metadata {
  const attempt = context instanceof TryContext ? context : undefined
  const metadata = attempt?.headers === undefined ? sent : sent.clone()
  if (call.trace !== undefined) addTraced(call.trace, attempt, metadata)
  const timeout = left === undefined ? undefined : formatGrpcTimeout(left)
  if (timeout !== undefined) metadata.set('grpc-timeout', timeout)
  if (call.criticality !== 'CRITICAL') add(metadata, CRITICALITY_HEADER, call.criticality)
  if (attempt === undefined) return metadata
  if (attempt.ordinal > 0) {
    set(metadata, 'grpc-previous-rpc-attempts', formatGrpcPreviousAttempts(attempt.ordinal))
    set(metadata, ATTEMPT_HEADER, formatAttemptMark(attempt.cause, lastFailure(call)))
  }
  const { headers } = attempt
  if (headers !== undefined) for (let i = 0; i < headers.length; i += 2) add(metadata, headers[i]!.toLowerCase(), headers[i + 1]!)
  return metadata
}

/** Where the callee's part of the trace hangs: on this try. Apart, since calls that nobody follows must not pay for what a closure holds. */
function addTraced(trace: CallTrace, attempt: TryContext | undefined, metadata: Metadata): void {
  trace.inject(attempt, { set: (name, value) => setTraced(metadata, name.toLowerCase(), value) })
}

let told = false

/** A propagator that writes what is no metadata loses that one, and neither the call nor what follows it suffers. */
function setTraced(metadata: Metadata, name: string, value: string): void {
  try {
    metadata.set(name, value)
  } catch {
    if (!told) loud(`a trace's metadata ${JSON.stringify(name)} cannot be sent and is left out; that is not reported again`)
    told = true
  }
}

function set(metadata: Metadata, name: string, value: string | undefined): void {
  if (value !== undefined) metadata.set(name, value)
}

/** What the caller has set stays his. */
function add(metadata: Metadata, name: string, value: string): void {
  if (metadata.get(name).length === 0) metadata.set(name, value)
}

/** What the callee made of the call so far; a try that never left tells nothing of its load. */
function lastFailure(call: GrpcCall): Code | undefined {
  const outcome = call.tries.findLast((record) => record.outcome?.kind === 'failure')?.outcome
  return outcome?.kind === 'failure' && outcome.reach !== 'unsent' ? outcome.code : undefined
}
