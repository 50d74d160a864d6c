import { CancelScope, type Ambient, type Below, type Cancel, type Clock, type Scope } from '@inmesh/pipeline'
import type { AttemptMark, Criticality, Instant } from '@inmesh/policy'
import type { Caller } from '../inbound/caller.ts'
import { CurrentWork, type CurrentCall } from './current-work.ts'

/**
 * What a process does for somebody: a request or a message. It is the context that calls beneath inherit and the scope
 * they are cancelled with, so that all of it is one object.
 */
export abstract class Work extends CancelScope implements Ambient, Below {
  /** When its caller stops waiting, less what is kept back for the answer. */
  deadline: Instant = Infinity
  /** What calls beneath inherit: undefined where nobody said, so that each service's own default stands. */
  criticality: Criticality | undefined = undefined
  noRetry = false
  /** 0 for a first try. */
  attempt = 0
  mark: AttemptMark | undefined = undefined
  /** How much it matters here. */
  importance: Criticality = 'CRITICAL'
  /** A call made beneath failed for whoever made it. */
  failedBelow = false
  private controller: AbortController | undefined = undefined
  private shown: CurrentCall | undefined = undefined

  abstract get clock(): Clock
  abstract get caller(): Caller | undefined

  get scope(): Scope {
    return this
  }

  get below(): Below {
    return this
  }

  get failed(): boolean {
    return this.failedBelow
  }

  /** Calls beneath write it as they end. */
  set failed(failed: boolean) {
    this.failedBelow ||= failed
  }

  /** What users see of it. */
  get current(): CurrentCall {
    return (this.shown ??= new CurrentWork(this))
  }

  /** Made when first read: a signal costs some microseconds, and most requests need none. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.cancelled !== undefined) this.controller.abort(this.cancelled.error)
    }
    return this.controller.signal
  }

  override cancel(reason: Cancel): void {
    if (this.cancelled !== undefined) return
    super.cancel(reason)
    this.controller?.abort(reason.error)
  }
}
