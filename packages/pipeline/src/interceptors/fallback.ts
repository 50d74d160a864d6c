import type { Failure } from '@inmesh/policy'
import { callersContext, type AsyncContext } from '../async-context.ts'
import type { Call, CallContext } from '../context.ts'
import { callFailed } from '../errors.ts'
import { ok, parkBytes, SettledExchange, type Exchange } from '../exchange.ts'
import type { Done, Interceptor } from '../interceptor.ts'
import type { Layer, LayerEnv } from '../layer.ts'
import { absent, enforcement, type Mode } from '../mode.ts'
import { isThenable } from '../thenable.ts'

/** What the caller gets instead: a value of the client's own kind, or a promise of one. A throw, a rejection, or no answer within 1 s means "no fallback for this one". */
export type Fallback = (call: Call, error: Error) => unknown

export interface FallbackOptions {
  readonly reply: Fallback
  readonly mode?: Mode
}

/**
 * Degrades instead of failing. Sees refusals and failures alike, so it stands outside what refuses. A call that its
 * caller gave up gets none, and a fallback counts as a degraded success: `ended` says `fallback: true`.
 */
export function fallback(options: FallbackOptions): Layer<'call', 'call'> {
  return {
    name: 'fallback',
    from: 'call',
    to: 'call',
    why: 'outside everything that refuses or fails, so that it sees both alike',
    build: (env) => build(env, options),
  }
}

function build(env: LayerEnv, options: FallbackOptions): Interceptor<Call, Call> | undefined {
  const share = enforcement(options.mode)
  if (share === absent) return undefined
  const { service, observers } = env
  return {
    name: 'fallback',
    call: (call, next, done) => {
      const around = callersContext()
      next(call, (exchange) => {
        const { head } = exchange
        if (head.kind !== 'failure') return done(exchange)
        if (call.dice >= share) {
          const { operation } = call
          if (observers.active) observers.emit({ type: 'mode-differed', service, at: exchange.at, operation, policy: 'fallback', would: 'fallback' }, call as CallContext)
          return done(exchange)
        }
        degrade(env, options.reply, around, call as CallContext, head, exchange, done)
      })
    },
  }
}

/**
 * How long a fallback may think, in ms. It has the call in hand, past its deadline too, so it must not have it for ever;
 * a second is ample for a cache and short for a caller who waits for something instead of an error.
 */
const patience = 1000

function degrade<R>(env: LayerEnv, reply: Fallback, around: AsyncContext, call: CallContext, head: Failure, failed: Exchange<R>, done: Done<R>): void {
  let over = false
  const finish = (exchange: Exchange<R>): void => {
    over = true
    call.degrading = false
    done(exchange)
  }
  const giveUp = (error: unknown): void => {
    if (over) return
    env.faults.record('fallback', error)
    finish(failed)
  }
  const settle = (value: unknown): void => {
    if (over) return
    let reply: R
    try {
      reply = call.replyOf(value) as R
    } catch (error) {
      return giveUp(error)
    }
    call.degraded = true
    failed.discard('superseded')
    finish(new SettledExchange(ok, env.clock.now(), reply))
  }
  let value: unknown
  call.degrading = true
  try {
    // The body must not hold its connection while the user's function thinks.
    failed.park(parkBytes)
    const { trace } = call
    const error = errorOf(call, head)
    value = around.runInAsyncScope(() => (trace === undefined ? reply(call, error) : trace.run(undefined, 'function', () => reply(call, error))))
  } catch (error) {
    return giveUp(error)
  }
  if (!isThenable(value)) return settle(value)
  const timer = env.clock.schedule(env.clock.now() + patience, true, giveUp, new Error(`a fallback gave nothing for ${patience} ms`))
  value.then((given) => {
    timer.cancel()
    settle(given)
  }, (error: unknown) => {
    timer.cancel()
    giveUp(error)
  })
}

function errorOf({ service, operation, tries }: CallContext, { cause, code, status }: Failure): Error {
  return cause instanceof Error ? cause : callFailed({ service, operation, outcome: code, status, tries })
}
