import { statusIn } from '../codes.ts'
import type { Code, Failure, Instant, Millis, Repeat } from '../types.ts'
import type { BackoffOptions } from './backoff.ts'
import type { BudgetOptions } from './budget.ts'

export interface RetryOptions {
  /**
   * How many tries one call may send beyond its first: retries, backups and rescues *together*; free resends of requests
   * that never left do not count. 0–10, default 1: a second try saves most of what can be saved, a third mostly adds load.
   */
  readonly maxExtraTries?: number
  /**
   * Codes, or statuses of the protocol (`503`, `'503'`), that are worth another try. Default UNAVAILABLE,
   * DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, DATA_LOSS. Replaces the list; a failure is retried when its code or its status
   * is in it. RESOURCE_EXHAUSTED (429) is left out: it is mostly the caller's own quota, which a retry eats too. Does not
   * override `repeat`: what must not be sent twice is not, whatever its code. A failure that only the callee's own code
   * tells is retried when that code is listed here: it is an answer, and asking again mostly gets the same.
   */
  readonly codes?: readonly (Code | number | (string & {}))[]
  /** The wait before a retry: full jitter, 25–250 ms. */
  readonly backoff?: BackoffOptions
}

export interface BackupOptions {
  /**
   * The share of calls that may send a backup, 0–1, default 0.02: a delay at the 98th percentile costs 2 % more load and
   * cuts the tail to two unlucky tries in a row (Dean & Barroso, "The Tail at Scale"). The delay follows from it. Calls
   * pay for backups, and what they pay in lives five seconds: 2 % is felt from about ten calls a second on, 1 % from twenty.
   * Where backups seldom win, fewer are sent: down to a tenth of it.
   * Swept in packages/lab/results/sweeps/backup-extra-load.json: 5 % wins some more where copies win, and is as much more load.
   */
  readonly maxExtraLoad?: number
  /** A fixed delay in ms instead of the learnt one. `maxExtraLoad` still bounds how many are sent. */
  readonly after?: Millis
  /** The least delay, in ms. Default 1, which is as fine as timers tick. */
  readonly minDelay?: Millis
}

export interface RescueOptions {
  /**
   * A try older than this many medians of its operation, on a suspect endpoint, gets one more; the first is kept.
   * Default 20, far beyond any healthy tail, near enough that a hung endpoint costs a moment and not the timeout. Swept in
   * packages/lab/results/sweeps/rescue-after.json: at 5 a hundred clients of a service near its limit rescue it to death.
   */
  readonly afterMedians?: number
  /** The least age in ms. Default 20: below it a pause of this very process (collector, event loop) reads as a hung endpoint. */
  readonly minAge?: Millis
}

export interface AttemptsOptions {
  readonly retry?: RetryOptions | false
  readonly backup?: BackupOptions | false
  readonly rescue?: RescueOptions | false
  /** What retries and rescues may add, and backups too: those have a budget of `maxExtraLoad` beside it, and both must agree. */
  readonly budget?: BudgetOptions
}

/** What a plan has to know of its call. */
export interface PlannedCall {
  readonly operation: string
  readonly repeat: Repeat
  readonly deadline: Instant
  /** The callee's median for this operation, ≥ 0. */
  readonly median: Millis
  /** Chain guard: this call serves an inbound retry after overload or timeout, or an inbound backup. Nothing extra below. */
  readonly suppressed: boolean
  /** The three modes: false counts and tells what would be done, and does not do it. */
  readonly retryOn: boolean
  readonly backupOn: boolean
  readonly rescueOn: boolean
  /** The fleet's size, Infinity where nobody knows. Backup and rescue need a second endpoint. */
  readonly endpoints: number
  /** Whether two copies of the body can be under way. Default true; false: no backup, no rescue. */
  readonly replayable?: boolean | undefined
}

/** Why an extra try was not sent. */
export type RefusedWhy =
  /** The policy is off. */
  | 'off'
  /** The code is not worth another try. */
  | 'code'
  /** The call must not be sent again. */
  | 'repeat'
  /** The body cannot be sent again. */
  | 'body'
  /** The chain guard. */
  | 'suppressed'
  /** `maxExtraTries` have been sent. */
  | 'exhausted'
  /** The callee asked not to be called again, or not so soon. */
  | 'pushback'
  /** Less is left than the callee usually takes. */
  | 'deadline'
  | 'budget'
  /** Too many are late for backups to help. */
  | 'storm'
  /** Of the backups sent lately too few were answered first for each late call to send one. */
  | 'worth'
  /** Long overdue, but on no suspect endpoint, and there is no backup delay yet for lack of samples. */
  | 'cold'
  /** Would have been sent, but the mode says no. */
  | 'mode'

/** The options with every default in place. */
export interface AttemptRules {
  readonly retry: boolean
  readonly maxExtraTries: number
  /** Statuses as numbers, everything else as text. */
  readonly codes: ReadonlySet<string | number>
  readonly backoff: BackoffOptions
  readonly backup: boolean
  readonly maxExtraLoad: number
  readonly after: Millis | undefined
  readonly minDelay: Millis
  readonly rescue: boolean
  readonly afterMedians: number
  readonly minAge: Millis
}

const RETRYABLE: readonly Code[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNKNOWN', 'DATA_LOSS']

/** More would never be waited for: the backoffs alone add up to two seconds. */
const MOST_EXTRA_TRIES = 10

export function attemptRules(options: AttemptsOptions): AttemptRules {
  const retry = options.retry || {}
  const backup = options.backup || {}
  const rescue = options.rescue || {}
  return {
    retry: options.retry !== false,
    maxExtraTries: Math.min(MOST_EXTRA_TRIES, Math.max(0, Math.floor(retry.maxExtraTries ?? 1))),
    codes: new Set((retry.codes ?? RETRYABLE).map((code) => statusIn(code) ?? code)),
    backoff: retry.backoff ?? {},
    backup: options.backup !== false,
    maxExtraLoad: Math.min(1, Math.max(0, backup.maxExtraLoad ?? 0.02)),
    after: backup.after,
    minDelay: backup.minDelay ?? 1,
    rescue: options.rescue !== false,
    afterMedians: rescue.afterMedians ?? 20,
    minAge: rescue.minAge ?? 20,
  }
}

/** Whether a failure is worth another try. A business code is an answer of the callee's own, so it is looked up alone. */
export function isRetryable({ codes }: AttemptRules, { business, code, status }: Failure): boolean {
  if (business !== undefined) return codes.has(business)
  return codes.has(code) || (status !== undefined && codes.has(status))
}
