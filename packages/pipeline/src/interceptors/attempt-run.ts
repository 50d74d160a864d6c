import { Visited, type Attempts, type CallPlan, type Failure, type Instant, type Operation, type Outcome, type PlannedCall, type Repeat } from '@inmesh/policy'
import type { CallTrace } from '../call-trace.ts'
import type { TimerHandle } from '../clock.ts'
import { TryContext, type Attempt, type CallContext, type Payload, type Target } from '../context.ts'
import { outcomeOf, parkBytes, SettledExchange, type Exchange } from '../exchange.ts'
import type { Done, Next } from '../interceptor.ts'
import type { LayerEnv } from '../layer.ts'
import type { Enforcement } from '../mode.ts'
import type { Cancel, CancelListener } from '../scope.ts'

/** What all calls of one compiled chain have in common. */
export interface AttemptTerms {
  readonly env: LayerEnv
  readonly state: Attempts
  /** Its faults were too many: calls get their one try and no plan. */
  readonly out: boolean
  readonly retry: Enforcement
  readonly backup: Enforcement
  readonly rescue: Enforcement
}

/** The tries of one call: carries out what the plan decides. Every decision is in `CallPlan`; here is only the doing. */
export class AttemptRun<R> implements CancelListener, PlannedCall {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined

  readonly stats: Operation
  private readonly terms: AttemptTerms
  private readonly call: CallContext
  private readonly next: Next<Attempt, R>
  private readonly done: Done<R>
  private readonly visited = new Visited<Target>()
  private plan: CallPlan | undefined = undefined
  /** Awaiting their heads; almost always one, so it is a field and the rest a list. */
  private first: TryContext | undefined = undefined
  private others: TryContext[] | undefined = undefined
  private parked: Exchange<R> | undefined = undefined
  private timer: TimerHandle | undefined = undefined
  private timerAt: Instant = Infinity
  private settled = false

  constructor(terms: AttemptTerms, call: CallContext, next: Next<Attempt, R>, done: Done<R>) {
    this.terms = terms
    this.call = call
    this.next = next
    this.done = done
    this.stats = statsOf(terms.env, call.operation)
  }

  // What the plan reads of the call.
  get operation(): string { return this.call.operation }
  get repeat(): Repeat { return this.call.repeat }
  get deadline(): Instant { return this.call.deadline }
  get median(): number { return this.stats.median(this.call.now) }
  get suppressed(): boolean { return this.call.noRetry }
  get retryOn(): boolean { return this.call.dice < this.terms.retry }
  get backupOn(): boolean { return this.call.dice < this.terms.backup }
  get rescueOn(): boolean { return this.call.dice < this.terms.rescue }
  get replayable(): boolean { return this.call.payload.kind !== 'once' }
  get endpoints(): number { return this.terms.env.cluster?.pool.members.length ?? Infinity }

  start(): void {
    const { call, terms } = this
    try {
      if (!terms.out) this.plan = terms.state.plan(this)
    } catch (error) {
      this.broken(error)
    }
    call.add(this)
    this.launch('first', call.now)
  }

  onCancel(cancel: Cancel): void {
    if (this.settled) return
    this.settle(new SettledExchange<R>(outcomeOf(cancel), this.terms.env.clock.now()), false)
  }

  private launch(cause: TryContext['cause'], now: Instant): void {
    let ordinal = this.call.tryCount
    try {
      if (this.plan !== undefined) ordinal = this.plan.launched(now)
    } catch (error) {
      this.broken(error)
    }
    const attempt = new TryContext(this.call, ordinal, cause, now, this.visited, this.stats)
    if (this.first === undefined) this.first = attempt
    else (this.others ??= []).push(attempt)
    if (cause !== 'first') this.tell(attempt, cause, now)
    this.call.trace?.launched(attempt)
    this.next(attempt, (exchange) => this.onHead(attempt, exchange))
    // What answered in the same turn has been placed already, and may have settled the call.
    if (!this.settled) this.place(attempt)
    this.arm()
  }

  private onHead(attempt: TryContext, exchange: Exchange<R>): void {
    const { head, at } = exchange
    attempt.outcome = head
    attempt.took = at - attempt.start
    if (this.call.trace !== undefined) tellEnd(this.call.trace, attempt, exchange)
    if (this.settled) return exchange.discard('superseded')
    this.forget(attempt)
    if (attempt.lease === undefined && head.kind === 'success') this.learn(attempt.took, at)
    const verdict = this.call.cancelled === undefined ? this.judge(attempt, head, at) : 'settle'
    if (verdict === 'settle') return this.settle(this.best(exchange), true)
    this.park(exchange)
    if (verdict === 'launch') this.launch(this.plan?.cause ?? 'retry', at)
    else this.arm()
  }

  /** What to do after a head: hand out an exchange, send another try, or wait for a timer or a try in flight. */
  private judge(attempt: TryContext, head: Outcome, at: Instant): 'launch' | 'wait' | 'settle' {
    const plan = this.plan
    if (plan === undefined) return head.kind !== 'failure' || !this.awaiting ? 'settle' : 'wait'
    try {
      this.place(attempt)
      if (head.kind === 'success') {
        plan.succeeded(attempt.ordinal, at)
        return 'settle'
      }
      if (head.kind === 'ignored') {
        plan.ignored(attempt.ordinal, at)
        return this.awaiting ? 'wait' : 'settle'
      }
      const verdict = attempt.placed === undefined && this.terms.env.cluster !== undefined
        ? plan.unplaced(attempt.ordinal, at)
        : plan.failed(attempt.ordinal, head, reusable(this.call.payload, head), at)
      if (plan.why !== undefined) this.refused(plan, at)
      return verdict
    } catch (error) {
      this.broken(error)
      return head.kind !== 'failure' || !this.awaiting ? 'settle' : 'wait'
    }
  }

  onTimer(): void {
    this.timer = undefined
    this.timerAt = Infinity
    const plan = this.plan
    if (this.settled || plan === undefined) return
    const now = this.terms.env.clock.now()
    try {
      const verdict = plan.late(now, this.suspectsAll(now))
      if (plan.why !== undefined) this.refused(plan, now)
      if (verdict === 'launch') return this.launch(plan.cause, now)
      if (verdict === 'settle') return this.settleParked()
    } catch (error) {
      this.broken(error)
      return this.settleParked()
    }
    this.arm()
  }

  /** Whether every try in flight seems lost: while one is not, its answer will do. */
  private suspectsAll(now: Instant): boolean {
    const { cluster } = this.terms.env
    const suspect = (attempt: TryContext): boolean => attempt.lease !== undefined && cluster?.suspect(attempt.lease, now) === true
    return (this.first === undefined || suspect(this.first)) && (this.others === undefined || this.others.every(suspect))
  }

  /** After a backoff that leads to no try nothing is in flight that could still settle the call. */
  private settleParked(): void {
    const { parked } = this
    if (this.awaiting || parked === undefined) return
    this.parked = undefined
    this.settle(parked, true)
  }

  /** One timer for whatever the plan waits for next. A backoff is all that such a call has, so it holds the process. */
  private arm(): void {
    const at = this.settled ? Infinity : (this.plan?.wakeAt ?? Infinity)
    if (at === this.timerAt) return
    this.timer?.cancel()
    this.timer = at === Infinity ? undefined : this.terms.env.clock.schedule(at, !this.awaiting, onTimer, this)
    this.timerAt = at
  }

  /** The latest failure that carries a reply of the protocol, else the latest. */
  private best(exchange: Exchange<R>): Exchange<R> {
    const parked = this.parked
    this.parked = undefined
    if (parked === undefined) return exchange
    const parkedTellsMore = exchange.head.kind === 'ignored' || (exchange.head.kind === 'failure' && exchange.reply === undefined && parked.reply !== undefined)
    if (parkedTellsMore) {
      exchange.discard('superseded')
      return parked
    }
    parked.discard('superseded')
    return exchange
  }

  private park(exchange: Exchange<R>): void {
    const kept = this.best(exchange)
    this.parked = kept
    if (kept === exchange) exchange.park(parkBytes)
  }

  private settle(exchange: Exchange<R>, remove: boolean): void {
    this.settled = true
    this.timer?.cancel()
    if (remove) this.call.remove(this)
    try {
      this.plan?.end(exchange.at)
    } catch (error) {
      this.broken(error)
    }
    const { first, others } = this
    // Of a call that was cut off every try tells the reason: a hung endpoint was late, not beaten.
    const why = this.call.cancelled ?? beaten
    if (first !== undefined) first.cancel(why)
    if (others !== undefined) for (const other of others) other.cancel(why)
    this.parked?.discard('superseded')
    this.parked = undefined
    this.done(exchange)
  }

  private get awaiting(): boolean {
    return this.first !== undefined || (this.others !== undefined && this.others.length > 0)
  }

  private forget(attempt: TryContext): void {
    if (this.first === attempt) this.first = undefined
    else this.others?.splice(this.others.indexOf(attempt), 1)
  }

  /** Where nothing balances, nobody else keeps the operation's median. */
  private learn(took: number, at: Instant): void {
    try {
      this.stats.record(took, at)
    } catch (error) {
      this.broken(error)
    }
  }

  /** The plan hears once where a try went, before it hears anything else of it. */
  private place(attempt: TryContext): void {
    const { lease } = attempt
    if (lease === undefined || attempt.told) return
    attempt.told = true
    try {
      this.plan?.placed(attempt.ordinal, lease.endpoint.key, lease.outlying)
    } catch (error) {
      this.broken(error)
    }
  }

  /** A plan that throws decides no more: the call goes on with what is in flight. */
  private broken(error: unknown): void {
    this.plan = undefined
    this.terms.env.faults.record('attempts', error)
  }

  private tell(attempt: TryContext, cause: 'retry' | 'backup' | 'rescue', at: Instant): void {
    const { observers, service } = this.terms.env
    if (!observers.active) return
    const type = cause === 'retry' ? 'retried' : cause === 'backup' ? 'backed-up' : 'rescued'
    const { operation, start } = this.call
    observers.emit({ type, service, at, operation, ordinal: attempt.ordinal, after: at - start }, this.call)
  }

  private refused(plan: CallPlan, at: Instant): void {
    const { observers, service } = this.terms.env
    const { why } = plan
    if (!observers.active || why === undefined || why === 'off') return
    const { operation } = this.call
    const policy = plan.cause
    if (why === 'mode') observers.emit({ type: 'mode-differed', service, at, operation, policy, would: policy }, this.call)
    else observers.emit({ type: 'refused', service, at, operation, policy, why }, this.call)
  }
}

/** Apart, as is all that makes a closure for those who follow: calls that nobody follows must not pay for what it holds. */
function tellEnd(trace: CallTrace, attempt: TryContext, exchange: Exchange<unknown>): void {
  exchange.onTail((tail, now) => trace.tried(attempt, tail, now))
}

function statsOf(env: LayerEnv, operation: string): Operation {
  try {
    return env.operations.get(operation)
  } catch (error) {
    env.faults.record('attempts', error)
    return env.operations.service
  }
}

const beaten: Cancel = Object.freeze({ why: 'superseded' })

function onTimer(run: { onTimer(): void }): void {
  run.onTimer()
}

/** A one-shot body can be sent again only while nobody has read it. */
function reusable(payload: Payload, head: Failure): boolean {
  if (payload.kind !== 'once') return true
  return !payload.touched && head.reach !== 'processed'
}
