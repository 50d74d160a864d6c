import { BREAKER_DEFAULTS, isRejection, ServiceBreaker, type Instant, type Outcome, type ServiceBreakerEvent, type ServiceBreakerOptions } from '@inmesh/policy'
import type { Call, CallContext } from '../context.ts'
import { InmeshError, throttled } from '../errors.ts'
import { refusal, SettledExchange, type Exchange } from '../exchange.ts'
import type { Interceptor } from '../interceptor.ts'
import type { Layer, LayerEnv } from '../layer.ts'
import { absent, enforcement, type Mode } from '../mode.ts'
import { tellRefused } from './tell-refused.ts'

export interface BreakerOptions extends ServiceBreakerOptions {
  readonly mode?: Mode
}

/**
 * Refuses calls to a service that rejects them, with a probability. Counts calls by their heads: whether the callee took
 * the work is known there, and what the tries inside came to is its answer only when none of them was accepted.
 */
export function breaker(options: BreakerOptions = {}): Layer<'call', 'call'> {
  return {
    name: 'breaker',
    from: 'call',
    to: 'call',
    why: 'outside whatever makes calls wait or take turns: who is refused should not have waited first',
    build: (env) => build(env, options),
  }
}

function build(env: LayerEnv, options: BreakerOptions): Interceptor<Call, Call> | undefined {
  const share = enforcement(options.mode)
  if (share === absent) return undefined
  const { service, observers, faults, random } = env
  const breaker = breakerOf(env, options)
  const guarded = (fn: () => void): void => {
    try {
      fn()
    } catch (error) {
      faults.record('breaker', error)
    }
  }
  return {
    name: 'breaker',
    call: (call, next, done) => {
      const at = (call as CallContext).now
      let refuse = false
      guarded(() => { refuse = breaker.refuses(at, random) })
      if (refuse && call.dice < share) {
        guarded(() => breaker.refused(at))
        return done(refused(env, breaker, options, call as CallContext, at))
      }
      if (refuse && observers.active) observers.emit({ type: 'mode-differed', service, at, operation: call.operation, policy: 'breaker', would: 'refuse' }, call as CallContext)
      guarded(() => breaker.sent(at))
      next(call, (exchange) => {
        const { head } = exchange
        if (wasAsked(head)) guarded(() => breaker.answered(!isRejection(head), exchange.at))
        done(exchange)
      })
    },
  }
}

/** Under one name, so that what was counted survives a change of policy. */
function breakerOf(env: LayerEnv, options: BreakerOptions): ServiceBreaker {
  const { service, observers, clock } = env
  const notify = (event: ServiceBreakerEvent): void => {
    if (observers.active) observers.emit({ ...event, service, at: clock.now() })
  }
  const breaker = env.keep('breaker', () => new ServiceBreaker({ ...options, notify }))
  breaker.configure(options)
  return breaker
}

function refused<R>(env: LayerEnv, breaker: ServiceBreaker, options: BreakerOptions, call: CallContext, at: Instant): Exchange<R> {
  const { window = BREAKER_DEFAULTS.window } = options
  const error = throttled({ service: env.service, operation: call.operation, window, ...breaker.inspect(at) })
  tellRefused(env, call, 'rejections', error, at)
  return new SettledExchange(refusal('UNAVAILABLE', error), at)
}

/** Whether the callee was asked at all: neither a caller who left nor what a policy further in refused says anything of it. */
function wasAsked(head: Outcome): boolean {
  if (head.kind !== 'failure') return head.kind === 'success'
  return head.reach !== 'unsent' || (head.code === 'UNAVAILABLE' && !InmeshError.is(head.cause))
}
