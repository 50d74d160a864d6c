import type { SuppressedWhy } from '@inmesh/policy'
import type { MeshEvent } from '../events.ts'
import { lengthText } from './length-text.ts'
import type { LogFields, LogLevel } from './logger.ts'

type Type = MeshEvent['type']
type EventOf<T extends Type> = Extract<MeshEvent, { readonly type: T }>

/**
 * What no line is written of: what is told for each call, ask or check, and numbers that move all the time. Metrics are
 * there for those.
 */
export type SilentType =
  | 'picked' | 'tried' | 'retried' | 'backed-up' | 'rescued' | 'refused' | 'ended' | 'mode-differed'
  | 'request-began' | 'request-ended' | 'request-refused' | 'request-overran' | 'request-hung-up'
  | 'health-checked' | 'lease-asked' | 'lease-granted' | 'lease-refused' | 'lease-unanswered'
  // One failed try crosses a threshold of severity; the others are told at each tenth.
  | 'severity-changed' | 'concurrency' | 'admission' | 'slots-leased' | 'shares-changed'
  // `returned`, or `ejected` again, says what came of it.
  | 'probe'

/** What lines are written of: an event's own type. */
export type LoggedType = Exclude<Type, SilentType>

/** What an event says to people, and beside it to machines. */
export interface Said {
  readonly text: string
  readonly fields: LogFields
  /** Good news of what is mostly bad: all is well again, and that is no louder than `info`. */
  readonly good?: boolean
}

interface Saying<T extends Type> {
  readonly level: LogLevel
  /** Undefined: a step on the way, of which no line is written. */
  readonly say: (event: EventOf<T>) => Said | undefined
}

const BUDGETS = { retry: 'retries', backup: 'backups' } as const
const HELD: Readonly<Record<SuppressedWhy, string>> = {
  cap: 'as many are out as may be',
  last: 'it is the last one',
  'shared-failure': 'the others fail as well',
  panic: 'too few are available',
}

/** So many are named in a line; a fleet has thousands. */
const MOST_NAMED = 10

/** The compiler holds it complete: an event is here or in `SilentType`. */
const sayings: { readonly [T in LoggedType]: Saying<T> } = {
  ejected: {
    level: 'warn',
    say: ({ endpoint, why, until, at, ejections, tries, failures, consecutive }) => {
      const evidence = {
        consecutive: `${consecutive} consecutive failures`,
        'failure-rate': `${failures} of ${tries} tries failed`,
        'success-rate': `${failures} of ${tries} tries failed, more than of the others`,
        probe: 'its probe failed',
      }[why]
      return { text: `${endpoint} ejected for ${lengthText(until - at)}: ${evidence}`, fields: { endpoint, why, forMs: whole(until - at), ejections, tries, failures, consecutive } }
    },
  },
  returned: { level: 'info', say: ({ endpoint, outFor }) => ({ text: `${endpoint} is back after ${lengthText(outFor)}`, fields: { endpoint, outForMs: whole(outFor) } }) },
  'ejection-suppressed': {
    level: 'warn',
    say: ({ endpoint, why, would }) => ({
      text: would === 'kept-off' ? `${endpoint} asked to be left alone and is not: ${HELD[why]}` : `${endpoint} is not ejected (${would}): ${HELD[why]}`,
      fields: { endpoint, why, would },
    }),
  },
  'kept-off': { level: 'info', say: ({ endpoint, until, at }) => ({ text: `${endpoint} asked to be left alone for ${lengthText(until - at)}`, fields: { endpoint, forMs: whole(until - at) } }) },
  panic: {
    level: 'error',
    say: ({ on, available, members }) => ({
      text: on ? `ejection is ignored: only ${available} of ${members} endpoints are available` : `ejection is in force again: ${available} of ${members} endpoints are available`,
      fields: { on, available, members },
      good: !on,
    }),
  },
  unreachable: { level: 'warn', say: ({ endpoint, complaint }) => ({ text: `${endpoint} is unreachable: ${complaint}`, fields: { endpoint, complaint } }) },
  reachable: { level: 'info', say: ({ endpoint, outFor }) => ({ text: `${endpoint} is reachable again after ${lengthText(outFor)}`, fields: { endpoint, outForMs: whole(outFor) } }) },
  breaker: {
    level: 'warn',
    say: ({ probability, requests, accepts }) => ({
      text: probability < 0.01 ? `its breaker refuses no calls any more: ${accepts} of ${requests} are accepted` : `its breaker refuses ${percent(probability)} of calls: ${accepts} of ${requests} are accepted`,
      fields: { probability, requests, accepts },
      good: probability < 0.01,
    }),
  },
  storm: {
    level: 'warn',
    say: ({ share }) => {
      if (share > 0 && share < 1) return undefined
      return { text: share === 0 ? 'no backups go out: too many calls are late for them to help' : 'backups go out again', fields: { share }, good: share === 1 }
    },
  },
  'budget-empty': { level: 'warn', say: ({ budget }) => ({ text: `no more ${BUDGETS[budget]} until calls bring some: their budget is empty`, fields: { budget } }) },
  'engine-changed': {
    level: 'error',
    say: ({ limit, engine, state, why }) => ({
      text: state === 'lost' ? `${limit}: ${engine} is lost${why === undefined ? '' : ` (${why})`}; the limit goes by engineLost` : state === 'up' ? `${limit}: ${engine} answers` : `${limit}: connecting to ${engine}`,
      fields: { limit, engine, state, ...(why === undefined ? {} : { why }) },
      good: state !== 'lost',
    }),
  },
  'policy-changed': { level: 'info', say: ({ chain }) => ({ text: `policy changed; the chain is ${chain.join(' → ')}`, fields: { chain } }) },
  'interceptor-failed': { level: 'warn', say: ({ interceptor, error }) => ({ text: `"${interceptor}" threw and was passed over: ${errorText(error)}`, fields: { interceptor, err: error } }) },
  'compiled-out': { level: 'error', say: ({ interceptor, faults }) => ({ text: `"${interceptor}" threw ${faults} times and is compiled out until the policy changes`, fields: { interceptor, faults } }) },
  'endpoints-changed': {
    level: 'info',
    say: ({ known, added, removed }) => ({
      text: `${known} ${known === 1 ? 'endpoint' : 'endpoints'}${named('added', added)}${named('removed', removed)}`,
      fields: { known, added: few(added), removed: few(removed) },
    }),
  },
  'discovery-failed': { level: 'error', say: ({ error }) => ({ text: `its source of endpoints failed, and the last list stays: ${errorText(error)}`, fields: { err: error } }) },
  'discovery-noted': { level: 'warn', say: ({ note }) => ({ text: note, fields: { note } }) },
  'passed-through': { level: 'info', say: ({ origin }) => ({ text: `${origin} was called, which nobody configured: it is passed through`, fields: { origin } }) },
  overloaded: {
    level: 'warn',
    say: ({ limit, inFlight, waiting, delay }) => ({
      text: `overloaded: ${inFlight} of at most ${whole(limit)} at work, ${waiting} waiting, the event loop ${lengthText(delay)} late`,
      fields: { limit, inFlight, waiting, delayMs: whole(delay) },
    }),
  },
  recovered: { level: 'info', say: ({ limit, inFlight, waiting, delay }) => ({ text: `no longer overloaded: ${inFlight} of at most ${whole(limit)} at work`, fields: { limit, inFlight, waiting, delayMs: whole(delay) } }) },
  draining: { level: 'info', say: ({ inFlight, within }) => ({ text: `draining: ${inFlight} at work may end within ${lengthText(within)}`, fields: { inFlight, withinMs: whole(within) } }) },
  drained: {
    level: 'warn',
    say: ({ took, ended, cut }) => ({ text: `drained in ${lengthText(took)}: ${ended} ended, ${cut} cut off`, fields: { tookMs: whole(took), ended, cut }, good: cut === 0 }),
  },
}

/** As an operator would choose; of what has two sides, that of the bad one. */
export const LOG_LEVELS: Readonly<Record<LoggedType, LogLevel>> = Object.fromEntries(Object.entries(sayings).map(([type, { level }]) => [type, level])) as Record<LoggedType, LogLevel>

/** What an event says; undefined where no line is written of it. */
export function saidBy(event: MeshEvent): Said | undefined {
  if (!Object.hasOwn(sayings, event.type)) return undefined
  // Each stands at its own type.
  const { say } = sayings[event.type as LoggedType] as unknown as { readonly say: (event: MeshEvent) => Said | undefined }
  return say(event)
}

function named(what: string, endpoints: readonly string[]): string {
  if (endpoints.length === 0) return ''
  const more = endpoints.length - MOST_NAMED
  return `, ${endpoints.length} ${what} (${endpoints.slice(0, MOST_NAMED).join(', ')}${more > 0 ? `, and ${more} more` : ''})`
}

function few(endpoints: readonly string[]): readonly string[] {
  return endpoints.length > MOST_NAMED ? [...endpoints.slice(0, MOST_NAMED), `and ${endpoints.length - MOST_NAMED} more`] : endpoints
}

/** Also of what only looks like one, as of an error that was kept as plain data. */
function errorText(error: unknown): string {
  const message: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : undefined
  return typeof message === 'string' ? message : String(error)
}

function whole(value: number): number {
  return Math.round(value)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
