import type { Criticality, Instant, Millis } from '@inmesh/policy'
import type { TimerHandle } from '../clock.ts'
import type { Call, CallContext } from '../context.ts'
import type { Engine } from '../engine.ts'
import { outcomeOf, SettledExchange } from '../exchange.ts'
import type { Done, Interceptor, Next } from '../interceptor.ts'
import type { LayerEnv } from '../layer.ts'
import type { Cancel, CancelListener } from '../scope.ts'
import { GlobalLimiter } from '../shared/global-limiter.ts'
import type { GlobalTerms } from '../shared/global-terms.ts'
import type { CountSnapshot } from '../shared/limit-snapshot.ts'
import { RateState, type Counting, type Measure } from '../shared/rate-state.ts'
import { TurnLines, type InLine } from '../shared/turn-lines.ts'
import { rateRefused } from './rate-refused.ts'

export interface GlobalLimitTerms extends GlobalTerms {
  readonly key: ((call: Call) => string) | undefined
  readonly maxWait: Millis
}

/** `share`: of the calls for which it acts; for the others it tells what it would have done. `layer`: as in `RateState.of`. */
export function globalLimit(env: LayerEnv, engine: Engine, terms: GlobalLimitTerms, share: number, layer: object): Interceptor<Call, Call> {
  const { limiter, lines } = limiterOf(env, layer, engine, terms)
  const state = RateState.of(env, layer)
  const { key, maxWait, rate, per } = terms
  const { service, observers, faults } = env
  return {
    name: 'limit',
    call: (call, next, done) => {
      const context = call as CallContext
      const at = context.now
      let of: string | undefined
      let wait: Millis
      try {
        of = key === undefined ? undefined : `${key(call) ?? ''}`
        // A call that only observes takes its turn too, else the limit would look emptier than it will be.
        wait = maxWait > 0 ? lines.take(of ?? '', at, context.criticality) : limiter.take(of ?? '', at, context.criticality)
      } catch (error) {
        faults.record('limit', error)
        wait = 0
      }
      if (wait === 0) {
        state.admitted += 1
        return next(call, done)
      }
      const until = Math.min(at + maxWait, call.deadline)
      const waits = at + wait <= until
      if (call.dice >= share) {
        if (observers.active) observers.emit({ type: 'mode-differed', service, at, operation: call.operation, policy: 'limit', would: waits ? 'wait' : 'refuse' }, context)
        return next(call, done)
      }
      if (waits) return void new Waiting({ env, state, lines, rate, per }, of, context, next, done, until).start(wait)
      done(rateRefused(env, rate, per, context, of, wait, at))
    },
  }
}

/** Counts with all other processes. */
class SharedCount implements Counting {
  readonly terms: string
  readonly engine: Engine
  readonly limiter: GlobalLimiter
  readonly lines: TurnLines

  constructor({ terms, engine }: Measure & { readonly engine: Engine }, limiter: GlobalLimiter, lines: TurnLines) {
    this.terms = terms
    this.engine = engine
    this.limiter = limiter
    this.lines = lines
  }

  retire(): void {
    this.limiter.retire()
  }

  inspect(now: Instant): CountSnapshot {
    return this.limiter.inspect(now)
  }
}

function limiterOf(env: LayerEnv, layer: object, engine: Engine, { id, rate, per, burst, maxKeys, weight, byCriticality, engineLost, minProcesses }: GlobalLimitTerms): SharedCount {
  const terms: GlobalTerms = { id, rate, per, burst, maxKeys, weight, byCriticality, engineLost, minProcesses }
  const measure = { terms: JSON.stringify(terms), engine }
  return RateState.of(env, layer).under(measure, SharedCount, () => {
    const limiter = new GlobalLimiter(terms, engine, env)
    return new SharedCount(measure, limiter, new TurnLines(limiter, env.clock))
  })
}

interface WaitingTerms {
  readonly env: LayerEnv
  readonly state: RateState
  readonly lines: TurnLines
  readonly rate: number
  readonly per: Millis
}

/** A call in the line of its key: goes on with its token, ends when it is cancelled first, or is refused when it has waited long enough. */
class Waiting<R> implements InLine, CancelListener {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  readonly criticality: Criticality
  private readonly terms: WaitingTerms
  private readonly key: string | undefined
  private readonly call: CallContext
  private readonly next: Next<Call, R>
  private readonly done: Done<R>
  private readonly timer: TimerHandle

  constructor(terms: WaitingTerms, key: string | undefined, call: CallContext, next: Next<Call, R>, done: Done<R>, until: Instant) {
    this.terms = terms
    this.key = key
    this.call = call
    this.criticality = call.criticality
    this.next = next
    this.done = done
    this.timer = terms.env.clock.schedule(until, true, expire, this)
  }

  start(wait: Millis): void {
    this.terms.lines.join(this.key ?? '', this, this.call.now, wait)
    // Last: a call that is cancelled already hears of it here, and must find itself in the line to leave it.
    this.call.add(this)
  }

  admitted(now: Instant): void {
    this.timer.cancel()
    this.call.remove(this)
    this.call.now = now
    this.terms.state.admitted += 1
    this.next(this.call, this.done)
  }

  onCancel(cancel: Cancel): void {
    this.timer.cancel()
    this.terms.lines.leave(this.key ?? '', this)
    this.done(new SettledExchange(outcomeOf(cancel, 'unsent'), this.terms.env.clock.now()))
  }

  expired(): void {
    const { env, lines, rate, per } = this.terms
    const now = env.clock.now()
    this.call.remove(this)
    lines.leave(this.key ?? '', this)
    this.call.now = now
    this.done(rateRefused(env, rate, per, this.call, this.key, lines.wait(this.key ?? '', now, this.criticality), now))
  }
}

function expire(waiting: { expired(): void }): void {
  waiting.expired()
}
