import { KeyedGcra, type Instant, type Millis } from '@inmesh/policy'
import type { TimerHandle } from '../clock.ts'
import type { Call, CallContext } from '../context.ts'
import type { Engine } from '../engine.ts'
import { outcomeOf, SettledExchange } from '../exchange.ts'
import type { Done, Interceptor, Next } from '../interceptor.ts'
import type { Layer, LayerEnv } from '../layer.ts'
import { loud } from '../loud.ts'
import { absent, enforcement, type Mode } from '../mode.ts'
import type { Cancel, CancelListener } from '../scope.ts'
import { SHARING_DEFAULTS, type SharingOptions } from '../shared/global-terms.ts'
import type { CountSnapshot } from '../shared/limit-snapshot.ts'
import { RateState, type Counting } from '../shared/rate-state.ts'
import { unnamed } from '../unnamed.ts'
import { globalLimit } from './global-limit.ts'
import { rateRefused } from './rate-refused.ts'

export interface LimitOptions extends SharingOptions {
  /** Calls admitted in each `per`, in the long run exactly. Above 0. */
  readonly rate: number
  /** In ms. Default 1,000. */
  readonly per?: Millis
  /** Calls admitted at once after a pause. Default: a tenth of `rate`, at least 1, so that a burst stays a small share of a second. */
  readonly burst?: number
  /** One limit for each key of the call, such as a tenant. Default: one for the whole service. At most `maxKeys` are kept. */
  readonly key?: (call: Call) => string
  /** The least recently used make room, and begin no burst anew by that. Default 10,000. 1–1,000,000. */
  readonly maxKeys?: number
  /** How long a call may wait for its turn instead of being refused, in ms; never beyond its deadline. Default 0: refuse at once. */
  readonly maxWait?: Millis
  /** What counts for all processes together. Default: the mesh's; for where there is none. Means nothing without `scope: 'global'`. */
  readonly engine?: Engine
  readonly mode?: Mode
}

/**
 * A rate limit. Within this process by GCRA, so the long-run rate is exact and no timer refills anything; of all processes
 * together by tokens that each takes from an engine ahead of its calls.
 */
export function limit(options: LimitOptions): Layer<'call', 'call'> {
  return {
    name: 'limit',
    from: 'call',
    to: 'call',
    why: 'a call over the rate is refused, or waits, before it costs anything',
    build: (env) => build(env, options),
  }
}

function defaultBurst(rate: number): number {
  return Math.max(1, Math.ceil(rate / 10))
}

function build(env: LayerEnv, options: LimitOptions): Interceptor<Call, Call> | undefined {
  const share = enforcement(options.mode)
  if (share === absent) return undefined
  const { rate, per = 1000, burst = defaultBurst(rate), key, maxKeys = 10_000, maxWait = 0, scope } = options
  if (scope === 'global') {
    const engine = options.engine ?? env.engine
    const { weight, byCriticality, engineLost, minProcesses } = { ...SHARING_DEFAULTS, ...options }
    const terms = { id: `${env.service}/limit`, rate, per, burst, maxKeys, weight, byCriticality, engineLost, minProcesses, key, maxWait }
    // A service has one limit, and other options with each change of its policy.
    if (engine !== undefined && env.cluster === undefined && env.keep('limit of all', () => options) !== options) throw new TypeError(twoOfOneName(env.service))
    if (engine !== undefined && env.cluster === undefined && env.service === unnamed) env.keep('limit of all, told', tellUnnamed)
    if (engine !== undefined) return globalLimit(env, engine, terms, share, options)
  }
  const limiter = limiterOf(env, options, { rate, per, burst, maxKeys }, scope === 'global')
  const state = RateState.of(env, options)
  const { service, observers, faults } = env
  return {
    name: 'limit',
    call: (call, next, done) => {
      const at = (call as CallContext).now
      let of: string | undefined
      let wait: Millis
      try {
        of = key?.(call)
        // A call that only observes takes its turn too, else the limit would look emptier than it will be.
        wait = limiter.reserve(of ?? '', at, Math.min(maxWait, call.deadline - at))
      } catch (error) {
        faults.record('limit', error)
        wait = 0
      }
      if (wait === 0) {
        state.admitted += 1
        return next(call, done)
      }
      if (call.dice >= share) {
        const would = wait < 0 ? 'refuse' : 'wait'
        if (observers.active) observers.emit({ type: 'mode-differed', service, at, operation: call.operation, policy: 'limit', would }, call as CallContext)
        return next(call, done)
      }
      if (wait > 0) return void new Waiting(env, state, limiter, of ?? '', call as CallContext, next, done, at + wait)
      done(rateRefused(env, rate, per, call as CallContext, of, waitOf(limiter, of, at), at))
    },
  }
}

/** Those that are not the same would be one limit. */
function tellUnnamed(): true {
  loud('compose: a limit with scope "global" is shared with every chain that nobody named, whatever it is for, over the same engine (give it a name by composeWith({ name }, …))')
  return true
}

/** One of them would count in the other's measure, and neither hear what becomes of the engine. */
function twoOfOneName(service: string): string {
  return `compose: got two limits with scope "global" (accepted: one, since all processes know it by the name of its chain, "${service}/limit"; put the other in a chain of its own, by composeWith({ name }, [limit(…)]))`
}

type Bounds = Required<Pick<LimitOptions, 'rate' | 'per' | 'burst' | 'maxKeys'>>

/** Counts within this process. */
class OwnCount implements Counting {
  readonly terms: string
  readonly engine: undefined = undefined
  readonly limiter: KeyedGcra
  readonly #bounds: Bounds

  constructor(terms: string, bounds: Bounds) {
    this.terms = terms
    this.limiter = new KeyedGcra(bounds)
    this.#bounds = bounds
  }

  inspect(): CountSnapshot {
    const { rate, per, burst } = this.#bounds
    return { scope: 'process', rate, per, burst, keys: this.limiter.size }
  }
}

function limiterOf(env: LayerEnv, layer: object, bounds: Bounds, meantForAll: boolean): KeyedGcra {
  const terms = JSON.stringify(bounds)
  return RateState.of(env, layer).under({ terms, engine: undefined }, OwnCount, () => {
    if (meantForAll) loud(`${env.service}: limit.scope is "global" and there is no engine, so each process admits ${bounds.rate} in ${bounds.per} ms (give createMesh an engine, such as redis(client) of @inmesh/redis)`)
    return new OwnCount(terms, bounds)
  }).limiter
}

/** How long until the next call of this key; nothing where the limiter cannot tell. */
function waitOf(limiter: KeyedGcra, key: string | undefined, at: Instant): Millis {
  try {
    return limiter.wait(key ?? '', at)
  } catch {
    return 0
  }
}

/** A call in the queue: goes on when its turn comes, or ends when it is cancelled first. */
class Waiting<R> implements CancelListener {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  private readonly env: LayerEnv
  private readonly state: RateState
  private readonly limiter: KeyedGcra
  private readonly key: string
  private readonly call: CallContext
  private readonly next: Next<Call, R>
  private readonly done: Done<R>
  private readonly until: Instant
  private readonly timer: TimerHandle

  constructor(env: LayerEnv, state: RateState, limiter: KeyedGcra, key: string, call: CallContext, next: Next<Call, R>, done: Done<R>, until: Instant) {
    this.env = env
    this.state = state
    this.limiter = limiter
    this.key = key
    this.call = call
    this.next = next
    this.done = done
    this.until = until
    this.timer = env.clock.schedule(until, true, turn, this)
    call.add(this)
  }

  turn(): void {
    this.call.remove(this)
    this.call.now = this.env.clock.now()
    this.state.admitted += 1
    this.next(this.call, this.done)
  }

  onCancel(cancel: Cancel): void {
    this.timer.cancel()
    this.giveBack()
    this.done(new SettledExchange(outcomeOf(cancel, 'unsent'), this.env.clock.now()))
  }

  /** The last in the queue leaves its turn to whoever comes next; behind the others stand calls whose turns are set. */
  private giveBack(): void {
    try {
      this.limiter.cancel(this.key, this.until)
    } catch (error) {
      this.env.faults.record('limit', error)
    }
  }
}

function turn(waiting: { turn(): void }): void {
  waiting.turn()
}
