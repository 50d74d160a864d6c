import type { Code, Failure, Millis, Outcome, Reach } from '@inmesh/policy'

/** What a caller gets of a scripted backend: as much of a reply as policies can be tried with. */
export interface TestReply {
  readonly status: number
  readonly body: unknown
}

/** What a scripted endpoint does with one request. */
export interface Answer {
  /** Undefined: no head ever comes, until the try is given up. */
  readonly head: Exclude<Outcome, { kind: 'ignored' }> | undefined
  readonly reply?: TestReply | undefined
  /** From the request to the head. 0 answers within the send, before it returns. */
  readonly after: Millis
  readonly body: Body
  /** Whether the request's own body was read, after which a one-shot body is gone. */
  readonly readsBody: boolean
}

/**
 * What comes behind a head: `whole` the tail comes with it; `unread` nobody reads, so it stays open until the reply is
 * read, parked, discarded or cancelled; `lasts` the tail comes that much later; `breaks` it fails that much later.
 */
export type Body = 'whole' | 'unread' | { readonly lasts: Millis } | { readonly breaks: Millis; readonly cause?: unknown }

export interface ReplyOptions {
  /** From the request to the head, in ms. Default 1. 0 answers within the send, before it returns. */
  readonly after?: Millis
  /** Default `whole`. */
  readonly body?: Body
  /** What the caller finds in the reply. */
  readonly content?: unknown
  /** Default by the status, as a proxy would read it: 503 UNAVAILABLE, 404 a success with NOT_FOUND. */
  readonly code?: Code
  /** Of a failure. Default `processed`: the endpoint may have done the work. */
  readonly reach?: Reach
  readonly retryAfter?: Millis
  readonly doNotRetry?: boolean
  /** Whether the request's own body was read. Default: unless the reach says `unsent` or `refused`. */
  readonly readsBody?: boolean
}

export interface FailOptions {
  /** From the request to the failure, in ms. Default 1. 0 fails within the send. */
  readonly after?: Millis
  /** How far the request got. Default `processed`, which lets the fewest things be repeated. */
  readonly reach?: Reach
  readonly retryAfter?: Millis
  readonly doNotRetry?: boolean
  /** The transport's error. Default: a new one for each request. Tries that share one count as one event for ejection. */
  readonly cause?: unknown
  /** Whether the request's own body was read. Default: unless the reach says `unsent` or `refused`. */
  readonly readsBody?: boolean
}

const later: Millis = 1

/** A reply of the protocol: a failure of the endpoint from 500 on and for 429, else a success. */
export function replyWith(status: number, options: ReplyOptions = {}): Answer {
  const { after = later, body = 'whole', content, code = codeOf(status) } = options
  const head = isFailure(status) ? { ...failure(code, options, undefined), status } : { kind: 'success' as const, code, status }
  return { head, reply: { status, body: content }, after, body, readsBody: readsBody(options) }
}

/** No reply: the transport failed. */
export function failWith(code: Code, options: FailOptions = {}): Answer {
  const { after = later, cause = new Error(`scripted failure: ${code}`) } = options
  return { head: failure(code, options, cause), after, body: 'whole', readsBody: readsBody(options) }
}

export function hang(): Answer {
  return { head: undefined, after: Infinity, body: 'whole', readsBody: true }
}

function readsBody(options: FailOptions | ReplyOptions): boolean {
  return options.readsBody ?? (options.reach === undefined || options.reach === 'processed')
}

function failure(code: Code, options: FailOptions | ReplyOptions, cause: unknown): Failure {
  const { reach = 'processed', retryAfter, doNotRetry } = options
  return {
    kind: 'failure',
    code,
    reach,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(doNotRetry === undefined ? {} : { doNotRetry }),
    ...(cause === undefined ? {} : { cause }),
  }
}

function isFailure(status: number): boolean {
  return status >= 500 || status === 429
}

const codes: Readonly<Record<number, Code>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

function codeOf(status: number): Code {
  return codes[status] ?? (status < 400 ? 'OK' : 'UNKNOWN')
}
