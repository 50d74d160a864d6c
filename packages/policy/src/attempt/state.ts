import type { Instant, Millis, Random } from '../types.ts'
import { backoff } from './backoff.ts'
import { BackupDelay } from './backup-delay.ts'
import { Budget } from './budget.ts'
import { type AttemptRules, attemptRules, type AttemptsOptions } from './options.ts'
import { StormBreaker } from './storm.ts'
import { BackupWorth } from './worth.ts'

/** Changes of state of a service's attempts, one per change and not one per call. */
export type AttemptsEvent =
  /** An extra try found the budget empty, the first one since it last found it filled. */
  | { readonly type: 'budget-empty'; readonly budget: 'retry' | 'backup' }
  /** The storm breaker opened (0), returned by a step, or closed (1). */
  | { readonly type: 'storm'; readonly share: number }

/** What is known of one operation's first tries. */
export interface AttemptStats {
  readonly name: string
  readonly delay: BackupDelay
  /** First tries whose timer was armed, and those of them that were late, since the start. */
  armed: number
  late: number
}

const MOST_OPERATIONS = 200
const OTHER = 'other'

/** What the plans of one service share and decide by: the rules, the budgets, the backup delays, the storm breaker. */
export class AttemptsState {
  rules: AttemptRules
  readonly budget: Budget
  readonly backupBudget: Budget
  readonly storm: StormBreaker
  readonly worth: BackupWorth = new BackupWorth()
  readonly #random: Random
  readonly #notify: ((event: AttemptsEvent) => void) | undefined
  readonly #service: AttemptStats
  protected readonly operations: Map<string, AttemptStats> = new Map()
  #retryEmpty = false
  #backupEmpty = false
  #stormShare = 1

  constructor(options: AttemptsOptions & { readonly notify?: (event: AttemptsEvent) => void }, random: Random, now: Instant) {
    this.rules = attemptRules(options)
    this.budget = new Budget(options.budget ?? {}, now)
    this.backupBudget = new Budget(backupBudget(this.rules), now)
    this.storm = new StormBreaker(this.rules)
    this.#random = random
    this.#notify = options.notify
    this.#service = this.#stats('')
  }

  /** New options, same state. Plans under way go on by the new ones; what they have decided stands. */
  configure(options: AttemptsOptions): void {
    this.rules = attemptRules(options)
    this.budget.configure(options.budget ?? {})
    this.backupBudget.configure(backupBudget(this.rules))
    this.storm.configure(this.rules)
    this.#service.delay.configure(this.rules)
    for (const operation of this.operations.values()) operation.delay.configure(this.rules)
  }

  /** The delay after which a first try is late: the fixed one, the operation's, or for lack of samples the service's. */
  delay(operation: AttemptStats, now: Instant): Millis | undefined {
    if (!this.rules.backup) return undefined
    const delay = this.rules.after ?? operation.delay.delay(now) ?? this.#service.delay.delay(now)
    return delay === undefined ? undefined : Math.max(this.rules.minDelay, delay)
  }

  /** What is saved up while no backup may go would go all at once when the storm is over, into a service that is slow as a whole. */
  deposit(now: Instant): void {
    this.budget.deposit(now)
    if (this.#stormShare !== 1) this.#watchStorm(now)
    if (this.#stormShare > 0) this.backupBudget.deposit(now)
  }

  arrived(operation: AttemptStats, age: Millis, now: Instant): void {
    if (!this.rules.backup) return
    operation.delay.arrived(age, now)
    this.#service.delay.arrived(age, now)
  }

  censored(operation: AttemptStats, age: Millis, now: Instant): void {
    if (!this.rules.backup) return
    operation.delay.censored(age, now)
    this.#service.delay.censored(age, now)
  }

  armed(operation: AttemptStats, endpoint: string | undefined, now: Instant): void {
    operation.armed++
    this.storm.armed(endpoint, now)
  }

  late(operation: AttemptStats, endpoint: string | undefined, now: Instant): void {
    operation.late++
    this.storm.late(endpoint, now)
    this.#watchStorm(now)
  }

  /** Whether this late try is one of those that may send while the storm breaker is open or returning. */
  calm(): boolean {
    return this.#stormShare === 1 || (this.#stormShare > 0 && this.#random.next() < this.#stormShare)
  }

  /** Whether this late try is one of those that are worth a backup, by what backups have won. */
  worthwhile(): boolean {
    return this.worth.takes(this.#random)
  }

  backoff(retry: number): Millis {
    return backoff(retry, this.rules.backoff, this.#random)
  }

  canRetry(now: Instant): boolean {
    const filled = this.budget.canWithdraw(now)
    if (!filled && !this.#retryEmpty) this.#notify?.({ type: 'budget-empty', budget: 'retry' })
    this.#retryEmpty = !filled
    return filled
  }

  /** A backup is paid for twice, by its own budget and by the one all extra tries share. */
  canBackup(now: Instant): boolean {
    const filled = this.backupBudget.canWithdraw(now)
    if (!filled && !this.#backupEmpty) this.#notify?.({ type: 'budget-empty', budget: 'backup' })
    this.#backupEmpty = !filled
    return filled && this.canRetry(now)
  }

  protected operation(name: string): AttemptStats {
    return this.operations.get(name) ?? this.#addOperation(name)
  }

  #watchStorm(now: Instant): void {
    const share = this.storm.share(now)
    if (share !== this.#stormShare) this.#notify?.({ type: 'storm', share })
    this.#stormShare = share
  }

  #addOperation(name: string): AttemptStats {
    const bounded = this.operations.size < MOST_OPERATIONS ? name : OTHER
    const known = this.operations.get(bounded)
    if (known) return known
    const stats = this.#stats(bounded)
    this.operations.set(bounded, stats)
    return stats
  }

  #stats(name: string): AttemptStats {
    return { name, delay: new BackupDelay(this.rules), armed: 0, late: 0 }
  }
}

/**
 * No floor and nothing to begin with: backups are paid for by calls alone. Steps of a whole try need a full one saved up.
 * What is saved up in good times goes within seconds when something goes wrong: of ten seconds' calls a hundred clients
 * had twice `maxExtraLoad` to spend in the next ten, of five they have one and a half times.
 */
function backupBudget(rules: AttemptRules): { ratio: number; floor: number; ttl: Millis; initial: number } {
  return { ratio: rules.maxExtraLoad, floor: 0, ttl: 5_000, initial: 0 }
}
