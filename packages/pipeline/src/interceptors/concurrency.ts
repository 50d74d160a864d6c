import { isOverloaded, type Concurrency, type Instant, type Millis, type Outcome, type SlotOutcome } from '@inmesh/policy'
import type { TimerHandle } from '../clock.ts'
import type { Call, CallContext } from '../context.ts'
import { concurrencyLimited, type NoSlotWhy } from '../errors.ts'
import { outcomeOf, refusal, SettledExchange, type Exchange } from '../exchange.ts'
import type { Done, Interceptor, Next } from '../interceptor.ts'
import type { Layer, LayerEnv } from '../layer.ts'
import { absent, enforcement } from '../mode.ts'
import type { Cancel, CancelListener } from '../scope.ts'
import type { ConcurrencyOptions } from '../shared/concurrency-options.ts'
import { ConcurrencyState } from '../shared/concurrency-state.ts'
import type { LeasedSlots } from '../shared/leased-slots.ts'
import type { Queued } from '../shared/queued.ts'
import { tellRefused } from './tell-refused.ts'

export const QUEUE_DEFAULTS: { readonly queue: number; readonly maxWait: Millis } = { queue: 0, maxWait: 1000 }

/**
 * Keeps no more calls in flight than are answered well. It counts calls, since a call has one try in flight at a time but
 * for its backups, and those have a budget; so it can stand where a call that waits has cost nothing yet.
 *
 * A slot is given back at the head, or when the call is cancelled, whichever comes first. Not at the tail: a caller who
 * never reads a body would hold his slot for good, twenty event streams would be a whole limit, and what a callee's
 * queue does to a call is over when its head is there.
 */
export function concurrency(options: ConcurrencyOptions = {}): Layer<'call', 'call'> {
  return {
    name: 'concurrency',
    from: 'call',
    to: 'call',
    why: 'inside whatever refuses by other rules, so that only calls that will be made hold a slot; outside the attempts, so that waiting is not a try that is late',
    build: (env) => build(env, options),
  }
}

interface Terms {
  readonly env: LayerEnv
  readonly slots: Concurrency<Queued>
  /** Undefined where the limit is this process's own. */
  readonly leased: LeasedSlots | undefined
  readonly queue: number
  readonly maxWait: Millis
}

function build(env: LayerEnv, options: ConcurrencyOptions): Interceptor<Call, Call> | undefined {
  const share = enforcement(options.mode)
  if (share === absent) return undefined
  const { queue = QUEUE_DEFAULTS.queue, maxWait = QUEUE_DEFAULTS.maxWait } = options
  const { slots, leased } = ConcurrencyState.of(env, options)
  const terms: Terms = { env, slots, leased, queue, maxWait }
  const { service, observers, faults } = env
  return {
    name: 'concurrency',
    call: (call, next, done) => {
      const context = call as CallContext
      try {
        if (leased !== undefined && context.now >= leased.lapsesAt) leased.look(context.now)
        if (!slots.enter()) {
          if (call.dice < share) return queueUp(terms, context, next, done)
          if (observers.active) observers.emit({ type: 'mode-differed', service, at: context.now, operation: call.operation, policy: 'concurrency', would: queue > 0 ? 'wait' : 'refuse' }, context)
          slots.enterAnyway()
          leased?.short(context.now)
        }
      } catch (error) {
        faults.record('concurrency', error)
        return next(call, done)
      }
      new Holding(terms, context, done).start(next)
    },
  }
}

function queueUp<R>(terms: Terms, call: CallContext, next: Next<Call, R>, done: Done<R>): void {
  if (terms.queue === 0) return turnedAway(terms, call, done)
  const waiting = new Waiting(terms, call, next, done)
  const turned = terms.slots.join(waiting, call.criticality, terms.queue)
  if (turned === waiting) return turnedAway(terms, call, done)
  waiting.start()
  turned?.displaced()
  terms.leased?.short(call.now)
}

function turnedAway<R>(terms: Terms, call: CallContext, done: Done<R>): void {
  terms.leased?.missed(call.now)
  done(refused(terms, call, 'full', call.now))
}

function refused<R>({ env, slots, leased }: Terms, call: CallContext, why: NoSlotWhy, at: Instant): Exchange<R> {
  const error = concurrencyLimited({ service: env.service, operation: call.operation, why, ...slots.inspect(), ...(leased === undefined ? {} : { max: leased.max }) })
  tellRefused(env, call, why, error, at)
  return new SettledExchange(refusal('RESOURCE_EXHAUSTED', error), at)
}

/** Gives a slot back, and calls in whoever is next, each in a turn of its own: not on the stack of the call that leaves. */
function giveBack({ env, slots, leased }: Terms, outcome: SlotOutcome, start: Instant, now: Instant, entered: number): void {
  try {
    slots.leave(outcome, start, now, entered)
    leased?.left(now)
    for (let next = slots.next(); next !== undefined; next = slots.next()) next.admitted()
  } catch (error) {
    env.faults.record('concurrency', error)
  }
}

/** A call with a slot. */
class Holding<R> implements CancelListener {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  private readonly terms: Terms
  private readonly call: CallContext
  private readonly done: Done<R>
  private readonly begun: Instant
  private readonly entered: number
  private held = true

  constructor(terms: Terms, call: CallContext, done: Done<R>) {
    this.terms = terms
    this.call = call
    this.done = done
    this.begun = call.now
    this.entered = terms.slots.inFlight
  }

  start(next: Next<Call, R>): void {
    // Also for interceptors further in that hear no cancel: their calls would never give their slots back.
    this.call.add(this)
    if (this.held) next(this.call, this.onHead)
    else next(this.call, this.done)
  }

  onCancel(): void {
    this.release('nothing', this.terms.env.clock.now())
  }

  private readonly onHead: Done<R> = (exchange) => {
    this.call.remove(this)
    this.release(this.judged(exchange), exchange.at)
    this.done(exchange)
  }

  private judged({ head, at }: Exchange<R>): SlotOutcome {
    try {
      return this.outcome(head, at)
    } catch (error) {
      this.terms.env.faults.record('concurrency', error)
      return 'nothing'
    }
  }

  private release(outcome: SlotOutcome, now: Instant): void {
    if (!this.held) return
    this.held = false
    giveBack(this.terms, outcome, this.begun, now, this.entered)
  }

  /** A try that was turned away is a loss, also when the next one was not. Other errors say nothing about room. */
  private outcome(head: Outcome, at: Instant): SlotOutcome {
    if (head.kind === 'ignored') return 'nothing'
    const { call } = this
    if (call.tryCount > 1 && call.tries.some(({ outcome }) => outcome?.kind === 'failure' && isOverloaded(outcome))) return 'lost'
    if (head.kind === 'success') return 'good'
    return isOverloaded(head) && !this.cutShort(head.code === 'DEADLINE_EXCEEDED', at) ? 'lost' : 'nothing'
  }

  /** A call that had less than the usual time says nothing about room when it runs out. */
  private cutShort(late: boolean, at: Instant): boolean {
    const { call, begun, terms: { env } } = this
    return late && call.cancelled?.why === 'deadline' && at - begun < env.operations.get(call.operation).median(at)
  }
}

/** A call in the line. */
class Waiting<R> implements Queued, CancelListener {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  private readonly terms: Terms
  private readonly call: CallContext
  private readonly next: Next<Call, R>
  private readonly done: Done<R>
  private readonly since: Instant
  private timer: TimerHandle | undefined = undefined
  private hasSlot = false

  constructor(terms: Terms, call: CallContext, next: Next<Call, R>, done: Done<R>) {
    this.terms = terms
    this.call = call
    this.next = next
    this.done = done
    this.since = call.now
  }

  start(): void {
    const { call, since, terms } = this
    this.timer = terms.env.clock.schedule(since + terms.maxWait, true, waitedLongEnough, this)
    call.add(this)
  }

  admitted(): void {
    this.hasSlot = true
    this.soon(go)
  }

  displaced(): void {
    this.soon(makeRoom)
  }

  go(): void {
    this.call.remove(this)
    this.call.now = this.terms.env.clock.now()
    new Holding(this.terms, this.call, this.done).start(this.next)
  }

  refuse(why: NoSlotWhy): void {
    this.call.remove(this)
    this.terms.slots.quit(this)
    this.done(refused(this.terms, this.call, why, this.terms.env.clock.now()))
  }

  onCancel(cancel: Cancel): void {
    this.timer?.cancel()
    const now = this.terms.env.clock.now()
    if (this.hasSlot) giveBack(this.terms, 'nothing', now, now, 0)
    else this.terms.slots.quit(this)
    this.done(new SettledExchange(outcomeOf(cancel, 'unsent'), now))
  }

  private soon(what: (waiting: Waiting<R>) => void): void {
    const { clock } = this.terms.env
    this.timer?.cancel()
    this.timer = clock.schedule(clock.now(), true, what, this)
  }
}

function go(waiting: { go(): void }): void {
  waiting.go()
}

function waitedLongEnough(waiting: { refuse(why: NoSlotWhy): void }): void {
  waiting.refuse('waited')
}

function makeRoom(waiting: { refuse(why: NoSlotWhy): void }): void {
  waiting.refuse('displaced')
}
