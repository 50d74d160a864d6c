import type { Attempt, CallTrace, HeaderSink, MeshEvent } from '@inmesh/pipeline'
import type { Instant, Outcome } from '@inmesh/policy'
import { context, propagation, type Context } from '@opentelemetry/api'
import { headers } from './headers.ts'
import { Unseen } from './suppression.ts'

/**
 * A call that is not recorded: its callee hears of it what is around it, and nobody else's instrumentation makes spans of
 * its tries instead.
 */
export class QuietCall implements CallTrace {
  private readonly context: Context
  private readonly unseen = new Unseen<Attempt | undefined>()

  constructor(around: Context) {
    this.context = around
  }

  inject(_attempt: Attempt | undefined, sink: HeaderSink): void {
    propagation.inject(this.context, sink, headers)
  }

  run<T>(attempt: Attempt | undefined, sends: 'wire' | 'function', fn: () => T): T {
    return sends === 'wire' ? this.unseen.run(attempt, this.context, fn) : context.with(this.context, fn)
  }

  sent(attempt: Attempt | undefined): void {
    this.unseen.made(attempt)
  }

  tried(attempt: Attempt, _tail: Outcome, _at: Instant): void {
    this.unseen.made(attempt)
  }

  decided(_event: MeshEvent): void {}
  launched(_attempt: Attempt): void {}
  answered(_head: Outcome, _at: Instant): void {}
  ended(_tail: Outcome, _at: Instant): void {}
}
