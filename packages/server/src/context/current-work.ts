import { ambient, type Clock } from '@inmesh/pipeline'
import type { Criticality, Instant, Millis } from '@inmesh/policy'
import type { Caller } from '../inbound/caller.ts'

/** The request or message that the running code works for. */
export interface CurrentCall {
  /**
   * When its caller stops waiting, less what is kept back for the answer (5 ms); an instant on the process's monotonic clock,
   * as `performance.now()` tells it. Infinity without a deadline. Nearer inside of `withCall({ timeout })`.
   */
  readonly deadline: Instant
  /** Milliseconds until then, for drivers that take a timeout. Never negative; Infinity without a deadline. */
  remaining(): Millis
  /** As it was sent, at most what its sender may claim; `CRITICAL` where it says nothing. */
  readonly criticality: Criticality
  /** 0 for a first try, as far as the caller says so. */
  readonly attempt: number
  /** Whether it is another try of something that was tried before: a retry, a backup, a rescue. */
  readonly isRetry: boolean
  /** Who sent it; undefined where nothing is known, as over a Unix socket. */
  readonly caller: Caller | undefined
  /**
   * Aborted when nobody waits for the result any more: the caller hung up, time is up, a shutdown cut it off. For databases,
   * caches and queues; calls through the mesh hear of it by themselves. Its reason is an `InmeshError`. Made when first
   * read. It does not know of a nearer deadline of `withCall`.
   */
  readonly signal: AbortSignal
}

/** What is shown of it, apart from its insides. */
interface Shown {
  readonly clock: Clock
  readonly deadline: Instant
  readonly importance: Criticality
  readonly attempt: number
  readonly mark: object | undefined
  readonly caller: Caller | undefined
  readonly signal: AbortSignal
}

export class CurrentWork implements CurrentCall {
  readonly #work: Shown

  constructor(work: Shown) {
    this.#work = work
  }

  get deadline(): Instant {
    return Math.min(this.#work.deadline, ambient()?.deadline ?? Infinity)
  }

  remaining(): Millis {
    const { deadline } = this
    return deadline === Infinity ? Infinity : Math.max(0, deadline - this.#work.clock.now())
  }

  get criticality(): Criticality {
    return this.#work.importance
  }

  get attempt(): number {
    return this.#work.attempt
  }

  get isRetry(): boolean {
    return this.#work.attempt > 0 || this.#work.mark !== undefined
  }

  get caller(): Caller | undefined {
    return this.#work.caller
  }

  get signal(): AbortSignal {
    return this.#work.signal
  }
}
