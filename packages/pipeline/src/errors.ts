import type { Code, Millis } from '@inmesh/policy'
import type { TryRecord } from './context.ts'

const brand = Symbol.for('inmesh.error')

export type InmeshErrorCode =
  | 'INMESH_DEADLINE_EXCEEDED'
  | 'INMESH_RATE_LIMITED'
  | 'INMESH_DROPPED'
  | 'INMESH_THROTTLED'
  | 'INMESH_CONCURRENCY_LIMITED'
  | 'INMESH_NO_ENDPOINT'
  | 'INMESH_CALL_FAILED'
  | 'INMESH_CALLER_GONE'
  | 'INMESH_CLOSED'
  | 'INMESH_ENGINE_LOST'
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

export function tryFacts(record: TryRecord): TryFacts {
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

/** A tenth of a millisecond is finer than anybody sets a limit. */
const rounded = (ms: number): number => Math.round(ms * 10) / 10

/** What a refusal is told; its policy, its numbers and its advice are its own. */
type Facts = Omit<ErrorFacts, 'policy' | 'advice' | 'numbers'>

export function deadlineExceeded(facts: Facts & { after: Millis; policy?: string; limit: Millis }): InmeshError {
  if (facts.limit <= 0) return alreadyOver(facts)
  const policy = facts.policy ?? 'timeout.total'
  return stackless(() => new InmeshError('DeadlineExceeded', 'INMESH_DEADLINE_EXCEEDED',
    `${facts.service}: no answer within ${rounded(facts.limit)} ms (${policy})`,
    { ...facts, policy, numbers: { limitMs: rounded(facts.limit), elapsedMs: rounded(facts.after) },
      advice: `Raise ${policy} of service "${facts.service}", or give the call more time; the tries listed show where the time went.` }))
}

/** An inherited deadline that ran out on the way here: nobody set a time that is less than nothing. */
function alreadyOver(facts: Facts & { limit: Millis }): InmeshError {
  const lateMs = rounded(-facts.limit)
  return stackless(() => new InmeshError('DeadlineExceeded', 'INMESH_DEADLINE_EXCEEDED',
    `${facts.service}: the deadline around this call was over ${lateMs} ms before it began (deadline)`,
    { ...facts, policy: 'deadline', numbers: { lateMs },
      advice: 'Nothing was sent. Whoever set that deadline has stopped waiting: give the whole more time, or find what took it before this call.' }))
}

export function rateLimited(facts: Facts & { rate: number; per: Millis; key?: string }): InmeshError {
  const whose = facts.key === undefined ? '' : ` for "${facts.key}"`
  return stackless(() => new InmeshError('RateLimited', 'INMESH_RATE_LIMITED',
    `${facts.service}: more than ${facts.rate} calls in ${facts.per} ms${whose} (limit)`,
    { ...facts, policy: 'limit', numbers: { rate: facts.rate, perMs: facts.per, retryAfterMs: rounded(facts.retryAfter ?? 0) },
      advice: `Raise limit.rate or limit.burst of service "${facts.service}", let calls wait with limit.maxWait, or slow the caller down.` }))
}

export function dropped(facts: Facts & { ratio: number; criticality: string }): InmeshError {
  return stackless(() => new InmeshError('Dropped', 'INMESH_DROPPED',
    `${facts.service}: ${Math.round(facts.ratio * 100)} % of ${facts.criticality} calls are dropped (drop)`,
    { ...facts, policy: 'drop', numbers: { ratio: facts.ratio, criticality: facts.criticality },
      advice: `Lower drop of service "${facts.service}", or mark the call with a higher criticality.` }))
}

export function throttled(facts: Facts & { probability: number; requests: number; accepts: number; window: Millis }): InmeshError {
  const { probability, requests, accepts, window } = facts
  return stackless(() => new InmeshError('Throttled', 'INMESH_THROTTLED',
    `${facts.service}: accepted ${accepts} of ${requests} calls in the last ${Math.round(window / 1000)} s, so ${Math.round(probability * 100)} % are not sent (breaker)`,
    { ...facts, policy: 'breaker', numbers: { probability: Math.round(probability * 1000) / 1000, requests, accepts, windowMs: window },
      advice: `Service "${facts.service}" rejects calls (429, 503, or no connection): find out why. Raise breaker.k or lower breaker.maxDrop to send more; a fallback gives callers something meanwhile.` }))
}

/** Why a call got no slot: nobody may wait, or not so many; others that are more critical took its place; it waited long enough. */
export type NoSlotWhy = 'full' | 'displaced' | 'waited'

const noSlot: Readonly<Record<NoSlotWhy, string>> = { full: 'there is no room', displaced: 'a more critical call took its place in the queue', waited: 'it has waited as long as it may' }

/** `max`: what all processes together may have, where the limit is this one's part of it. */
export function concurrencyLimited(facts: Facts & { limit: number; inFlight: number; waiting: number; why: NoSlotWhy; max?: number }): InmeshError {
  const { limit, inFlight, waiting, why, max } = facts
  const all = max === undefined ? '' : ` of ${max} in all processes`
  const advice = max === undefined
    ? `The limit follows what service "${facts.service}" answers in time. Raise concurrency.min or concurrency.max, let calls wait with concurrency.queue, or slow the caller down.`
    : `All processes share concurrency.max of service "${facts.service}", by need and weight; inspect('${facts.service}') shows who has what. Raise it, let calls wait with concurrency.queue, or slow the caller down.`
  return stackless(() => new InmeshError('ConcurrencyLimited', 'INMESH_CONCURRENCY_LIMITED',
    `${facts.service}: ${inFlight} calls in flight, the limit is ${limit}${all}, ${waiting} wait: ${noSlot[why]} (concurrency)`,
    { ...facts, policy: 'concurrency', numbers: { limit, inFlight, waiting, why, ...(max === undefined ? {} : { max }) }, advice }))
}

export function guardedEndpoints(facts: Facts & { known: number }): InmeshError {
  return stackless(() => new InmeshError('ConcurrencyLimited', 'INMESH_CONCURRENCY_LIMITED',
    `${facts.service}: each of ${facts.known} endpoints has as many tries in flight as it may (guard)`,
    { ...facts, policy: 'guard', numbers: { known: facts.known },
      advice: `Raise guard.perEndpoint of service "${facts.service}", add endpoints, or let calls wait with concurrency.queue.` }))
}

export function noEndpoint(facts: Facts & { known: number; why: string }): InmeshError {
  return stackless(() => new InmeshError('NoEndpoint', 'INMESH_NO_ENDPOINT',
    `${facts.service}: no endpoint to send to (${facts.why}; ${facts.known} known)`,
    { ...facts, policy: 'balance', numbers: { known: facts.known },
      advice: facts.known === 0
        ? `Give service "${facts.service}" endpoints: its list or source is empty.`
        : `inspect('${facts.service}') shows the state of each endpoint.` }))
}

/** What a fallback is told when the callee answered, but with a failure. */
export function callFailed(facts: Facts & { outcome: Code; status?: number | undefined }): InmeshError {
  const status = facts.status === undefined ? '' : ` ${facts.status}`
  return stackless(() => new InmeshError('CallFailed', 'INMESH_CALL_FAILED',
    `${facts.service}: failed with ${facts.outcome}${status}`,
    { ...facts, policy: 'fallback', ...(facts.status === undefined ? {} : { numbers: { status: facts.status } }),
      advice: 'No policy refused: the tries listed show what the callee answered.' }))
}

/** What is being done for a request whose caller hung up. `after`: how long the request had been here. */
export function callerHungUp(facts: Facts & { after: Millis }): InmeshError {
  return stackless(() => new InmeshError('CallerGone', 'INMESH_CALLER_GONE',
    `${facts.service}: whoever this is done for hung up after ${rounded(facts.after)} ms (caller)`,
    { ...facts, policy: 'caller', numbers: { elapsedMs: rounded(facts.after) },
      advice: 'Nobody waits for the result any more. Work that must be done all the same belongs in detached().' }))
}

/** Work that a shutdown could not wait for any longer. */
export function cutByDrain(facts: Facts & { after: Millis; within: Millis }): InmeshError {
  return stackless(() => new InmeshError('Closed', 'INMESH_CLOSED',
    `${facts.service}: cut off by a shutdown after ${rounded(facts.after)} ms (drain)`,
    { ...facts, policy: 'drain', numbers: { elapsedMs: rounded(facts.after), withinMs: rounded(facts.within) },
      advice: 'Raise `within` of drain(), or find out what takes that long.' }))
}

export function closed(service: string): InmeshError {
  return stackless(() => new InmeshError('Closed', 'INMESH_CLOSED', `${service}: the mesh is closed`,
    { service, policy: 'close', advice: 'Make calls before close(), or create another mesh.' }))
}

/** Where limits of many processes are counted is not to be reached, or refuses. No call gets this: limits fall back. */
export function engineLost(facts: { engine: string; limits: readonly string[]; why: string; advice: string }): InmeshError {
  const { engine, limits, why, advice } = facts
  const named = limits.slice(0, 5).join(', ')
  const others = limits.length > 5 ? ` and ${limits.length - 5} more` : ''
  const whose = limits.length === 0 ? 'no limit has joined it yet' : `limits that fall back: ${named}${others}`
  return stackless(() => new InmeshError('EngineLost', 'INMESH_ENGINE_LOST', `${engine}: ${why}; ${whose} (engine)`,
    { service: engine, policy: 'engine', numbers: { limits: limits.join(', ') }, advice }))
}
