import { formatDuration } from '../scenario/duration.ts'
import { percent } from '../stats/verdicts.ts'
import type { Change, ChangeType } from './decisions.ts'

/** Why an endpoint is out, in a few words. */
export function whyOut({ type, why, consecutive, tries, failures, complaint }: Change): string {
  if (type === 'kept-off') return 'it asked for it'
  if (type === 'unreachable') return String(complaint ?? 'a check failed')
  if (why === 'consecutive') return `${consecutive} failed in a row`
  if (why === 'probe') return 'its probe failed'
  return `${failures} of ${tries} failed`
}

const HELD: Readonly<Record<string, string>> = {
  cap: 'too many are out already',
  last: 'it is the last one',
  'shared-failure': 'all of them fail',
  panic: 'panic'
}

const words: { readonly [T in ChangeType]: (change: Change) => string } = {
  ejected: (change) => `ejected: ${whyOut(change)}${change['why'] === 'success-rate' ? ', far more than of the others' : ''}; for ${ms(change['length'])}`,
  probe: () => 'a probe goes out',
  returned: ({ outFor }) => `returned after ${ms(outFor)}`,
  'ejection-suppressed': ({ would, why }) => `not ${would === 'kept-off' ? 'kept off' : 'ejected'}: ${HELD[String(why)] ?? why}`,
  'kept-off': ({ at, until = at }) => `kept off for ${ms(until - at)}: it asked for it`,
  'severity-changed': ({ severity }) => `error severity ${number(severity)}`,
  panic: ({ on, available, members }) => (on === true ? `panic: ${available} of ${members} available, ejection is ignored` : 'panic is over'),
  unreachable: ({ complaint }) => `unreachable: ${complaint ?? 'a check failed'}`,
  reachable: ({ outFor }) => `reachable again after ${ms(outFor)}`,
  'endpoints-changed': ({ known, added, removed }) => `${known} endpoints known${list(', added', added)}${list(', removed', removed)}`,
  'discovery-failed': ({ error }) => `discovery failed: ${error}`,
  'budget-empty': ({ budget }) => `the ${budget} budget is empty`,
  storm: ({ share }) => (share === 1 ? 'storm is over: backups go out again' : `storm: ${percent(Number(share))} of backups may go out`),
  breaker: ({ probability }) => `the breaker refuses ${percent(Number(probability))} of calls`,
  concurrency: ({ limit, inFlight, waiting }) => `at most ${number(limit)} calls in flight; ${inFlight} are, ${waiting} wait`,
  'slots-leased': ({ limit, slots, want }) => `${limit}: ${number(slots)} slots, of ${number(want)} wanted`,
  'engine-changed': ({ engine, state, why }) => `engine ${engine} ${state}${why === undefined ? '' : `: ${why}`}`,
  'shares-changed': ({ limit, processes, share }) => `${limit}: ${processes} processes, a share of ${percent(Number(share))}`,
  'policy-changed': ({ chain }) => `policy changed${list(': ', chain)}`,
  'compiled-out': ({ interceptor, faults }) => `step ${interceptor} left out after ${faults} faults`,
  admission: ({ limit, inFlight, waiting }) => `takes ${number(limit)} requests at once; ${inFlight} in flight, ${waiting} wait`,
  overloaded: ({ limit, waiting }) => `overloaded: ${number(limit)} at once, ${waiting} wait`,
  recovered: () => 'overloaded no longer',
  draining: ({ inFlight }) => `draining, ${inFlight} in flight`,
  drained: ({ took, cut }) => `drained in ${ms(took)}, ${cut} cut`
}

/** A change as a sentence, without who and when. */
export function changeText(change: Change): string {
  return words[change.type](change)
}

function ms(value: unknown): string {
  return typeof value === 'number' ? formatDuration(value) : '?'
}

export function number(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : String(value)
}

function list(before: string, names: unknown): string {
  return Array.isArray(names) && names.length > 0 ? `${before} ${names.join(', ')}` : ''
}
