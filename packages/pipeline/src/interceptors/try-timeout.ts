import type { Millis } from '@inmesh/policy'
import type { Routed, TryContext } from '../context.ts'
import { deadlineExceeded } from '../errors.ts'
import type { Interceptor } from '../interceptor.ts'
import type { Layer, LayerEnv } from '../layer.ts'
import { absent, enforcement, type Mode } from '../mode.ts'

export interface TryTimeoutOptions {
  /** From a try's dispatch to its head. The body is not measured. */
  readonly perTry: Millis
  readonly mode?: Mode
}

/** Gives one try up when its head is late, so that another may be sent while the call still has time. */
export function tryTimeout(options: TryTimeoutOptions): Layer<'routed', 'routed'> {
  return {
    name: 'try-timeout',
    from: 'routed',
    to: 'routed',
    why: 'inside balance, so that the endpoint that was late is the one that hears of it',
    build: (env) => build(env, options),
  }
}

function build(env: LayerEnv, options: TryTimeoutOptions): Interceptor<Routed, Routed> | undefined {
  const share = enforcement(options.mode)
  if (share === absent) return undefined
  const { clock, service, observers } = env
  const limit = options.perTry
  const expire = (attempt: TryContext): void => {
    const { call } = attempt
    if (call.dice >= share) {
      const { operation } = call
      if (observers.active) observers.emit({ type: 'mode-differed', service, at: clock.now(), operation, policy: 'timeout.perTry', would: 'cancel the try' }, call)
      return
    }
    const error = deadlineExceeded({ service, operation: call.operation, policy: 'timeout.perTry', limit, after: clock.now() - attempt.start, tries: call.tries })
    attempt.cancel({ why: 'deadline', error })
  }
  return {
    name: 'try-timeout',
    call: (attempt, next, done) => {
      // The call's own deadline has a timer at the edge already.
      if (attempt.start + limit >= attempt.call.deadline) return next(attempt, done)
      const timer = clock.schedule(attempt.start + limit, false, expire, attempt as TryContext)
      next(attempt, (exchange) => {
        timer.cancel()
        done(exchange)
      })
    },
  }
}
