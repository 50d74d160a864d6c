import type { Cause, Failure, Instant } from '../types.ts'
import { isRetryable, type PlannedCall, type RefusedWhy } from './options.ts'
import { mayRepeat, pushbackWait } from './repeat.ts'
import type { AttemptsState, AttemptStats } from './state.ts'

/**
 * What the caller of a plan does next: `launch` a try now, with the plan's `cause`; `wait`, for `wakeAt` or for a try in
 * flight; `settle`: nothing is in flight and nothing will be launched, hand out the best failure.
 */
export type Step = 'launch' | 'wait' | 'settle'

const NEVER: Instant = Infinity

/** Half of a fleet dead and ten dead ones picked in a row: 1 in 1 000. More would be a scan of the fleet on each call. */
const MOST_RESENDS = 10

/** Tries are bits of one integer; those that found no endpoint have a bit, too. */
const MOST_TRIES = 31

// One integer of flags: booleans would be a word each, in an object that is made for every call.
const OUTLYING = 1
const STOPPED = 2
const PENDING = 4
const SETTLED = 8
const ARMED = 16

interface ExtraTry {
  readonly cause: Cause
  readonly free: boolean
  endpoint: string | undefined
}

/**
 * The tries of one call: retry, backup and rescue as one decision, with one maximum, one budget, one deadline. It owns no
 * timer and sends nothing: it is told what happened and answers what to do. After every answer `wakeAt` is to be read
 * again; `why` says which extra try was refused by the last answer, if one was.
 *
 * - Late: `wakeAt` is first the backup delay, then the rescue age, and during a backoff its end.
 * - Failed: an extra try is decided, counted and paid for at once, and goes out after its backoff.
 * - `unsent`: resent at once and free, once per endpoint; it takes the place of the try that failed.
 *
 * The private fields are plain ones: this object is made per call, and it is the only one.
 */
export class CallPlan {
  /** When `late()` is to be called. Infinity: never. */
  wakeAt: Instant = NEVER
  /** Of the try to launch, or of the one that was refused. */
  cause: Cause = 'first'
  why: RefusedWhy | undefined = undefined
  /** The try to launch resends one that never left: it counts neither as an extra try nor against the budget. */
  free = false

  private readonly service: AttemptsState
  private readonly operation: AttemptStats
  /** Read when it is asked for: of most calls next to nothing ever is, and what is copied is copied for every call. */
  private readonly call: PlannedCall
  private flags = 0
  /** Tries launched; the next one's ordinal. */
  private launches = 0
  /** One bit per try. */
  private inFlight = 0
  private unsent = 0
  private extra = 0
  private resends = 0
  /** The try whose lateness a backup answers: the first, or what was resent in its place. */
  private watched = 0
  private firstAt: Instant = 0
  private firstEndpoint: string | undefined = undefined
  private lastAt: Instant = 0
  private backupAt: Instant = NEVER
  private rescueAt: Instant = NEVER
  private extras: ExtraTry[] | undefined = undefined

  constructor(service: AttemptsState, operation: AttemptStats, call: PlannedCall) {
    this.service = service
    this.operation = operation
    this.call = call
  }

  /**
   * A try goes out; answers its ordinal. The first one is the call's deposit. Whoever does not know the endpoint yet says
   * so by `placed`.
   */
  launched(now: Instant, endpoint?: string, outlying = false): number {
    const ordinal = this.launches++
    this.inFlight |= 1 << ordinal
    this.lastAt = now
    if (ordinal === 0) this.launchedFirst(now)
    else this.launchedExtra(ordinal)
    if (endpoint !== undefined) this.placed(ordinal, endpoint, outlying)
    return ordinal
  }

  /** Where a try went, told before anything else of it is. `outlying`: its endpoint says nothing about a usual latency. */
  placed(ordinal: number, endpoint: string, outlying: boolean): void {
    if (ordinal > 0) this.extras![ordinal - 1]!.endpoint = endpoint
    else {
      this.firstEndpoint = endpoint
      if (outlying) this.flags |= OUTLYING
    }
    if (ordinal === this.watched) this.countArmed(endpoint, this.lastAt)
  }

  /** A try ended without success. `bodyReusable`: the body can be sent once more (for `refused`: it was not touched). */
  failed(ordinal: number, outcome: Failure, bodyReusable: boolean, now: Instant): Step {
    this.why = undefined
    if (!this.land(ordinal)) return this.idle()
    if (ordinal === 0) this.cutShort(now)
    if (this.has(SETTLED)) return 'wait'
    if (outcome.doNotRetry === true) this.flags |= STOPPED
    if (outcome.reach === 'unsent' && this.mayResend(ordinal, now)) return this.resend(ordinal)
    if (ordinal === this.watched) this.unwatch(now)
    if (this.idle() === 'wait') return this.rest()
    return this.retry(outcome, bodyReusable, now)
  }

  /** A try's head is a success: the call is decided. Losers are told by `ignored`, or by `succeeded` when one is drained. */
  succeeded(ordinal: number, now: Instant): void {
    if (!this.land(ordinal)) return
    if (this.extras !== undefined && !this.has(SETTLED)) this.judgeBackup(ordinal)
    if (ordinal === 0 && !this.has(OUTLYING)) this.service.arrived(this.operation, now - this.firstAt, now)
    this.countArmed(undefined, now)
    this.settle()
  }

  /** A try was given up, for another one or for the caller: all that is known of it is that it took at least so long. */
  ignored(ordinal: number, now: Instant): void {
    if (this.land(ordinal) && ordinal === 0) this.cutShort(now)
  }

  /**
   * The timer fired. `suspect` tells of the tries in flight whether their endpoints seem to hang (no head came since the
   * try began, or it costs far more than its pool); where one is in flight, its answer will do.
   */
  late(now: Instant, suspect: boolean | ((ordinal: number) => boolean)): Step {
    this.why = undefined
    if (now < this.wakeAt) return this.idle()
    if (this.has(PENDING)) return this.backoffOver(now)
    if (now >= this.backupAt && this.backup(now)) return 'launch'
    if (now >= this.rescueAt && this.rescue(now, suspect)) return 'launch'
    return this.rest()
  }

  /**
   * There was no (other) endpoint for a try: by its cause if it was decided only, by its ordinal if it was launched. The
   * call may send another one later; the budget is not given back: it counts decisions, and a fleet with nowhere to go is
   * no reason to decide more often.
   */
  unplaced(what: Cause | number, now: Instant): 'wait' | 'settle' {
    this.why = undefined
    const launched = typeof what === 'number'
    if (launched && !this.land(what)) return this.idle()
    const free = launched ? what > 0 && this.extras![what - 1]!.free : this.free
    const cause = launched ? this.causeOf(what) : what
    if (launched ? what === this.watched : this.watched === this.launches) this.unwatch(now)
    if (cause !== 'first' && !free) this.extra--
    if (cause === 'rescue') this.rescueAt = NEVER
    this.free = false
    return this.rest()
  }

  /** The call is over, however it ended. What is still in flight is known from below. Later news of its tries is ignored. */
  end(now: Instant): void {
    if ((this.inFlight & 1) !== 0) this.cutShort(now)
    this.inFlight = 0
    this.settle()
  }

  private launchedFirst(now: Instant): void {
    this.firstAt = now
    this.service.deposit(now)
    if (this.call.repeat !== 'concurrent' || this.call.endpoints < 2) return
    const delay = this.service.delay(this.operation, now)
    if (delay !== undefined) {
      this.backupAt = now + delay
      this.flags |= ARMED
    }
    this.watchForHang()
    this.rest()
  }

  private launchedExtra(ordinal: number): void {
    this.extras ??= []
    this.extras.push({ cause: this.cause, free: this.free, endpoint: undefined })
    if (ordinal === this.watched && this.backupAt < NEVER) this.flags |= ARMED
    this.free = false
    if (this.call.repeat === 'concurrent' && this.call.endpoints >= 2) this.watchForHang()
    // The fleet may have shrunk under way: an age that has come already would be asked for again at once, for ever.
    else this.rescueAt = NEVER
    this.rest()
  }

  /** The first success decides whether a backup was worth it; the plan of a loser that is drained is settled by then. */
  private judgeBackup(winner: number): void {
    if (this.extras!.some(({ cause }) => cause === 'backup')) this.service.worth.answered(this.causeOf(winner) === 'backup')
  }

  /** Once, under its endpoint when that is known in time. */
  private countArmed(endpoint: string | undefined, now: Instant): void {
    if (!this.has(ARMED)) return
    this.flags &= ~ARMED
    this.service.armed(this.operation, endpoint, now)
  }

  /** The try that a backup would answer is over. */
  private unwatch(now: Instant): void {
    this.countArmed(undefined, now)
    this.backupAt = NEVER
  }

  /** From the youngest try on: as long as one is young the call is not hanging. */
  private watchForHang(): void {
    const { rescue, afterMedians, minAge } = this.service.rules
    const watch = rescue && !this.exhausted()
    this.rescueAt = watch ? this.lastAt + Math.max(minAge, afterMedians * this.call.median) : NEVER
  }

  private mayResend(ordinal: number, now: Instant): boolean {
    if (this.call.repeat === 'never' || this.has(STOPPED) || now >= this.call.deadline) return false
    if (!this.service.rules.retry || !this.call.retryOn) return false
    if (this.resends >= MOST_RESENDS || this.launches >= MOST_TRIES || this.unsentBefore(this.endpointOf(ordinal))) return false
    this.unsent |= 1 << ordinal
    return true
  }

  private unsentBefore(endpoint: string | undefined): boolean {
    for (let rest = this.unsent; rest !== 0; rest &= rest - 1) {
      if (this.endpointOf(31 - Math.clz32(rest & -rest)) === endpoint) return true
    }
    return false
  }

  private endpointOf(ordinal: number): string | undefined {
    return ordinal === 0 ? this.firstEndpoint : this.extras![ordinal - 1]!.endpoint
  }

  private causeOf(ordinal: number): Cause {
    return ordinal === 0 ? 'first' : this.extras![ordinal - 1]!.cause
  }

  private resend(ordinal: number): Step {
    const cause = ordinal === 0 ? 'retry' : this.causeOf(ordinal)
    this.resends++
    if (ordinal === this.watched) this.watched = this.launches
    return this.launch(cause, true)
  }

  private retry(outcome: Failure, bodyReusable: boolean, now: Instant): Step {
    const wait = Math.max(pushbackWait(outcome, this.call.endpoints), this.service.backoff(this.extra + 1))
    this.cause = 'retry'
    this.why = this.refuseRetry(outcome, bodyReusable, now + wait) ?? this.pay(now, this.call.retryOn)
    if (this.why !== undefined) return this.rest()
    this.extra++
    if (wait === 0) return this.launch('retry', false)
    this.flags |= PENDING
    this.wakeAt = now + wait
    return 'wait'
  }

  private refuseRetry(outcome: Failure, bodyReusable: boolean, at: Instant): RefusedWhy | undefined {
    const { rules } = this.service
    if (!rules.retry) return 'off'
    if (!isRetryable(rules, outcome)) return 'code'
    if (!mayRepeat(this.call.repeat, outcome.reach)) return 'repeat'
    if (!bodyReusable && outcome.reach !== 'unsent') return 'body'
    if (this.call.suppressed) return 'suppressed'
    if (this.exhausted()) return 'exhausted'
    if (this.has(STOPPED) || at === NEVER) return 'pushback'
    return this.fits(at) ? undefined : 'deadline'
  }

  private backoffOver(now: Instant): Step {
    this.flags &= ~PENDING
    if (this.fits(now)) return this.launch('retry', false)
    this.refuse('retry', 'deadline')
    return this.rest()
  }

  /** Late tries are counted, allowed or not: what the storm breaker let pass would tell it nothing. */
  private backup(now: Instant): boolean {
    const endpoint = this.endpointOf(this.watched)
    this.countArmed(endpoint, now)
    this.backupAt = NEVER
    this.service.late(this.operation, endpoint, now)
    this.cause = 'backup'
    this.why = this.refuseExtra(now) ?? this.refuseBackup() ?? this.payBackup(now)
    if (this.why === undefined) this.extra++
    return this.why === undefined && this.launch('backup', false) === 'launch'
  }

  private refuseBackup(): RefusedWhy | undefined {
    if (!this.service.calm()) return 'storm'
    return this.service.worthwhile() ? undefined : 'worth'
  }

  /** Asked again at twice the age when no rescue was sent, so that a long call is looked at a few times only. */
  private rescue(now: Instant, suspect: boolean | ((ordinal: number) => boolean)): boolean {
    this.rescueAt = now + (now - this.lastAt)
    if (!this.allSuspect(suspect)) {
      if (this.service.rules.backup && this.service.delay(this.operation, now) === undefined) this.refuse('backup', 'cold')
      return false
    }
    this.cause = 'rescue'
    this.why = this.refuseExtra(now) ?? this.pay(now, this.call.rescueOn)
    if (this.why === undefined) this.extra++
    return this.why === undefined && this.launch('rescue', false) === 'launch'
  }

  private allSuspect(suspect: boolean | ((ordinal: number) => boolean)): boolean {
    if (typeof suspect === 'boolean') return suspect
    for (let rest = this.inFlight; rest !== 0; rest &= rest - 1) {
      if (!suspect(31 - Math.clz32(rest & -rest))) return false
    }
    return this.inFlight !== 0
  }

  private refuseExtra(now: Instant): RefusedWhy | undefined {
    if (this.call.replayable === false) return 'body'
    if (this.call.suppressed) return 'suppressed'
    if (this.exhausted()) return 'exhausted'
    if (this.has(STOPPED)) return 'pushback'
    return this.fits(now) ? undefined : 'deadline'
  }

  private refuse(cause: Cause, why: RefusedWhy): void {
    this.cause = cause
    this.why = why
  }

  /** The last question, since it takes from the budget. A mode that only watches pays nothing. */
  private pay(now: Instant, on: boolean): RefusedWhy | undefined {
    if (!this.service.canRetry(now)) return 'budget'
    if (!on) return 'mode'
    this.service.budget.withdraw(now)
    return undefined
  }

  private payBackup(now: Instant): RefusedWhy | undefined {
    if (!this.service.canBackup(now)) return 'budget'
    if (!this.call.backupOn) return 'mode'
    this.service.backupBudget.withdraw(now)
    this.service.budget.withdraw(now)
    return undefined
  }

  private exhausted(): boolean {
    return this.extra >= this.service.rules.maxExtraTries || this.launches >= MOST_TRIES
  }

  /** A try that begins at `at` has at least the callee's usual time. */
  private fits(at: Instant): boolean {
    return at < this.call.deadline && this.call.deadline - at >= this.call.median
  }

  private launch(cause: Cause, free: boolean): Step {
    this.cause = cause
    this.free = free
    this.rest()
    return 'launch'
  }

  /** Sets the timer for what may come, and tells whether anything may. A wake-up past the deadline would decide nothing. */
  private rest(): 'wait' | 'settle' {
    if (!this.has(PENDING)) {
      const next = Math.min(this.backupAt, this.rescueAt)
      this.wakeAt = this.inFlight !== 0 && next < this.call.deadline ? next : NEVER
    }
    return this.idle()
  }

  private idle(): 'wait' | 'settle' {
    return this.inFlight !== 0 || this.has(PENDING) || this.has(SETTLED) ? 'wait' : 'settle'
  }

  /** Each try ends once, whatever is told of it later. */
  private land(ordinal: number): boolean {
    const bit = 1 << ordinal
    if ((this.inFlight & bit) === 0) return false
    this.inFlight &= ~bit
    return true
  }

  private cutShort(now: Instant): void {
    if (!this.has(OUTLYING)) this.service.censored(this.operation, now - this.firstAt, now)
  }

  private settle(): void {
    this.flags = (this.flags | SETTLED) & ~PENDING
    this.wakeAt = NEVER
    this.backupAt = NEVER
    this.rescueAt = NEVER
  }

  private has(flag: number): boolean {
    return (this.flags & flag) !== 0
  }
}
