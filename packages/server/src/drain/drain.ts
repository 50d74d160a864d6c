import { durationOf, type Clock, type Duration } from '@inmesh/pipeline'
import type { Instant, Millis } from '@inmesh/policy'
import { shut, type Door } from './door.ts'

export interface DrainOptions {
  /** How long requests under way may take to end; those that have not are cut off then. Default 10 s. */
  readonly within?: Duration
  /**
   * How long readiness says 503 while requests are still taken, so that load balancers notice before the port is closed:
   * about twice the period of the readiness probe. Default 0. `within` begins after it.
   */
  readonly notice?: Duration
  /** The servers to close. Default those that requests have come from. `[]`: none, for whoever closes them himself. */
  readonly server?: Door | readonly Door[]
}

/** A request that was cut off. */
export interface CutRequest {
  readonly method: string
  readonly path: string
  readonly route: string | undefined
  /** Since it had come. */
  readonly age: Millis
  /** `waiting`: its handler had not begun. */
  readonly phase: 'waiting' | 'running'
}

export interface DrainReport {
  readonly took: Millis
  /** Requests that ended by themselves meanwhile. */
  readonly ended: number
  readonly cut: readonly CutRequest[]
}

/** The requests under way, as a drain needs them. */
export interface Leaving {
  size(): number
  /** Cuts every one off and answers what they were. */
  cutAll(within: Millis): readonly CutRequest[]
}

const WITHIN: Duration = '10s'
/** For the last replies to reach their readers before their connections are closed on them. */
const GRACE: Millis = 500

/** One shutdown: stop accepting, wait for what is under way, cut off what takes too long, say what that was. */
export class Drain {
  readonly within: Millis
  /** Requests that have ended since it began. */
  ended = 0
  private readonly clock: Clock
  private readonly leaving: Leaving
  private readonly begun: Instant
  private readonly notice: Millis
  private cut: readonly CutRequest[] = []
  private onEmpty: () => void = () => {}

  constructor(clock: Clock, leaving: Leaving, { within = WITHIN, notice = 0 }: DrainOptions) {
    this.within = durationOf(within, 'drain.within')
    this.notice = durationOf(notice, 'drain.notice')
    this.clock = clock
    this.leaving = leaving
    this.begun = clock.now()
  }

  /** `doors` is asked when the notice is over, since requests may still come from servers that were not seen yet. */
  async run(doors: () => readonly Door[]): Promise<DrainReport> {
    if (this.notice > 0) await this.after(this.notice).done
    const servers = doors()
    const shutAll = Promise.all(servers.map(shut))
    const limit = this.after(this.within)
    await Promise.race([this.empty(), limit.done])
    limit.cancel()
    if (this.leaving.size() > 0) this.cut = this.leaving.cutAll(this.within)
    // What is open now has no request: connections that are kept, and such as never said anything.
    for (const server of servers) server.closeIdleConnections?.()
    const grace = this.after(GRACE)
    await Promise.race([shutAll, grace.done])
    grace.cancel()
    for (const server of servers) server.closeAllConnections?.()
    return { took: this.clock.now() - this.begun, ended: this.ended, cut: this.cut }
  }

  /** A request has ended. */
  left(): void {
    this.ended += 1
    if (this.leaving.size() === 0) this.onEmpty()
  }

  private empty(): Promise<void> {
    if (this.leaving.size() === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.onEmpty = resolve
    })
  }

  /** A shutdown that waits is all that the process has to do: it is kept alive for it. */
  private after(ms: Millis): { readonly done: Promise<void>; cancel(): void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.clock.schedule(this.clock.now() + ms, true, resolve, undefined)
    return { done: promise, cancel: () => timer.cancel() }
  }
}
