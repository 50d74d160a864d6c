import type { Code, Millis } from '@inmesh/policy'
import type { TryRecord } from './context.ts'

const brand = Symbol.for('inmesh.error')

export type InmeshErrorCode =
  | 'INMESH_DEADLINE_EXCEEDED'
  | 'INMESH_RATE_LIMITED'
  | 'INMESH_DROPPED'
  | 'INMESH_NO_ENDPOINT'
  | 'INMESH_CALL_FAILED'
  | 'INMESH_CLOSED'
  | 'INMESH_CONFIG'

/** What a try came to, as plain data. */
export interface TryFacts {
  readonly endpoint: string | undefined
  readonly cause: TryRecord['cause']
  /** Such as `UNAVAILABLE 503 (processed)`, or `pending` for one that was cut off. */
  readonly outcome: string
  readonly tookMs: Millis | undefined
}

export interface ErrorFacts {
  readonly service: string
  readonly operation?: string | undefined
  /** The policy that refused, by its name in the configuration. */
  readonly policy: string
  /** What was decided on, such as `{ rate: 500, per: 1000 }`. */
  readonly numbers?: Readonly<Record<string, number | string>>
  /** What would change it, in one sentence. */
  readonly advice: string
  readonly tries?: readonly TryRecord[]
  readonly retryAfter?: Millis | undefined
  readonly cause?: unknown
}

/**
 * Every refusal of ours. Recognise it by `code`, or by `InmeshError.is(error)`, which holds across two copies of the
 * package where `instanceof` would not. Errors of the transport are never wrapped in it.
 */
export class InmeshError extends Error {
  readonly code: InmeshErrorCode
  readonly service: string
  readonly operation: string | undefined
  readonly policy: string
  readonly numbers: Readonly<Record<string, number | string>>
  readonly advice: string
  readonly tries: readonly TryFacts[]
  /** When it may be worth asking again, relative to now; undefined when nobody knows. */
  readonly retryAfter: Millis | undefined

  constructor(name: string, code: InmeshErrorCode, message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = name
    this.code = code
    this.service = facts.service
    this.operation = facts.operation
    this.policy = facts.policy
    this.numbers = facts.numbers ?? {}
    this.advice = facts.advice
    this.tries = (facts.tries ?? []).map(tryFacts)
    this.retryAfter = facts.retryAfter
  }

  static is(error: unknown): error is InmeshError {
    return typeof error === 'object' && error !== null && brand in error
  }
}

// On the prototype, where it costs no error a field.
Object.defineProperty(InmeshError.prototype, brand, { value: true })

function tryFacts(record: TryRecord): TryFacts {
  return { endpoint: record.address, cause: record.cause, outcome: describeOutcome(record), tookMs: record.took }
}

function describeOutcome({ outcome }: TryRecord): string {
  if (outcome === undefined) return 'pending'
  if (outcome.kind === 'ignored') return outcome.why
  const status = outcome.status === undefined ? '' : ` ${outcome.status}`
  return outcome.kind === 'success' ? `${outcome.code}${status}` : `${outcome.code}${status} (${outcome.reach})`
}

/**
 * Makes an error without walking the stack: the stack would show the mesh and not the caller, who is behind a callback,
 * and costs 2.6-6 µs, which a flood of refusals must not.
 */
function stackless<E>(make: () => E): E {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = limit
  }
}

const wholeMs = (ms: number): number => Math.round(ms * 10) / 10

export function deadlineExceeded(facts: Omit<ErrorFacts, 'policy' | 'advice' | 'numbers'> & { after: Millis; policy?: string; limit: Millis }): InmeshError {
  const policy = facts.policy ?? 'timeout.total'
  return stackless(() => new InmeshError('DeadlineExceeded', 'INMESH_DEADLINE_EXCEEDED',
    `${facts.service}: no answer within ${wholeMs(facts.limit)} ms (${policy})`,
    { ...facts, policy, numbers: { limitMs: wholeMs(facts.limit), elapsedMs: wholeMs(facts.after) },
      advice: `Raise ${policy} of service "${facts.service}", or give the call more time; the tries listed show where the time went.` }))
}

export function rateLimited(facts: Omit<ErrorFacts, 'policy' | 'advice' | 'numbers'> & { rate: number; per: Millis; key?: string }): InmeshError {
  const whose = facts.key === undefined ? '' : ` for "${facts.key}"`
  return stackless(() => new InmeshError('RateLimited', 'INMESH_RATE_LIMITED',
    `${facts.service}: more than ${facts.rate} calls in ${facts.per} ms${whose} (limit)`,
    { ...facts, policy: 'limit', numbers: { rate: facts.rate, perMs: facts.per, retryAfterMs: wholeMs(facts.retryAfter ?? 0) },
      advice: `Raise limit.rate or limit.burst of service "${facts.service}", let calls wait with limit.maxWait, or slow the caller down.` }))
}

export function dropped(facts: Omit<ErrorFacts, 'policy' | 'advice' | 'numbers'> & { ratio: number; criticality: string }): InmeshError {
  return stackless(() => new InmeshError('Dropped', 'INMESH_DROPPED',
    `${facts.service}: ${Math.round(facts.ratio * 100)} % of ${facts.criticality} calls are dropped (drop)`,
    { ...facts, policy: 'drop', numbers: { ratio: facts.ratio, criticality: facts.criticality },
      advice: `Lower drop of service "${facts.service}", or mark the call with a higher criticality.` }))
}

export function noEndpoint(facts: Omit<ErrorFacts, 'policy' | 'advice' | 'numbers'> & { known: number; why: string }): InmeshError {
  return stackless(() => new InmeshError('NoEndpoint', 'INMESH_NO_ENDPOINT',
    `${facts.service}: no endpoint to send to (${facts.why}; ${facts.known} known)`,
    { ...facts, policy: 'balance', numbers: { known: facts.known },
      advice: facts.known === 0
        ? `Give service "${facts.service}" endpoints: its list or source is empty.`
        : `inspect('${facts.service}') shows the state of each endpoint.` }))
}

/** What a fallback is told when the callee answered, but with a failure. */
export function callFailed(facts: Omit<ErrorFacts, 'policy' | 'advice' | 'numbers'> & { outcome: Code; status?: number | undefined }): InmeshError {
  const status = facts.status === undefined ? '' : ` ${facts.status}`
  return stackless(() => new InmeshError('CallFailed', 'INMESH_CALL_FAILED',
    `${facts.service}: failed with ${facts.outcome}${status}`,
    { ...facts, policy: 'fallback', ...(facts.status === undefined ? {} : { numbers: { status: facts.status } }),
      advice: 'No policy refused: the tries listed show what the callee answered.' }))
}

export function closed(service: string): InmeshError {
  return stackless(() => new InmeshError('Closed', 'INMESH_CLOSED', `${service}: the mesh is closed`,
    { service, policy: 'close', advice: 'Make calls before close(), or create another mesh.' }))
}

/**
 * The tries behind an error that is not ours. Kept beside it, not on it, so that errors of the transport stay as they
 * are; weak, so that nothing is kept alive.
 */
const history = new WeakMap<object, { service: string; operation: string; tries: readonly TryFacts[] }>()

export function rememberTries(error: unknown, service: string, operation: string, tries: readonly TryRecord[]): void {
  if (typeof error === 'object' && error !== null && !InmeshError.is(error)) {
    history.set(error, { service, operation, tries: tries.map(tryFacts) })
  }
}

/** What is known of a failed call, as plain data. */
export interface Explanation {
  readonly refused: boolean
  readonly code: string
  readonly message: string
  readonly service?: string
  readonly operation?: string | undefined
  readonly policy?: string
  readonly numbers?: Readonly<Record<string, number | string>>
  readonly advice: string
  readonly tries: readonly TryFacts[]
}

/**
 * Which policy of which service refused, on what number, what would change it, and the tries that were made. For an
 * error of the transport: that nobody refused, and the tries. `undefined` for an error that no mesh has seen.
 */
export function explain(error: unknown): Explanation | undefined {
  let at = error
  // Bounded: causes may go in a circle.
  for (let depth = 0; depth < 10 && typeof at === 'object' && at !== null; depth++, at = (at as { cause?: unknown }).cause) {
    if (InmeshError.is(at)) {
      const { code, message, service, operation, policy, numbers, advice, tries } = at
      return { refused: code !== 'INMESH_CALL_FAILED', code, message, service, operation, policy, numbers, advice, tries }
    }
    const known = history.get(at)
    if (known !== undefined) {
      const { code, message } = at as { code?: unknown; message?: unknown }
      return { refused: false, code: String(code ?? 'UNKNOWN'), message: String(message), ...known,
        advice: 'No policy refused: the transport failed. The tries listed show each endpoint and its outcome.' }
    }
  }
  return undefined
}
