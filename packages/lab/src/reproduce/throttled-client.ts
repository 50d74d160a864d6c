import { ServiceBreaker } from '@inmesh/policy'
import type { Failure, Instant, Outcome, ServiceBreakerOptions } from '@inmesh/policy'
import { isRejection } from '@inmesh/policy'
import type { CallSink, ClientEnv, MakeClient, Upstream, VirtualCall, VirtualClient } from '../virtual/contract.ts'

const REFUSED_HERE: Failure = Object.freeze({ kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent' })

/** Any client with the shipping service breaker before it, and nothing else of inmesh. */
export function throttled(make: MakeClient, options: ServiceBreakerOptions): MakeClient {
  return (env) => new ThrottledClient(env, make(env), new ServiceBreaker(options))
}

class ThrottledClient implements VirtualClient {
  private readonly env: ClientEnv
  private readonly inner: VirtualClient
  private readonly breaker: ServiceBreaker

  constructor(env: ClientEnv, inner: VirtualClient, breaker: ServiceBreaker) {
    this.env = env
    this.inner = inner
    this.breaker = breaker
  }

  call(call: VirtualCall, sink: CallSink): void {
    const now = this.env.clock.now()
    if (this.breaker.refuses(now, this.env.random)) {
      this.breaker.refused(now)
      return sink.onEnd(call, REFUSED_HERE, now)
    }
    this.breaker.sent(now)
    this.inner.call(call, new Answered(this.breaker, sink))
  }

  members(upstreams: readonly Upstream[]): void {
    this.inner.members(upstreams)
  }
}

class Answered implements CallSink {
  private readonly breaker: ServiceBreaker
  private readonly sink: CallSink

  constructor(breaker: ServiceBreaker, sink: CallSink) {
    this.breaker = breaker
    this.sink = sink
  }

  onEnd(call: VirtualCall, outcome: Outcome, now: Instant): void {
    this.breaker.answered(!isRejection(outcome), now)
    this.sink.onEnd(call, outcome, now)
  }
}
