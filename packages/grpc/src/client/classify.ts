import { CODES, DO_NOT_RETRY_HEADER, parseDoNotRetry, parsePushback, parseRefused, REFUSED_HEADER, type Code, type Failure, type Outcome, type Reach } from '@inmesh/policy'
import type { Metadata, StatusObject } from '@grpc/grpc-js'
import { statusDetails } from './status-details.ts'

/** What a user's `classify` sees of a status. */
export interface EndedStatus {
  readonly code: Code
  readonly details: string
  /** The trailers. */
  readonly metadata: Metadata
  /** `google.rpc.ErrorInfo.reason` of `grpc-status-details-bin`, where there is one. */
  readonly reason: string | undefined
}

/**
 * A user's own verdict on how a call ended: one of the codes (`'OK'` for a success), or a business code of the callee's,
 * which `reweight.codes` and `retry.codes` may name. Undefined leaves it to the status.
 */
export type ClassifyStatus = (status: EndedStatus) => string | undefined

/** The endpoint failed; every other status is one of its answers, as 4xx are over HTTP. */
export const FAILING: readonly Code[] = ['UNKNOWN', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS']

export interface Classifier {
  /** Codes that are a failure of the endpoint: `FAILING`, and what `retry.codes` names beside them. */
  readonly failing: ReadonlySet<string>
  readonly classify: ClassifyStatus | undefined
  /** Tells of a user's function that threw. */
  readonly faulty: (what: string, error: unknown) => void
}

const DETAILS = 'grpc-status-details-bin'
const PUSHBACK = 'grpc-retry-pushback-ms'

export const succeeded: Outcome = Object.freeze({ kind: 'success', code: 'OK' })

const answers: ReadonlyMap<Code, Outcome> = new Map(CODES.map((code) => [code, code === 'OK' ? succeeded : Object.freeze<Outcome>({ kind: 'success', code })]))

/** A status beyond the list counts as UNKNOWN, as gRPC says. */
export function codeOf(status: number): Code {
  return CODES[status] ?? 'UNKNOWN'
}

/** A try as far as it got. Asked only of a failure. */
export interface Sent {
  /** Whether any of it has left this process. */
  readonly left: boolean
}

/** Facts about how a try ended. */
export function classifyStatus(env: Classifier, status: StatusObject, sent: Sent, cause: unknown): Outcome {
  const code = codeOf(status.code)
  if (code === 'OK' && env.classify === undefined) return succeeded
  const details = code === 'OK' ? undefined : detailsOf(status.metadata)
  const own = env.classify === undefined ? undefined : asked(env, env.classify, status, code, details?.reason)
  if (own === 'OK' || (own === undefined && !env.failing.has(code) && !(details?.reason !== undefined && env.failing.has(details.reason)))) return answers.get(code) ?? succeeded
  const business = own === undefined ? details?.reason : isOfCodes(own) ? undefined : own
  return failureOf(own !== undefined && isOfCodes(own) ? own : code === 'OK' ? 'UNKNOWN' : code, status, business, details?.retryDelay, sent, cause)
}

function failureOf(code: Code, status: StatusObject, business: string | undefined, delay: number | undefined, sent: Sent, cause: unknown): Failure {
  const pushback = pushbackOf(status.metadata)
  const retryAfter = typeof pushback === 'number' ? pushback : delay
  const mistake = mistakeOf(status)
  const stopped = mistake || pushback === 'stop' || parseDoNotRetry(textOf(status.metadata, DO_NOT_RETRY_HEADER))
  return {
    kind: 'failure',
    // Nothing of it is the endpoint's: our own credentials, or our own message.
    code: mistake ? 'INVALID_ARGUMENT' : code,
    reach: reachOf(status, sent),
    cause,
    ...(business === undefined ? {} : { business }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(stopped ? { doNotRetry: true } : {}),
  }
}

/**
 * grpc-js keeps to itself how far a call got, so its sentence for RST_STREAM with REFUSED_STREAM is what there is; a
 * server that sends GOAWAY refuses in the same way what it will not serve. `test/grpc/seam.test.ts` holds it to it.
 */
const REFUSED_DETAILS = 'Stream refused by server'
/** What it says instead where a message was still being written when the stream was refused. */
const REFUSED_WHILE_WRITTEN = 'Write error: Stream closed with error code NGHTTP2_REFUSED_STREAM'

function reachOf(status: StatusObject, sent: Sent): Reach {
  if (!sent.left) return 'unsent'
  const { details } = status
  return details === REFUSED_DETAILS || details === REFUSED_WHILE_WRITTEN || parseRefused(textOf(status.metadata, REFUSED_HEADER)) ? 'refused' : 'processed'
}

/** Ours, and the same on every endpoint. */
function mistakeOf({ details }: StatusObject): boolean {
  return details.startsWith('Getting metadata from plugin failed') || details.startsWith('Attempted to send message with a size larger than')
}

function asked({ faulty }: Classifier, classify: ClassifyStatus, { details, metadata }: StatusObject, code: Code, reason: string | undefined): string | undefined {
  try {
    return classify({ code, details, metadata, reason })
  } catch (error) {
    faulty('classify', error)
    return undefined
  }
}

function isOfCodes(text: string): text is Code {
  return (CODES as readonly string[]).includes(text)
}

function detailsOf(metadata: Metadata): ReturnType<typeof statusDetails> | undefined {
  const value = metadata.get(DETAILS)[0]
  return value instanceof Uint8Array ? statusDetails(value) : undefined
}

function pushbackOf(metadata: Metadata): ReturnType<typeof parsePushback> {
  const values = metadata.get(PUSHBACK)
  if (values.length === 0) return undefined
  return values.length > 1 ? 'stop' : parsePushback(String(values[0]))
}

export function textOf(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name)[0]
  return typeof value === 'string' ? value : undefined
}
