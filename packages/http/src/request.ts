import { formatAttemptMark, formatEnvoyAttemptCount, formatEnvoyTimeout, ATTEMPT_HEADER, CRITICALITY_HEADER, type Code } from '@inmesh/policy'
import { TryContext, type AnyScope } from '@inmesh/pipeline'
import type { Dispatcher } from 'undici'
import { tracedHeaders } from './followed.ts'
import { attemptCountHeader, remainingHeader, replacing, withHeaders } from './headers.ts'
import type { HttpCall } from './http-call.ts'
import { originOf } from './origin.ts'
import type { SendEnv } from './send-env.ts'

/** The request of one try: the user's own, with what this try has to say. Where it has nothing to say, the same object. */
export function requestFor(env: SendEnv, call: HttpCall, context: AnyScope): Dispatcher.DispatchOptions {
  const { options, trace } = call
  const traced = trace === undefined ? undefined : tracedHeaders(trace, context)
  const extra = headersOf(env, call, context)
  const body = call.sendable.body as Dispatcher.DispatchOptions['body']
  const same = body == null || body === options.body
  if (extra === undefined && traced === undefined && same && env.servername === undefined) return options
  const request: Dispatcher.DispatchOptions = { ...options }
  if (!same) request.body = body
  if (extra !== undefined) request.headers = withHeaders(options.headers, extra)
  if (traced !== undefined) request.headers = replacing(request.headers, traced)
  if (env.servername !== undefined) Object.assign(request, { servername: env.servername })
  return request
}

/** Ours, as name, value, name, value; undefined where there is nothing to say, as for most first tries. */
function headersOf(env: SendEnv, call: HttpCall, context: AnyScope): string[] | undefined {
  const attempt = context instanceof TryContext ? context : undefined
  let extra: string[] | undefined
  if (env.host !== undefined) extra = added(extra, 'host', hostOf(call.options.origin) ?? env.host)
  extra = added(extra, remainingHeader, formatEnvoyTimeout(call.deadline - (attempt?.start ?? call.now)))
  if (call.criticality !== 'CRITICAL') extra = added(extra, CRITICALITY_HEADER, call.criticality)
  if (attempt === undefined) return extra
  if (attempt.ordinal > 0) {
    extra = added(extra, attemptCountHeader, formatEnvoyAttemptCount(attempt.ordinal))
    extra = added(extra, ATTEMPT_HEADER, formatAttemptMark(attempt.cause, lastFailure(call)))
  }
  const { headers } = attempt
  if (headers !== undefined) for (let i = 0; i < headers.length; i += 2) extra = added(extra, headers[i]!, headers[i + 1])
  return extra
}

function added(headers: string[] | undefined, name: string, value: string | undefined): string[] | undefined {
  if (value === undefined) return headers
  if (headers === undefined) return [name, value]
  headers.push(name, value)
  return headers
}

/** The logical host: what the caller thinks he calls. */
function hostOf(origin: string | URL | undefined): string | undefined {
  if (origin === undefined) return undefined
  if (typeof origin !== 'string') return origin.host
  const plain = originOf(origin)
  return plain?.slice(plain.indexOf('//') + 2)
}

/** What the callee made of the call so far; a try that never left tells nothing of its load. */
function lastFailure(call: HttpCall): Code | undefined {
  const outcome = call.tries.findLast((record) => record.outcome?.kind === 'failure')?.outcome
  return outcome?.kind === 'failure' && outcome.reach !== 'unsent' ? outcome.code : undefined
}
