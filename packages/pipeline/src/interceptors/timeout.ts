import type { Millis } from '@inmesh/policy'
import type { TimerHandle } from '../clock.ts'
import type { Call, CallContext } from '../context.ts'
import { deadlineExceeded } from '../errors.ts'
import { refusal, SettledExchange, type Exchange } from '../exchange.ts'
import type { Done, Interceptor, Next } from '../interceptor.ts'
import type { Layer, LayerEnv } from '../layer.ts'
import { absent, enforcement, type Mode } from '../mode.ts'

export interface TimeoutOptions {
  /** From here to the head of the call. */
  readonly total: Millis
  readonly mode?: Mode
}

/**
 * A timeout for `compose`, where no edge knows a policy. It ends a call at its head; in a mesh the edge's deadline does
 * more: it is known to every policy from the start, and it covers the body.
 */
export function timeout(options: TimeoutOptions): Layer<'call', 'call'> {
  return {
    name: 'timeout',
    from: 'call',
    to: 'call',
    why: 'whatever stands inside shares its time',
    build: (env) => build(env, options),
  }
}

function build(env: LayerEnv, { total, mode }: TimeoutOptions): Interceptor<Call, Call> | undefined {
  const share = enforcement(mode)
  if (share === absent) return undefined
  return {
    name: 'timeout',
    call: (call, next, done) => new Timed(env, total, share, call as CallContext, done).start(next),
  }
}

class Timed<R> {
  private readonly env: LayerEnv
  private readonly total: Millis
  private readonly share: number
  private readonly call: CallContext
  private readonly done: Done<R>
  private timer: TimerHandle | undefined = undefined
  private over = false

  constructor(env: LayerEnv, total: Millis, share: number, call: CallContext, done: Done<R>) {
    this.env = env
    this.total = total
    this.share = share
    this.call = call
    this.done = done
  }

  start(next: Next<Call, R>): void {
    const { call, env } = this
    const at = call.now + this.total
    if (call.dice < this.share) call.tighten(at)
    this.timer = env.clock.schedule(at, true, expire, this)
    next(call, (exchange) => this.onHead(exchange))
  }

  private onHead(exchange: Exchange<R>): void {
    if (this.over) return exchange.discard('superseded')
    this.over = true
    this.timer?.cancel()
    this.done(exchange)
  }

  expire(): void {
    const { call, env, total: limit } = this
    const { service, operation, tries } = call
    const at = env.clock.now()
    if (call.dice >= this.share) {
      if (env.observers.active) env.observers.emit({ type: 'mode-differed', service, at, operation, policy: 'timeout', would: 'refuse' }, call)
      return
    }
    this.over = true
    const error = deadlineExceeded({ service, operation, tries, policy: 'timeout', limit, after: at - call.start })
    this.done(new SettledExchange(refusal('DEADLINE_EXCEEDED', error), at))
    call.cancel({ why: 'deadline', error })
  }
}

function expire(timed: { expire(): void }): void {
  timed.expire()
}
