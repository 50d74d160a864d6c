import { Visited } from '@inmesh/policy'
import type {
  CallPlan,
  AttemptMark,
  Cause,
  Criticality,
  Failure,
  Instant,
  Operation,
  Outcome,
  PickRequest,
  PlannedCall,
  Repeat,
  Step
} from '@inmesh/policy'
import { ambient } from '@inmesh/pipeline'
import type { Below, TimerHandle } from '@inmesh/pipeline'
import type { CallSink, Upstream, VirtualCall } from '../contract.ts'
import { markOf } from '../headers.ts'
import type { Speaker } from '../headers.ts'
import type { PolicyTerms } from './policy-terms.ts'
import { PolicyTry, TOO_LATE } from './policy-try.ts'
import type { TryOwner } from './policy-try.ts'

const NOWHERE: Failure = Object.freeze({ kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent' })

/** One call: does what its plan decides. It is what the plan asks of the call and the balancer of the try, too. */
export class PolicyCall implements PlannedCall, PickRequest<Upstream>, TryOwner, Speaker {
  readonly operation: string
  readonly repeat: Repeat
  readonly deadline: Instant
  readonly stats: Operation
  /** The chain guard, from the context around. */
  readonly suppressed: boolean
  private readonly below: Below | undefined
  readonly visited: Visited<Upstream> = new Visited<Upstream>()
  mustDiffer = false
  unreached = false
  private readonly client: PolicyTerms
  private readonly call: VirtualCall
  private readonly sink: CallSink
  private readonly startedAt: Instant
  private readonly plan: CallPlan
  /** Awaiting their heads; almost always one, so it is a field and the rest a list. */
  private first: PolicyTry | undefined = undefined
  private others: PolicyTry[] | undefined = undefined
  private settled = false
  private timer: TimerHandle | undefined = undefined
  private timerAt: Instant = Infinity
  private deadlineTimer: TimerHandle | undefined = undefined
  private failure: Failure | undefined = undefined
  private cause: Cause = 'first'

  constructor(client: PolicyTerms, call: VirtualCall, sink: CallSink) {
    const { requestClass } = call
    this.client = client
    this.call = call
    this.sink = sink
    this.startedAt = client.clock.now()
    this.operation = requestClass.operation ?? requestClass.method
    this.repeat = requestClass.repeat
    const around = ambient()
    this.suppressed = around?.noRetry ?? false
    this.below = around?.below
    this.deadline = Math.min(call.deadline, this.startedAt + client.total, around?.deadline ?? Infinity)
    this.stats = client.cluster.operations.get(this.operation)
    this.plan = client.attempts.plan(this)
  }

  get median(): number {
    return this.stats.median(this.startedAt)
  }
  get criticality(): Criticality {
    return this.call.requestClass.criticality
  }
  /** Of the try that is being sent. */
  get mark(): AttemptMark | undefined {
    const { failure, cause } = this
    return markOf(cause, failure !== undefined && failure.reach !== 'unsent' ? failure.code : undefined)
  }
  get retryOn(): boolean {
    return true
  }
  get backupOn(): boolean {
    return true
  }
  get rescueOn(): boolean {
    return true
  }
  get endpoints(): number {
    return this.client.cluster.pool.members.length
  }
  get mayExplore(): boolean {
    return this.repeat === 'concurrent'
  }
  get balanceOn(): boolean {
    return true
  }
  get ejectOn(): boolean {
    return true
  }
  get affinity(): string | undefined {
    return this.call.affinity
  }

  start(): void {
    if (this.deadline < Infinity) this.deadlineTimer = this.client.clock.schedule(this.deadline, false, expire, this)
    this.launch('first', this.startedAt)
  }

  expire(): void {
    const { first, others } = this
    first?.end(TOO_LATE)
    if (others !== undefined) for (const each of others) each.end(TOO_LATE)
    this.settle(TOO_LATE, this.deadline)
  }

  onTimer(): void {
    this.timer = undefined
    this.timerAt = Infinity
    if (this.settled) return
    const now = this.client.clock.now()
    this.follow(this.plan.late(now, this.suspectsAll(now)), now)
  }

  onHead(attempt: PolicyTry, outcome: Outcome, now: Instant): void {
    if (this.settled) return
    this.forget(attempt)
    if (outcome.kind === 'success') {
      this.plan.succeeded(attempt.ordinal, now)
      return this.settle(outcome, now)
    }
    if (outcome.kind !== 'failure') return this.follow(this.awaiting ? 'wait' : 'settle', now)
    // The latest failure that carries a reply, else the latest.
    if (this.failure?.status === undefined || outcome.status !== undefined) this.failure = outcome
    this.unreached = outcome.reach === 'unsent'
    this.follow(this.plan.failed(attempt.ordinal, outcome, true, now), now)
  }

  private follow(step: Step, now: Instant): void {
    if (step === 'launch') this.launch(this.plan.cause, now)
    else if (step === 'settle') this.settle(this.failure ?? NOWHERE, now)
    else this.arm()
  }

  private launch(cause: Cause, now: Instant): void {
    const { cluster } = this.client
    const ordinal = this.plan.launched(now)
    this.cause = cause
    this.mustDiffer = cause === 'backup' || cause === 'rescue'
    const lease = cluster.pick(this, now)
    if (lease === undefined) return this.follow(this.plan.unplaced(ordinal, now), now)
    this.plan.placed(ordinal, lease.endpoint.key, lease.outlying)
    const attempt = new PolicyTry(this, this.client, lease, ordinal)
    if (this.first === undefined) this.first = attempt
    else (this.others ??= []).push(attempt)
    attempt.send(this.call, this, now)
    this.arm()
  }

  private settle(outcome: Outcome, now: Instant): void {
    if (this.settled) return
    this.settled = true
    this.timer?.cancel()
    this.deadlineTimer?.cancel()
    this.plan.end(now)
    if (outcome.kind === 'failure' && this.below !== undefined) this.below.failed = true
    const { first, others } = this
    first?.drain()
    if (others !== undefined) for (const each of others) each.drain()
    this.sink.onEnd(this.call, outcome, now)
  }

  private get awaiting(): boolean {
    return this.first !== undefined || (this.others !== undefined && this.others.length > 0)
  }

  private forget(attempt: PolicyTry): void {
    if (this.first === attempt) this.first = undefined
    else this.others?.splice(this.others.indexOf(attempt), 1)
  }

  private suspectsAll(now: Instant): boolean {
    const suspect = ({ lease }: PolicyTry): boolean => this.client.cluster.suspect(lease, now)
    return (
      (this.first === undefined || suspect(this.first)) && (this.others === undefined || this.others.every(suspect))
    )
  }

  private arm(): void {
    const at = this.settled ? Infinity : this.plan.wakeAt
    if (at === this.timerAt) return
    this.timer?.cancel()
    this.timerAt = at
    this.timer = at === Infinity ? undefined : this.client.clock.schedule(at, false, onTimer, this)
  }
}

function expire(call: PolicyCall): void {
  call.expire()
}

function onTimer(call: PolicyCall): void {
  call.onTimer()
}
